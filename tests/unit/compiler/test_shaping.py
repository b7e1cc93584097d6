"""The shape of a machine: all that must wait waits, what is not linked does not."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strata.compiler.levels import levels
from strata.compiler.searching import SHORT_LEVELS, SHORT_NODES
from strata.compiler.shaping import shape_of
from strata.model.shape import MAX_DEPTH, Shape, shape_to_json
from tests.random_graphs import Edges, chains, layers, near, stages
from tests.shape_orders import comes_before, depth, is_tidy, nodes_of, places, takes

Links = Sequence[tuple[str, str]]
Drawn = tuple[int, Edges]

some_graphs = st.one_of(stages(), layers(), chains(), near())
often = settings(max_examples=100, deadline=None, derandomize=True)


def named(drawn: Drawn) -> tuple[list[str], Links]:
    count, edges = drawn
    return [f"n{at}" for at in range(count)], [(f"n{a}", f"n{b}") for a, b in sorted(edges)]


def shape(drawn: Drawn) -> Shape:
    return shape_of(*named(drawn))


def written(nodes: str, *links: str) -> object:
    """Each letter is a node, `ab` a link from a to b."""
    return shape_to_json(shape_of(list(nodes), [(one[0], one[1]) for one in links]))


def longest_way(nodes: Sequence[str], links: Links, times: Mapping[str, float]) -> float:
    ended: dict[str, float] = {}
    for row in levels(nodes, links):
        for node in row:
            before = [ended[source] for source, target in links if target == node]
            ended[node] = max(before, default=0) + times[node]
    return max(ended.values())


def plain(nodes: Sequence[str], links: Links, times: Mapping[str, float]) -> float:
    return sum(max(times[node] for node in row) for row in levels(nodes, links))


def components(nodes: Sequence[str], links: Links) -> list[set[str]]:
    found: list[set[str]] = []
    for node in nodes:
        near = [node, *(one for pair in links if node in pair for one in pair)]
        touched = [one for one in found if not one.isdisjoint(near)]
        found = [one for one in found if one not in touched] + [set(near).union(*touched)]
    return found


def ladder(count: int) -> Drawn:
    """Two chains, each node of the one also depends on the other's of the level before."""
    edges = {(at, at + 2) for at in range(count - 2)}
    return count, edges | {(at, at + 3) for at in range(0, count - 3, 2)}


def comb(count: int) -> Drawn:
    """A chain, each node of which has another one that nothing depends on."""
    spine = range(0, count, 2)
    return count, {*pairwise(spine), *((at, at + 1) for at in spine if at + 1 < count)}


def tree(count: int) -> Drawn:
    return count, {((at - 1) // 2, at) for at in range(1, count)}


def test_a_node_is_a_step() -> None:
    assert written("a") == ["a"]


def test_a_chain_is_a_series() -> None:
    assert written("abc", "ab", "bc") == {"series": [["a"], ["b"], ["c"]]}


def test_chains_that_are_not_linked_do_not_wait_for_each_other() -> None:
    chains = {"parallel": [{"series": [["a"], ["b"]]}, {"series": [["c"], ["d"]]}]}
    assert written("abcd", "ab", "cd") == chains


def test_chains_between_nodes_that_all_pass_through_do_not_wait_for_each_other() -> None:
    fan = {"parallel": [{"series": [["b"], ["c"]]}, ["d"]]}
    assert written("abcde", "ab", "bc", "ad", "ce", "de") == {"series": [["a"], fan, ["e"]]}


def test_levels_that_are_fully_joined_stay_plain_levels() -> None:
    rows = {"series": [{"parallel": [["a"], ["b"]]}, {"parallel": [["c"], ["d"]]}]}
    assert written("abcd", "ac", "ad", "bc", "bd") == rows


def test_what_nothing_could_gain_by_stays_plain_levels() -> None:
    rows = {"series": [{"parallel": [["a"], ["b"]]}, {"parallel": [["c"], ["d"]]}]}
    assert written("abcd", "ac", "bc", "bd") == rows


def test_chains_with_a_link_between_them_wait_for_each_other_once() -> None:
    upper = {"parallel": [{"series": [["a"], ["b"]]}, {"series": [["e"], ["f"]]}]}
    lower = {"parallel": [{"series": [["c"], ["d"]]}, {"series": [["g"], ["h"]]}]}
    found = written("abcdefgh", "ab", "bc", "cd", "ef", "fg", "gh", "bg")
    assert found == {"series": [upper, lower]}


def test_a_link_past_others_is_no_reason_to_wait() -> None:
    assert written("abc", "ab", "bc", "ac") == {"series": [["a"], ["b"], ["c"]]}


def test_branches_stand_in_the_order_of_the_author() -> None:
    branches = {"parallel": [["z"], {"series": [["m"], ["b"]]}, ["a"]]}
    assert written("zmab", "mb") == branches


@often
@given(some_graphs, st.data())
def test_the_order_and_number_of_links_change_nothing(drawn: Drawn, data: st.DataObject) -> None:
    nodes, links = named(drawn)
    mixed = data.draw(st.permutations([*links, *links[:3]]))
    assert shape_of(nodes, mixed) == shape_of(nodes, links)


@often
@given(some_graphs)
def test_every_node_is_there_once(drawn: Drawn) -> None:
    assert sorted(nodes_of(shape(drawn))) == sorted(named(drawn)[0])


@often
@given(some_graphs)
def test_every_node_comes_after_all_that_it_depends_on(drawn: Drawn) -> None:
    at = places(shape(drawn))
    assert all(comes_before(at[source], at[target]) for source, target in named(drawn)[1])


@often
@given(some_graphs)
def test_no_two_nodes_of_a_level_wait_for_each_other(drawn: Drawn) -> None:
    at = places(shape(drawn))
    for row in levels(*named(drawn)):
        for one, other in combinations(row, 2):
            assert not comes_before(at[one], at[other])
            assert not comes_before(at[other], at[one])


@often
@given(some_graphs)
def test_what_is_not_linked_at_all_never_waits(drawn: Drawn) -> None:
    nodes, links = named(drawn)
    at = places(shape_of(nodes, links))
    for one, other in combinations(components(nodes, links), 2):
        assert not any(
            comes_before(at[a], at[b]) or comes_before(at[b], at[a]) for a in one for b in other
        )


@often
@given(some_graphs, st.data())
def test_no_times_make_it_slower_than_plain_levels(drawn: Drawn, data: st.DataObject) -> None:
    nodes, links = named(drawn)
    times = {node: data.draw(st.integers(1, 1000)) for node in nodes}
    assert takes(shape_of(nodes, links), times) <= plain(nodes, links, times)


@often
@given(chains(), st.data())
def test_chains_take_as_long_as_the_longest(drawn: Drawn, data: st.DataObject) -> None:
    nodes, links = named(drawn)
    times = {node: data.draw(st.integers(1, 1000)) for node in nodes}
    assert takes(shape_of(nodes, links), times) == longest_way(nodes, links, times)


@st.composite
def nested(draw: st.DrawFn) -> Drawn:
    """Stages between single nodes, whose branches are such graphs in their turn."""
    edges: Edges = set()

    def stage(before: int | None, count: int, left: int) -> tuple[int, int]:
        """(last node, nodes so far)"""
        if before is not None:
            edges.add((before, count))
        hub, count = count, count + 1
        for _ in range(draw(st.integers(0, 2)) if left else 0):
            ends = []
            for _ in range(draw(st.integers(1, 3))):
                end, count = stage(hub, count, left - 1)
                ends.append(end)
            edges.update((end, count) for end in ends)
            hub, count = count, count + 1
        return hub, count

    return stage(None, 0, 3)[1], edges


@often
@given(nested(), st.data())
def test_stages_within_stages_wait_for_nothing_but_their_links(
    drawn: Drawn, data: st.DataObject
) -> None:
    nodes, links = named(drawn)
    times = {node: data.draw(st.integers(1, 1000)) for node in nodes}
    assert takes(shape_of(nodes, links), times) == longest_way(nodes, links, times)


@often
@given(some_graphs)
def test_nothing_in_it_is_superfluous(drawn: Drawn) -> None:
    found = shape(drawn)
    assert is_tidy(found)
    assert depth(found) <= MAX_DEPTH


LARGE = {
    "ladder": ladder(300),
    "comb": comb(300),
    "long comb": comb(2_000),
    "tree": tree(1_023),
    "deep tree": (200, {(at - 1 - at % 3, at) for at in range(4, 200)}),
    "wide": (
        2 * SHORT_NODES,
        {
            (at, SHORT_NODES + (at * 7 + by) % SHORT_NODES)
            for at in range(SHORT_NODES)
            for by in range(2)
        },
    ),
    "long ladder": ladder(4 * SHORT_LEVELS),
}


@pytest.mark.parametrize("drawn", LARGE.values(), ids=LARGE)
def test_a_large_graph_is_no_slower_than_plain_levels_and_no_deeper_than_allowed(
    drawn: Drawn,
) -> None:
    nodes, links = named(drawn)
    found = shape_of(nodes, links)
    at = places(found)
    times = {node: 1 + hash_of(node) % 997 for node in nodes}
    assert sorted(nodes_of(found)) == sorted(nodes)
    assert all(comes_before(at[source], at[target]) for source, target in links)
    assert takes(found, times) <= plain(nodes, links, times)
    assert depth(found) <= MAX_DEPTH
    assert is_tidy(found)


def hash_of(node: str) -> int:
    return int(node[1:]) * 7919 * 31


def test_what_is_too_deep_to_run_as_it_is_linked_waits_now_and_then() -> None:
    nodes, links = named(comb(300))
    times = {node: 1.0 if int(node[1:]) % 2 else 0.1 for node in nodes}
    found = takes(shape_of(nodes, links), times)
    assert found < plain(nodes, links, times) / 3


def test_an_unlinked_chain_beside_a_deep_graph_waits_for_none_of_it() -> None:
    nodes, links = named(comb(300))
    beside = ["x", "y", "z"]
    at = places(shape_of([*nodes, *beside], [*links, ("x", "y"), ("y", "z")]))
    assert not any(comes_before(at[node], at[one]) for node in nodes for one in beside)


@pytest.mark.parametrize("drawn", [(10_000, {*pairwise(range(10_000))}), comb(5_000)])
def test_thousands_of_levels_have_a_shape(drawn: Drawn) -> None:
    found = shape(drawn)
    assert len(nodes_of(found)) == drawn[0]
    assert depth(found) <= MAX_DEPTH
