"""What a save asks of a graph: no problems, told all at once."""

from collections.abc import Iterator, Mapping

from strata import sub_graph_checks
from strata.compiler.checks import check
from strata.compiler.planning import plan as plan_graph
from strata.model.block import Registry
from strata.model.errors import Detail, GraphInvalid
from strata.model.graph import Graph, Problem
from strata.model.plan import Plan
from strata.model.pointers import pointer
from strata.platform import Platform
from strata.store import credentials

MOST_CREDENTIALS = 100
"""So many credentials one graph names at most."""


def validate(
    user_id: str, graph: Graph, graph_id: str | None = None, *, platform: Platform
) -> list[Problem]:
    """All problems of a graph as this user would save it, under that id if it has one."""
    blocks = platform.blocks()
    named = named_credentials(graph, blocks)
    found = check(graph, blocks, credentials.existing(user_id, named, platform))
    return [
        *found,
        *_too_many(len(named)),
        *sub_graph_checks.problems(user_id, graph, graph_id, platform),
    ]


def named_credentials(graph: Graph, blocks: Registry) -> dict[str, list[str]]:
    """The nodes by the credential that they name, which may be any text."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes:
        pins = blocks[node.block].credential_pins if node.block in blocks else ()
        for pin in pins:
            if isinstance(node.inputs.get(pin), str):
                found.setdefault(node.inputs[pin], []).append(node.id)
    return found


def _too_many(credentials_named: int) -> Iterator[Problem]:
    if credentials_named > MOST_CREDENTIALS:
        message = (
            f"The graph names {credentials_named} credentials, {MOST_CREDENTIALS} are the most."
        )
        yield Problem(code="too_many_credentials", message=message)


def plan_or_refuse(
    user_id: str, graph: Graph, draft: bool, platform: Platform, graph_id: str | None = None
) -> Plan | None:
    """The plan of a graph without problems; None for a draft that has some. Raises GraphInvalid
    with them all."""
    problems = validate(user_id, graph, graph_id, platform=platform)
    if not problems:
        return plan_graph(graph, platform.blocks(), draft=draft)
    if draft:
        return None
    raise GraphInvalid(errors=details(graph, problems))


def details(graph: Graph, problems: list[Problem]) -> list[Detail]:
    """The problems as faults of the request body."""
    places = {node.id: index for index, node in enumerate(graph.nodes)}
    return [Detail(_pointer(problem, places), problem.code, problem.message)
            for problem in problems]  # fmt: skip


def _pointer(problem: Problem, places: Mapping[str, int]) -> str:
    if problem.node is None or problem.node not in places:
        return "/nodes"
    pin = ("inputs", problem.pin) if problem.pin else ()
    return pointer(("nodes", places[problem.node], *pin))
