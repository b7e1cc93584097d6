"""Light nodes that share a Task: what may be together, how many, and who waits for it."""

from collections.abc import Hashable

from hypothesis import given, settings
from hypothesis import strategies as st

from strata.compiler.fusing import MOST_FUSED, fused
from strata.compiler.shaping import shape_of
from strata.model.shape import (
    Parallel,
    Part,
    Series,
    Shape,
    Step,
    shape_from_json,
    shape_to_json,
    steps_of,
)
from tests.random_graphs import Edges, chains, layers, near, stages
from tests.shape_orders import comes_before, depth, is_tidy, nodes_of, places, takes, transitions

often = settings(max_examples=100, deadline=None, derandomize=True)


def written(document: object, light: str, other: str = "", most: int = MOST_FUSED) -> object:
    """Each letter is a node; two kinds of light ones."""
    kinds = dict.fromkeys(light, 1) | dict.fromkeys(other, 2)
    return shape_to_json(fused(shape_from_json(document), kinds, most))


def steps(*nodes: str) -> list[list[str]]:
    return [[node] for node in nodes]


def chain(length: int) -> Shape:
    return Series(tuple(Step((f"n{at}",)) for at in range(length)))


def sizes(shape: Shape) -> list[int]:
    return [len(step.nodes) for step in steps_of(shape)]


def test_a_chain_of_forty_light_nodes_is_one_task() -> None:
    nodes = [f"n{at}" for at in range(40)]
    assert fused(chain(40), dict.fromkeys(nodes, "")) == Step(tuple(nodes))


def test_a_longer_chain_takes_as_few_tasks_as_hold_it() -> None:
    nodes = [f"n{at}" for at in range(100)]
    assert sizes(fused(chain(100), dict.fromkeys(nodes, ""))) == [40, 40, 20]


def test_a_heavy_node_keeps_its_task() -> None:
    found = written({"series": steps(*"abHcd")}, "abcd")
    assert found == {"series": [["a", "b"], ["H"], ["c", "d"]]}


def test_only_nodes_of_one_kind_share_a_task() -> None:
    found = written({"series": steps(*"abxyc")}, "abc", other="xy")
    assert found == {"series": [["a", "b"], ["x", "y"], ["c"]]}


def test_branches_that_are_light_are_one_task_with_what_comes_before_and_after() -> None:
    inner = {"series": steps("b", "c")}
    found = written({"series": [["a"], {"parallel": [inner, ["d"]]}, ["e"], ["H"]]}, "abcde")
    assert found == {"series": [["a", "b", "c", "d", "e"], ["H"]]}


def test_light_branches_beside_heavy_ones_become_one_branch() -> None:
    inner = {"series": steps("b", "c")}
    found = written({"parallel": [["H"], ["a"], ["K"], inner]}, "abc")
    assert found == {"parallel": [["H"], ["a", "b", "c"], ["K"]]}


def test_a_branch_with_a_heavy_node_stays_apart() -> None:
    inner = {"series": steps("b", "H")}
    found = written({"parallel": [["a"], inner, ["c"]]}, "abc")
    assert found == {"parallel": [["a", "c"], inner]}


def test_light_branches_of_two_kinds_stay_two() -> None:
    found = written({"parallel": steps(*"axby")}, "ab", other="xy")
    assert found == {"parallel": [["a", "b"], ["x", "y"]]}


def test_more_light_branches_than_a_task_holds_are_a_few_branches() -> None:
    found = written({"parallel": steps(*"abcde")}, "abcde", most=2)
    assert found == {"parallel": [["a", "b"], ["c", "d"], ["e"]]}


def test_nothing_is_fused_where_nothing_is_light() -> None:
    document = {"series": [["a"], {"parallel": steps("b", "c")}]}
    assert written(document, "") == document


def test_what_has_a_machine_of_its_own_stays_as_it_is() -> None:
    part = Part(1, chain(3))
    assert fused(part, dict.fromkeys(["n0", "n1", "n2"], "")) is part


def test_a_body_without_nodes_stays_empty() -> None:
    assert fused(Step(()), {}) == Step(())


Graph = tuple[int, Edges]


@st.composite
def with_kinds(draw: st.DrawFn) -> tuple[Shape, list[tuple[str, str]], dict[str, Hashable]]:
    count, edges = draw(st.one_of(stages(), layers(), chains(), near()))
    nodes = [f"n{at}" for at in range(count)]
    links = [(f"n{a}", f"n{b}") for a, b in sorted(edges)]
    found = {node: draw(st.sampled_from([None, None, 1, 1, 1, 2])) for node in nodes}
    kinds: dict[str, Hashable] = {node: kind for node, kind in found.items() if kind}
    return shape_of(nodes, links), links, kinds


Drawn = tuple[Shape, list[tuple[str, str]], dict[str, Hashable]]


@often
@given(with_kinds(), st.integers(1, 6))
def test_a_task_holds_one_heavy_node_or_few_light_ones_of_a_kind(drawn: Drawn, most: int) -> None:
    shape, _, kinds = drawn
    for step in steps_of(fused(shape, kinds, most)):
        assert len(step.nodes) <= most
        assert len(step.nodes) == 1 or len({kinds[node] for node in step.nodes}) == 1


@often
@given(with_kinds(), st.integers(1, 6))
def test_every_node_still_comes_after_all_that_it_depends_on(drawn: Drawn, most: int) -> None:
    shape, links, kinds = drawn
    found = fused(shape, kinds, most)
    at = places(found)
    assert sorted(nodes_of(found)) == sorted(nodes_of(shape))
    assert all(comes_before(at[source], at[target]) for source, target in links)


@often
@given(with_kinds(), st.data())
def test_nothing_waits_longer_than_light_nodes_take(drawn: Drawn, data: st.DataObject) -> None:
    shape, _, kinds = drawn
    heavy = st.integers(1, 1000)
    times = {node: 0 if node in kinds else data.draw(heavy) for node in nodes_of(shape)}
    assert takes(fused(shape, kinds), times) == takes(shape, times)


@often
@given(with_kinds())
def test_fusing_makes_a_shape_smaller_and_no_deeper(drawn: Drawn) -> None:
    shape, _, kinds = drawn
    found = fused(shape, kinds)
    assert is_tidy(found)
    assert transitions(found) <= transitions(shape)
    assert depth(found) <= depth(shape)


@often
@given(with_kinds())
def test_what_is_fused_once_stays_so(drawn: Drawn) -> None:
    shape, _, kinds = drawn
    once = fused(shape, kinds)
    assert fused(once, kinds) == once


def test_a_parallel_of_light_nodes_alone_is_a_step() -> None:
    both = Parallel((Step(("a",)), Step(("b",))))
    assert fused(both, {"a": 1, "b": 1}) == Step(("a", "b"))
