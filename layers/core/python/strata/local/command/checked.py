"""A graph checked and planned by the compiler alone: no platform, no credentials."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from strata.blocks import registry
from strata.compiler.checks import check
from strata.compiler.planning import plan
from strata.local.command.faults import validation_lines
from strata.local.command.refusals import Refusal, problem_line
from strata.model.graph import Graph
from strata.model.plan import Plan


def checked_plan(document: Mapping[str, Any]) -> tuple[Graph, Plan]:
    """The graph and its plan. Raises Refusal with all problems that it has."""
    graph = _graph(document)
    problems = check(graph, registry())
    if problems:
        lines = [problem_line(one.code, one.message, one.node, one.pin) for one in problems]
        raise invalid(lines)
    return graph, plan(graph, registry())


def invalid(lines: list[str]) -> Refusal:
    """The refusal of a graph for its problems, a line each."""
    return Refusal(f"The graph has {len(lines)} problem{'s' * (len(lines) != 1)}:", lines)


def _graph(document: Mapping[str, Any]) -> Graph:
    try:
        return Graph.model_validate(document)
    except ValidationError as error:
        raise invalid(validation_lines(error.errors(), document)) from error
