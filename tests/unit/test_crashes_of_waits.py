"""A process may vanish between any two writes while nodes wait: asked again, all go on, once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from strata import (
    approvals,
    callback_urls,
    callbacks,
    ends,
    executions,
    graphs,
    nodes,
    reconciling,
    waits,
)
from strata.approvals import Decision
from strata.callbacks import Event
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store.executions import head_of, run_of
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, held_platform, started
from tests.held_waits import answers, shown
from tests.unit.test_crashes import Crash, Fragile

PAID = Event({"paid": True}, {}, "digest")
INNER = graph(
    [node("n", "input", name="n"), node("out", "output", name="n")], "n.value -> out.value"
)


class Story:
    """A delay, an approval, an event and a sub-graph, one after the other, with a crash at that
    write; its machine asks again with a new token."""

    def __init__(self, folder: Path, number: int, moment: str) -> None:
        folder.mkdir()
        self.clock = HeldClock()
        self.platform = held_platform(folder, self.clock)
        self.tokens = 0
        inner = graphs.create(USER, INNER, platform=self.platform)["id"]
        self.run = started(
            graph(
                [
                    node("wait", "delay", seconds=5, value=120),
                    node("ask", "approval"),
                    node("paid", "wait_for_event"),
                    node("call", "sub_graph", graph_id=inner),
                    node("out", "output", name="out"),
                ],
                "wait.value -> ask.data",
                "ask.approved -> paid.after",
                "paid.body -> call.inputs.n",
                "call.outputs -> out.value",
            ),
            self.platform,
        )
        self.fragile = Fragile(self.platform, number, moment)

    def does(self, act: Callable[[Platform], Any]) -> Any:
        return self.fragile.persist(act)

    def asks(self, run: Run, name: str, phase: str = "") -> None:
        def ask(process: Platform) -> Any:
            self.tokens += 1
            token = f"{name}-{self.tokens}"
            return nodes.run(run, name, token=token, phase=phase, platform=process)

        self.does(ask)

    def decides(self) -> None:
        decision, key = Decision(approve=True, changes={}), Idempotency("key", "digest")
        self.does(
            lambda process: approvals.decide(
                USER, self.run.execution_id, "ask", decision, idempotency=key, platform=process
            )
        )

    def posts(self) -> None:
        token = callback_urls.url_of(self.run, "paid", platform=self.platform).rpartition("/")[2]
        self.does(lambda process: callbacks.receive(token, PAID, platform=process))

    def plays_child(self) -> None:
        child = shown(self.run, "call", self.platform)["waiting"]["execution_id"]
        run = run_of(head_of(USER, child, self.platform))
        for name in ("n", "out"):
            self.asks(run, name)

    def tell(self) -> int:
        self.asks(self.run, "wait")
        self.clock.sleep(5)
        self.asks(self.run, "wait", "end")
        self.asks(self.run, "ask")
        self.decides()
        self.asks(self.run, "paid")
        self.posts()
        self.asks(self.run, "call")
        self.plays_child()
        self.asks(self.run, "out")
        self.does(lambda process: ends.end(self.run, None, platform=process))
        return self.fragile.writes_left

    def check(self) -> None:
        told = executions.get(USER, self.run.execution_id, platform=self.platform)
        assert (told["status"], told["outputs"]) == ("COMPLETED", {"out": {"n": {"paid": True}}})
        assert told["node_counts"] == {"COMPLETED": 5}
        listed = executions.listing(USER, page=PageRequest(100), platform=self.platform)["items"]
        assert sorted(one["status"] for one in listed) == ["COMPLETED"] * 2
        assert set(answers(self.platform).values()) == {None}
        assert {one.partition("-")[0] for one in answers(self.platform)} >= {"ask", "paid", "call"}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_write_changes_nothing_in_the_end(tmp_path: Path, moment: str) -> None:
    whole = Story(tmp_path / "0", 10_000, moment)
    writes = 10_000 - whole.tell()
    whole.check()
    assert writes > 20
    for number in range(1, writes + 1):
        story = Story(tmp_path / str(number), number, moment)
        assert story.tell() <= 0, "it did not crash"
        story.check()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_sweep_does_what_nobody_asked_for_again(tmp_path: Path, moment: str) -> None:
    """The decision and the event are never sent a second time."""

    class Once(Fragile):
        def persist(self, act: Callable[[Platform], Any]) -> Any:
            with suppress(Crash):
                return act(self._process())

    for number in range(1, 8):
        story = Story(tmp_path / str(number), 10_000, moment)
        story.asks(story.run, "wait")
        story.clock.sleep(5)
        story.asks(story.run, "wait", "end")
        story.asks(story.run, "ask")
        story.fragile = Once(story.platform, number, moment)
        story.decides()
        story.clock.sleep(1)
        assert isinstance(story.platform.machines, HeldMachines)
        reconciling.sweep(0, platform=story.platform)
        decided = shown(story.run, "ask", story.platform)["status"] == "COMPLETED"
        assert decided is ("ask-3" in answers(story.platform))
        assert bool(waits.left(story.run, platform=story.platform)) is not decided
