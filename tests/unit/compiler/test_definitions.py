"""Definitions of the gallery and of random graphs: as reviewed, valid, deterministic."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from strata.compiler.validate import house_rules, validate
from strata.model.graph import Graph
from tests.golden import compiled, load_graph, pretty, shapes
from tests.random_graphs import graphs
from tests.unit.compiler.conftest import AslErrors

SHAPES = pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.name)


@SHAPES
def test_a_graph_of_the_gallery_compiles_to_its_golden_definition(shape: Path) -> None:
    golden = (shape / "definition.json").read_text("utf-8")
    assert pretty(compiled(load_graph(shape))) == golden


@SHAPES
def test_a_golden_definition_is_valid(shape: Path, asl_errors: AslErrors) -> None:
    definition = (shape / "definition.json").read_text("utf-8")
    assert asl_errors(definition) == []
    assert validate(definition) == []
    assert house_rules(definition) == []


def test_the_gallery_has_every_shape() -> None:
    assert {shape.name for shape in shapes()} == {
        "approval",
        "chain",
        "condition_that_meets_again",
        "delay",
        "diamond",
        "event",
        "fan",
        "layered_joins",
        "light_nodes_fused",
        "loop",
        "nested_loops",
        "on_error_continue",
        "one_node",
        "retries_and_timeouts",
        "sub_graph",
        "switch",
        "two_unconnected_parts",
        "unequal_chains",
        "wide_last_level",
    }


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(graph=graphs())
def test_a_random_graph_compiles_to_a_valid_definition(graph: Graph, asl_errors: AslErrors) -> None:
    definition = compiled(graph)
    assert asl_errors(definition) == []
    assert validate(definition) == []
    assert house_rules(definition) == []
    assert _nodes_of_tasks(json.loads(definition)) == sorted(node.id for node in graph.nodes)
    assert compiled(graph.model_copy(deep=True)) == definition


def _nodes_of_tasks(machine: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for state in machine["States"].values():
        parameters = state.get("Parameters", {})
        found += parameters.get(
            "nodes", [parameters[key] for key in ("node",) if key in parameters]
        )
        found += (node for one in state.get("Branches", ()) for node in _nodes_of_tasks(one))
    return sorted(found)
