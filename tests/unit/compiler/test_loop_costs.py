"""How many items a loop runs within the history of its own machine."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from strata.blocks import registry
from strata.compiler.costs import (
    EVENTS_KEPT_FREE,
    MOST_EVENTS,
    MOST_INLINE_ITEMS,
    MOST_SECONDS,
    cost_of,
    cost_of_item,
    items_at_once,
    most_inline_items,
)
from strata.compiler.definition import longest_run_seconds
from strata.compiler.planning import plan
from strata.model.graph import Link, Node
from strata.model.plan import Plan
from strata.model.shape import parts_of
from tests.builders import graph, node

REQUEST = {"url": "https://example.com"}


def requests(count: int, parent: str | None) -> tuple[list[Node], list[Link]]:
    """A chain of nodes that share no Task."""
    ids = [f"{parent or 'top'}_{at:04}" for at in range(count)]
    nodes = [node(one, "http_request", parent=parent, **REQUEST) for one in ids]
    links = [
        Link(source=a, output="body", target=b, input="headers.before") for a, b in pairwise(ids)
    ]
    return nodes, links


def planned(loops: Iterable[Node], *, inner: int = 1, outer: int = 0) -> Plan:
    """Each loop with so many nodes in its body, beside a chain of others."""
    nodes, links = requests(outer, None)
    for loop in loops:
        more, linked = requests(inner, loop.id)
        nodes += [loop, *more]
        links += linked
    made = graph(nodes)
    return plan(made.model_copy(update={"links": links}), registry())


def loop(name: str, parent: str | None = None) -> Node:
    return node(name, "for_each", items=[1], parent=parent)


def test_an_item_costs_what_its_body_does() -> None:
    found = cost_of_item("loop", planned([loop("loop")], inner=3))
    assert (found.transitions, found.events) == (3, 2 + 3 * 5)


def test_a_small_body_runs_for_a_thousand_items() -> None:
    assert most_inline_items("loop", planned([loop("loop")])) == MOST_INLINE_ITEMS == 1_000


def test_a_large_body_runs_for_fewer() -> None:
    found = most_inline_items("loop", planned([loop("loop")], inner=40))
    free = MOST_EVENTS - EVENTS_KEPT_FREE - 2 - (5 + 2 + 4 + 5)
    assert found == free // (2 + 40 * 5) == 98


def test_what_else_the_machine_runs_takes_of_its_history() -> None:
    alone = most_inline_items("loop", planned([loop("loop")], inner=40))
    beside = most_inline_items("loop", planned([loop("loop")], inner=40, outer=1_500))
    assert beside == pytest.approx(alone - 1_500 * 5 / (2 + 40 * 5), abs=1)


def test_loops_of_one_machine_share_its_history() -> None:
    alone = most_inline_items("a", planned([loop("a")], inner=40))
    both = most_inline_items("a", planned([loop("a"), loop("b")], inner=40))
    assert both == pytest.approx(alone / 2, abs=1)


def test_a_loop_within_a_loop_shares_it_too_however_often_it_runs() -> None:
    nested = planned([loop("x"), loop("y", "x")], inner=10)
    once = most_inline_items("y", nested)
    assert once == pytest.approx((MOST_EVENTS - EVENTS_KEPT_FREE) / 2 / (2 + 50), abs=1)
    assert most_inline_items("y", nested, times=10) == once // 10


def test_within_an_item_that_has_a_history_of_its_own_it_has_all_of_that() -> None:
    nested = planned([loop("x"), loop("y", "x")], inner=10, outer=3_000)
    assert most_inline_items("y", nested, history="x") > most_inline_items("y", nested)
    assert most_inline_items("y", nested, history="x") == pytest.approx(
        (MOST_EVENTS - EVENTS_KEPT_FREE) / (2 + 50), abs=2
    )


def test_a_loop_that_runs_too_often_has_room_for_no_item() -> None:
    nested = planned([loop("x"), loop("y", "x")], inner=10)
    assert most_inline_items("y", nested, times=1_000) == 0


def test_in_a_part_that_part_counts() -> None:
    nodes, links = requests(5_000, None)
    body, within = requests(40, "loop")
    into = Link(source=nodes[2_000].id, output="body", target="loop", input="items")
    back = Link(source="loop", output="results", target=nodes[2_001].id, input="headers.from")
    made = graph([*nodes, loop("loop"), *body])
    found = plan(made.model_copy(update={"links": [*links, *within, into, back]}), registry())
    assert len(list(parts_of(found.shape))) > 1
    # The machine itself only calls its parts: its own history would have room for 98.
    assert 40 < most_inline_items("loop", found) < 90


def test_a_loop_takes_at_longest_what_as_many_items_as_may_be_take() -> None:
    # A request in four tries of 70 s, with 1, 2 and 4 s between; a beginning and an end besides.
    one_by_one = planned([node("loop", "for_each", items=[1], max_concurrency=1)])
    assert cost_of(one_by_one.shape, one_by_one).seconds == 10_000 * 287 + 2 * 287
    many = planned([node("loop", "for_each", items=[1], max_concurrency=500)])
    # Eight tries of the platform's where so many run at once.
    assert cost_of(many.shape, many).seconds < cost_of(one_by_one.shape, one_by_one).seconds / 10


def test_nothing_takes_longer_than_a_year() -> None:
    nested = planned([loop("x"), loop("y", "x")], inner=10)
    assert cost_of(nested.bodies["x"], nested).seconds < cost_of(nested.shape, nested).seconds
    assert longest_run_seconds(nested) == MOST_SECONDS


@pytest.mark.parametrize("asked", [0, -5, "many", None])
def test_a_wrong_number_of_items_at_once_is_no_reason_to_break(asked: object) -> None:
    found = planned([node("loop", "for_each", items=[1], max_concurrency=asked)])
    assert items_at_once(found.by_id["loop"]) >= 1
