"""The iterations of a loop as the API shows them, and the nodes within one."""

from collections.abc import Sequence
from typing import Any

import pytest

from strata import cancelling, iteration_views, node_views, nodes
from strata.model.errors import InvalidCursor, NotFound
from strata.model.execution import NodeStatus, Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_loops import ask, play_loops
from tests.held_platform import OTHER_USER, USER, started
from tests.unit.conftest import Hold
from tests.unit.test_item_failures import FRAIL
from tests.watched_table import watched

Json = dict[str, Any]

TWO_STEPS = graph(
    [
        node("items", "input", name="items"),
        node("loop", "for_each", tolerated_failures=9),
        node("a", "frail", parent="loop"),
        node("b", "probe", parent="loop"),
    ],
    "items.value -> loop.items", "loop.item -> a.value", "a.value -> b.value",
    "b.value -> loop.result",
)  # fmt: skip

NESTED = graph(
    [
        node("x", "for_each", items=[[1], [2, 3]]),
        node("y", "for_each", parent="x"),
        node("a", "probe", parent="y"),
    ],
    "x.item -> y.items", "y.item -> a.value", "a.value -> y.result", "y.results -> x.result",
)  # fmt: skip


@pytest.fixture
def platform(hold: Hold) -> Platform:
    return hold(FRAIL, Probe().block)


def begun(platform: Platform, items: Sequence[Any], made: Graph = TWO_STEPS) -> Run:
    run = started(made, platform, items=items)
    ask(run, ["items"], platform)
    ask(run, ["loop"], platform)
    return run


def page_of(run: Run, platform: Platform, loop: str = "loop", **asked: Any) -> Json:
    page = PageRequest(asked.pop("limit", 25), asked.pop("cursor", None))
    return iteration_views.listing(
        asked.pop("user", USER), run.execution_id, loop, page=page, platform=platform, **asked
    )


def shown(run: Run, platform: Platform, loop: str = "loop", **asked: Any) -> list[Json]:
    found: list[Json] = page_of(run, platform, loop, **asked)["items"]
    return found


def statuses(run: Run, platform: Platform, **asked: Any) -> list[tuple[int, str]]:
    return [(one["index"], str(one["status"])) for one in shown(run, platform, **asked)]


def view(run: Run, platform: Platform, name: str = "loop", iteration: str = "") -> Json:
    return node_views.get(USER, run.execution_id, name, iteration=iteration, platform=platform)


def halfway(platform: Platform) -> Run:
    """Four items: done, failed, in its middle, not begun."""
    run = begun(platform, ["good", "bad", "good", "good"])
    for name in ("a", "b"):
        ask(run.within("loop", 0), [name], platform)
    ask(run.within("loop", 1), ["a"], platform)
    ask(run.within("loop", 2), ["a"], platform)
    return run


class TestList:
    def test_each_iteration_tells_how_it_fares(self, platform: Platform) -> None:
        assert statuses(halfway(platform), platform) == [
            (0, "COMPLETED"), (1, "FAILED"), (2, "RUNNING"), (3, "PENDING"),
        ]  # fmt: skip

    def test_one_that_is_done_tells_its_result_and_its_times(
        self, platform: Platform, clock: HeldClock
    ) -> None:
        run = begun(platform, ["good"])
        ask(run.within("loop", 0), ["a"], platform)
        clock.sleep(5)
        ask(run.within("loop", 0), ["b"], platform)
        assert shown(run, platform) == [
            {
                "index": 0,
                "iteration": "loop:0",
                "status": "COMPLETED",
                "error": None,
                "started_at": "2026-03-01T12:00:00.000Z",
                "ended_at": "2026-03-01T12:00:05.000Z",
                "result": "good",
            }
        ]

    def test_one_that_failed_tells_its_error_and_the_node(self, platform: Platform) -> None:
        failed = shown(halfway(platform), platform)[1]
        assert failed["error"] == {
            "code": "went_bad",
            "message": "The item is bad.",
            "node": "a",
        }
        assert failed["ended_at"] == "2026-03-01T12:00:00.000Z"
        assert failed["result"] is None

    def test_one_that_has_not_begun_has_no_times(self, platform: Platform) -> None:
        pending = shown(halfway(platform), platform)[3]
        assert (pending["started_at"], pending["ended_at"]) == (None, None)

    def test_results_may_be_left_out(self, platform: Platform) -> None:
        assert "result" not in shown(halfway(platform), platform, values=False)[0]

    @pytest.mark.parametrize(
        ("status", "indexes"),
        [("COMPLETED", [0]), ("FAILED", [1]), ("RUNNING", [2]), ("PENDING", [3]),
         ("CANCELLED", []), ("SKIPPED", [])],
    )  # fmt: skip
    def test_it_can_be_asked_for_one_status(
        self, platform: Platform, status: str, indexes: list[int]
    ) -> None:
        run = halfway(platform)
        found = shown(run, platform, status=NodeStatus(status))
        assert [one["index"] for one in found] == indexes

    def test_what_had_not_ended_with_its_execution_is_cancelled(self, platform: Platform) -> None:
        run = halfway(platform)
        cancelling.cancel(USER, run.execution_id, platform=platform)
        assert [one for _, one in statuses(run, platform)] == [
            "COMPLETED", "FAILED", "CANCELLED", "CANCELLED",
        ]  # fmt: skip
        assert len(shown(run, platform, status=NodeStatus.CANCELLED)) == 2
        assert shown(run, platform, status=NodeStatus.PENDING) == []

    def test_after_the_loop_every_iteration_has_ended(self, platform: Platform) -> None:
        run = halfway(platform)
        play_loops(run, platform)
        assert {one for _, one in statuses(run, platform)} == {"COMPLETED", "FAILED"}

    def test_a_loop_that_has_not_begun_has_none(self, platform: Platform) -> None:
        run = started(TWO_STEPS, platform, items=[1])
        assert page_of(run, platform) == {"items": [], "next_cursor": None}

    def test_a_secret_that_comes_back_is_masked(self, platform: Platform) -> None:
        made = graph(
            [
                node("key", "input", name="key", secret=True),
                node("loop", "for_each", items=[1]),
                node("a", "text_template", template="key {{ key }}", parent="loop"),
            ],
            "loop.index -> a.values.at", "key.value -> a.values.key", "a.text -> loop.result",
        )  # fmt: skip
        run = started(made, platform, key="very secret text")
        play_loops(run, platform)
        assert shown(run, platform)[0]["result"] == "key ****"


class TestPages:
    def test_they_hold_all_items_once(self, platform: Platform) -> None:
        run = begun(platform, list(range(7)))
        indexes: list[int] = []
        cursor = None
        while True:
            page = page_of(run, platform, limit=3, cursor=cursor)
            indexes += [one["index"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert indexes == list(range(7))

    def test_a_last_page_that_is_full_has_no_next(self, platform: Platform) -> None:
        run = begun(platform, [1, 2])
        assert page_of(run, platform, limit=2)["next_cursor"] is None

    def test_a_cursor_of_another_status_is_refused(self, platform: Platform) -> None:
        run = begun(platform, [1, 2, 3])
        cursor = page_of(run, platform, limit=1)["next_cursor"]
        with pytest.raises(InvalidCursor):
            page_of(run, platform, limit=1, cursor=cursor, status=NodeStatus.PENDING)

    def test_failures_among_many_are_found_at_once(self, platform: Platform) -> None:
        run = begun(platform, ["good"] * 900 + ["bad"])
        ask(run.within("loop", 900), ["a"], platform)
        seen, table = watched(platform)
        assert [one["index"] for one in shown(run, seen, status=NodeStatus.FAILED)] == [900]
        assert table.calls["get_many"] <= 4

    def test_a_search_for_one_of_many_ends_with_a_cursor(self, platform: Platform) -> None:
        run = begun(platform, ["good"] * 900)
        ask(run.within("loop", 800), ["a"], platform)
        running, pages = [], 0
        cursor = None
        while True:
            page = page_of(run, platform, cursor=cursor, status=NodeStatus.RUNNING, limit=100)
            running += page["items"]
            pages, cursor = pages + 1, page["next_cursor"]
            if cursor is None:
                break
        assert [one["index"] for one in running] == [800]
        assert pages == 2


class TestLoopItself:
    def test_it_tells_how_far_it_is(self, platform: Platform) -> None:
        assert view(halfway(platform), platform)["items"] == {"count": 4, "done": 2, "failed": 1}

    def test_before_it_has_begun_there_is_nothing_to_tell(self, platform: Platform) -> None:
        run = started(TWO_STEPS, platform, items=[1])
        assert view(run, platform)["items"] is None

    def test_no_other_node_has_items(self, platform: Platform) -> None:
        assert "items" not in view(halfway(platform), platform, "items")

    def test_a_last_level_of_several_nodes_must_end_as_a_whole(self, platform: Platform) -> None:
        made = graph(
            [
                node("items", "input", name="items"),
                node("loop", "for_each"),
                *(node(name, "probe", parent="loop") for name in ("a", "b")),
            ],
            "items.value -> loop.items", "loop.item -> a.value", "loop.item -> b.value",
        )  # fmt: skip
        run = begun(platform, [1, 2], made)
        ask(run.within("loop", 1), ["a"], platform)
        assert view(run, platform)["items"]["done"] == 0
        for _ in range(2):
            ask(run.within("loop", 1), ["b"], platform)
        assert view(run, platform)["items"]["done"] == 1

    def test_a_loop_of_many_items_is_told_by_few_reads(self, hold: Hold) -> None:
        platform = hold(FRAIL, Probe().block)
        run = begun(platform, ["good"] * 1000)
        for index in (0, 99, 100, 999):
            for name in ("a", "b"):
                ask(run.within("loop", index), [name], platform)
        seen, table = watched(platform)
        assert view(run, seen)["items"] == {"count": 1000, "done": 4, "failed": 0}
        assert table.calls.total() <= 4


class TestWithinAnIteration:
    def test_a_node_tells_what_went_in_and_out(self, platform: Platform) -> None:
        run = halfway(platform)
        found = view(run, platform, "b", "loop:0")
        assert (found["status"], found["level"]) == ("COMPLETED", 2)
        assert (found["inputs"], found["outputs"]) == ({"value": "good"}, {"value": "good"})

    def test_what_its_loop_gave_it_is_an_input(self, platform: Platform) -> None:
        assert view(halfway(platform), platform, "a", "loop:0")["inputs"] == {"value": "good"}

    def test_a_node_that_no_longer_begins_is_cancelled(self, platform: Platform) -> None:
        found = view(halfway(platform), platform, "b", "loop:1")
        assert (found["status"], found["ended_at"]) == ("CANCELLED", None)

    def test_one_that_runs_is_still_running(self, platform: Platform) -> None:
        run = begun(platform, ["good"])

        class Gone(BaseException):
            pass

        def vanish(operation: str, _: Any) -> None:
            if operation == "write":
                raise Gone

        with pytest.raises(Gone):
            nodes.run(run.within("loop", 0), "a", platform=watched(platform, after=vanish)[0])
        assert view(run, platform, "a", "loop:0")["status"] == "RUNNING"

    def test_the_end_of_the_execution_cancels_what_was_left_open(self, platform: Platform) -> None:
        run = halfway(platform)
        cancelling.cancel(USER, run.execution_id, platform=platform)
        found = view(run, platform, "b", "loop:2")
        assert (found["status"], found["ended_at"]) == ("CANCELLED", "2026-03-01T12:00:00.000Z")

    def test_its_nodes_are_listed_by_level(self, platform: Platform) -> None:
        run = halfway(platform)
        listed = node_views.listing(
            USER, run.execution_id, iteration="loop:2", page=PageRequest(), platform=platform
        )
        assert [(one["node"], str(one["status"])) for one in listed["items"]] == [
            ("a", "COMPLETED"),
            ("b", "PENDING"),
        ]

    def test_they_are_not_among_the_executions_own(self, platform: Platform) -> None:
        run = halfway(platform)
        listed = node_views.listing(USER, run.execution_id, page=PageRequest(), platform=platform)
        assert [one["node"] for one in listed["items"]] == ["items", "loop"]

    def test_an_inner_loop_has_iterations_of_its_own(self, platform: Platform) -> None:
        run = started(NESTED, platform)
        play_loops(run, platform)
        assert [one["result"] for one in shown(run, platform, "x")] == [[1], [2, 3]]
        inner = shown(run, platform, "y", iteration="x:1")
        assert [(one["iteration"], one["result"]) for one in inner] == [
            ("x:1/y:0", 2),
            ("x:1/y:1", 3),
        ]
        assert view(run, platform, "a", "x:1/y:1")["inputs"] == {"value": 3}
        assert view(run, platform, "y", "x:1")["items"]["count"] == 2

    def test_an_item_of_a_secret_list_is_masked(self, platform: Platform) -> None:
        made = graph(
            [
                node("keys", "input", name="keys", secret=True),
                node("x", "for_each"),
                node("y", "for_each", parent="x"),
                node("a", "probe", parent="y"),
                node("b", "probe", parent="x", value=1),
            ],
            "keys.value -> x.items", "x.item -> y.items", "y.item -> a.value",
        )  # fmt: skip
        run = started(made, platform, keys=[[123456]])
        play_loops(run, platform)
        assert view(run, platform, "a", "x:0/y:0")["inputs"] == {"value": "****"}
        assert view(run, platform, "b", "x:0")["inputs"] == {"value": 1}


class TestAbsent:
    @pytest.mark.parametrize(
        ("name", "iteration"),
        [
            ("a", "loop:4"),
            ("a", "items:0"),
            ("a", "gone:0"),
            ("a", "loop:0/loop:0"),
            ("loop", "loop:0"),
            ("a", ""),
            ("gone", ""),
        ],
    )
    def test_a_node_where_it_is_not_is_not_found(
        self, platform: Platform, name: str, iteration: str
    ) -> None:
        with pytest.raises(NotFound):
            view(halfway(platform), platform, name, iteration)

    def test_a_node_of_a_body_is_told_to_lie_there(self, platform: Platform) -> None:
        with pytest.raises(NotFound, match="body of 'loop'"):
            view(halfway(platform), platform, "a")

    def test_an_iteration_of_a_loop_that_has_not_begun_is_not_found(
        self, platform: Platform
    ) -> None:
        run = started(TWO_STEPS, platform, items=[1])
        with pytest.raises(NotFound):
            view(run, platform, "a", "loop:0")

    def test_a_node_that_is_no_loop_has_no_list(self, platform: Platform) -> None:
        with pytest.raises(NotFound):
            page_of(halfway(platform), platform, "items")

    def test_nor_has_another_users(self, platform: Platform) -> None:
        with pytest.raises(NotFound):
            page_of(halfway(platform), platform, user=OTHER_USER)
