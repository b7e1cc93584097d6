"""Random graphs with loops: what has no problem compiles, and runs in the order of its links."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strata.blocks import registry
from strata.compiler.checks import check
from strata.compiler.planning import plan
from strata.compiler.regions import edge, loops_around
from strata.model.graph import Graph, Node
from strata.model.shape import steps_of
from tests.builders import graph, node
from tests.golden import compiled_whole
from tests.unit.compiler.conftest import AslErrors


@st.composite
def graphs_with_loops(draw: st.DrawFn) -> Graph:
    """Graphs with loops in loops, right in most ways: some links lead out of bodies or back."""
    parents: dict[str, str] = {}
    loops: list[str] = []
    ids = [f"n{at}" for at in range(draw(st.integers(1, 9)))]
    for one in ids:
        parent = draw(st.one_of(st.none(), st.sampled_from(loops))) if loops else None
        parents |= {one: parent} if parent else {}
        if draw(st.booleans()):
            loops.append(one)
    leaves = {f"leaf_{one}": one for one in loops}
    parents |= leaves
    nodes = [
        node(one, "for_each", items=[1], parent=parents.get(one))
        if one in loops
        else node(one, value=1, parent=parents.get(one))
        for one in [*ids, *leaves]
    ]
    pairs = draw(st.lists(st.tuples(*[st.integers(0, len(nodes) - 1)] * 2), max_size=8))
    arrows = [_arrow(nodes[min(pair)], nodes[max(pair)], parents) for pair in pairs]
    return graph(nodes, *dict.fromkeys(arrow for arrow in arrows if arrow))


def _arrow(one: Node, other: Node, parents: dict[str, str]) -> str:
    """From the one to the other, or back to a loop from its own body; by pins that there are."""
    gives = {"for_each": "results", "constant": "value"}
    takes = {"for_each": "items", "constant": "value"}
    if one.id == other.id:
        return ""
    if parents.get(other.id) == one.id and other.id.startswith("leaf"):
        return f"{other.id}.{gives[other.block]} -> {one.id}.result"
    given = "item" if one.id in loops_around(other.id, parents) else gives[one.block]
    return f"{one.id}.{given} -> {other.id}.{takes[other.block]}"


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(some=graphs_with_loops())
def test_a_graph_that_has_no_problem_compiles_and_no_graph_breaks_the_check(
    some: Graph, asl_errors: AslErrors
) -> None:
    if check(some, registry()):
        return
    whole = compiled_whole(some)
    assert asl_errors(whole.main) == []
    found = plan(some, registry())
    regions = [found.shape, *found.bodies.values()]
    run = [name for shape in regions for step in steps_of(shape) for name in step.nodes]
    assert sorted(run) == sorted(one.id for one in some.nodes)
    order = {name: at for at, name in enumerate(run)}
    parents = {one.id: one.parent for one in some.nodes if one.parent}
    for link in some.links:
        waits = edge(link.source, link.target, parents)
        assert waits is None or order[waits[0]] < order[waits[1]]
