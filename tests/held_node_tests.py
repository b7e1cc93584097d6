"""Tests of single nodes, on a platform whose machines stand still."""

from typing import Any

from strata import graphs, node_tests
from strata.model.graph import Graph
from strata.node_tests import Trial
from strata.platform import Platform
from tests.held_platform import USER


def saved(made: Graph, platform: Platform, *, draft: bool = False) -> str:
    graph_id: str = graphs.create(USER, made, draft=draft, platform=platform)["id"]
    return graph_id


def tried(
    graph_id: str, name: str, platform: Platform, inputs: Any = None, **more: Any
) -> dict[str, Any]:
    trial = Trial(inputs or {}, **more)
    return node_tests.run(USER, graph_id, name, trial, platform=platform)
