"""A group asked for twice, left halfway, or out of time: nothing counts twice or is lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata import executions, node_views, nodes
from strata.model.block import Context, Values
from strata.model.errors import NodeFailed, NodeRetry
from strata.model.execution import Run
from strata.model.values import fault
from strata.platform import Platform
from strata.store.values import encode, unpack
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import Operation, watched

NAMES = ("a", "b", "c", "d")
NUMBERED = graph(
    [
        node("a", "probe", value=0),
        *(node(name, "probe") for name in NAMES[1:]),
        node("z", "csv_parse"),
    ],
    "a.value -> b.value",
    "b.value -> c.value",
    "c.value -> d.value",
    "d.value -> z.text",
)


class Gone(BaseException):
    """The function vanishes: nothing of it runs any more."""


def numbering() -> Probe:
    """Each run of its block gives its number, so that it shows whose word counts."""
    return Probe(*(partial(_number, number) for number in range(1, 100)), is_light=True)


def _number(number: int, _: Values, __: Context) -> Values:
    return {"value": number}


def ask(run: Run, platform: Platform) -> str:
    try:
        return str(nodes.run_together(run, NAMES, platform=platform)["status"])
    except NodeRetry:
        return "asked again"


def values_of(run: Run, platform: Platform) -> list[Any]:
    shown = [node_views.get(USER, run.execution_id, name, platform=platform) for name in NAMES]
    return [one["outputs"]["value"] for one in shown]


def vanishing_at(operation: Operation, number: int) -> Callable[[Operation, Any], None]:
    """Right after its n-th operation of that kind."""
    left = count(1 - number)

    def step(done: Operation, _: Any) -> None:
        if done == operation and next(left) == 0:
            raise Gone

    return step


class TestAtOnce:
    def test_of_two_invocations_one_counts_as_a_whole(self, hold: Hold) -> None:
        probe, both_have_read = numbering(), threading.Barrier(2)
        platform = hold(probe.block)
        run = started(NUMBERED, platform)

        def wait(operation: Operation, _: Any) -> None:
            if operation == "get_many" and len(probe.runs) == 0:
                both_have_read.wait(10)

        racing, _ = watched(platform, after=wait)
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda _: ask(run, racing), range(2)))
        assert told == ["COMPLETED", "COMPLETED"]
        shown = [node_views.get(USER, run.execution_id, name, platform=platform) for name in NAMES]
        assert [one["attempts"] for one in shown] == [1, 1, 1, 1]
        made = {number: given["value"] for number, given in enumerate(probe.runs, start=1)}
        recorded = values_of(run, platform)
        assert [made[number] for number in recorded] == [0, *recorded[:-1]]

    def test_a_late_one_goes_on_with_what_the_first_one_wrote(self, hold: Hold) -> None:
        probe = numbering()
        platform = hold(probe.block)
        run = started(NUMBERED, platform)

        def first(operation: Operation, _: Any) -> None:
            if operation == "get_many" and len(probe.runs) == 0:
                nodes.run_together(run, NAMES[:2], platform=platform)

        assert ask(run, watched(platform, after=first)[0]) == "COMPLETED"
        recorded = values_of(run, platform)
        assert recorded[:2] == [1, 2]
        assert probe.runs[-1]["value"] == recorded[2]

    def test_one_that_is_overtaken_again_and_again_comes_back_later(self, hold: Hold) -> None:
        probe = numbering()
        platform = hold(probe.block)
        run = started(NUMBERED, platform)
        names = iter(NAMES)

        def overtake(operation: Operation, _: Any) -> None:
            if operation == "get_many":
                nodes.run(run, next(names, "a"), platform=platform)

        assert ask(run, watched(platform, after=overtake)[0]) == "asked again"
        assert ask(run, platform) == "COMPLETED"

    def test_one_light_node_alone_takes_the_record_of_who_was_faster(self, hold: Hold) -> None:
        probe = numbering()
        platform = hold(probe.block)
        run = started(NUMBERED, platform)

        def first(operation: Operation, _: Any) -> None:
            if operation == "get_many" and len(probe.runs) == 0:
                nodes.run(run, "a", platform=platform)

        told = nodes.run(run, "a", platform=watched(platform, after=first)[0])
        assert (told["status"], told["attempts"]) == ("COMPLETED", 1)
        assert len(probe.runs) == 2


class TestCrashes:
    @pytest.mark.parametrize(("operation", "runs"), [("get_many", 4), ("write_all", 4)])
    def test_one_that_vanished_is_made_up_for(
        self, hold: Hold, operation: Operation, runs: int
    ) -> None:
        probe = numbering()
        platform = hold(probe.block)
        run = started(NUMBERED, platform)
        with pytest.raises(Gone):
            ask(run, watched(platform, after=vanishing_at(operation, 1))[0])
        assert ask(run, platform) == "COMPLETED"
        assert len(probe.runs) == runs

    def test_before_the_write_nothing_has_happened(self, hold: Hold) -> None:
        probe = numbering()
        platform = hold(probe.block)
        run = started(NUMBERED, platform)
        with pytest.raises(Gone):
            ask(run, watched(platform, before=vanishing_at("write_all", 1))[0])
        head = executions.get(USER, run.execution_id, platform=platform)
        assert (head["status"], len(probe.runs)) == ("QUEUED", 4)
        ask(run, platform)
        assert values_of(run, platform) == [5, 6, 7, 8]

    def test_what_takes_its_time_is_written_before_the_next_one_begins(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        def take_long(values: Any, context: Any) -> Any:
            clock.sleep(2)
            return {"value": values["value"]}

        probe = Probe(take_long, take_long, is_light=True)
        platform = hold(probe.block)
        run = started(NUMBERED, platform)
        with pytest.raises(Gone):
            ask(run, watched(platform, after=vanishing_at("write_all", 2))[0])
        assert ask(run, platform) == "COMPLETED"
        assert len(probe.runs) == 4

    def test_what_is_large_is_written_before_the_next_one_begins(self, hold: Hold) -> None:
        probe = Probe(lambda *_: {"value": "x" * 200_000}, is_light=True)
        platform = hold(probe.block)
        run = started(NUMBERED, platform)
        with pytest.raises(Gone):
            ask(run, watched(platform, after=vanishing_at("write_all", 1))[0])
        ask(run, platform)
        assert len(probe.runs) == 4


class TestTime:
    def test_a_task_whose_time_is_up_goes_on_in_another_one(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        def take_long(values: Any, context: Any) -> Any:
            clock.sleep(50)
            return {"value": values["value"]}

        probe = Probe(*[take_long] * 20, is_light=True)
        platform = hold(probe.block)
        names = [f"n{number}" for number in range(20)]
        run = started(graph([node(name, "probe", value=1) for name in names]), platform)
        with pytest.raises(NodeRetry, match="time"):
            nodes.run_together(run, names, platform=platform)
        assert len(probe.runs) == 17, "840 s"
        nodes.run_together(run, names, platform=platform)
        assert len(probe.runs) == 20

    def test_a_node_has_no_more_time_than_it_would_have_alone(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        def dawdle(values: Any, context: Any) -> Any:
            clock.sleep(61)
            return {"value": values["value"]}

        platform = hold(Probe(lambda values, _: values, dawdle, is_light=True).block)
        run = started(NUMBERED, platform)
        with pytest.raises(NodeFailed, match="b: timeout"):
            ask(run, platform)


def json_values() -> st.SearchStrategy[Any]:
    plain = (
        st.none()
        | st.booleans()
        | st.integers(-(10**37), 10**37)
        | st.text(max_size=5)
        | st.floats()
    )
    return st.recursive(
        plain,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5) | st.integers(), inner),
    )


@given(json_values())
def test_what_json_can_carry_reads_the_same_from_memory(value: Any) -> None:
    """The nodes of a group are given each other's values without a way through JSON."""
    if fault(value) is None:
        again = unpack({"json": encode(value)}, None)  # type: ignore[arg-type]
        assert repr(again) == repr(value)
