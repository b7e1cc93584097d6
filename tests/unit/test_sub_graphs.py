"""A node runs another graph as an execution of its own, once, and ends as that does."""

from dataclasses import replace
from typing import Any

import pytest

from strata import cancelling, ends, executions, graphs, nodes, waits
from strata.model.errors import Unavailable
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from strata.ports import Put, Update
from strata.store import keys
from strata.store.graphs import head_put, load_head
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, play, run_of, started
from tests.held_sub_graphs import (
    DOUBLE,
    FAILING,
    NOTHING,
    begins_to_wait,
    begun,
    calling,
    child_of,
    listed,
    saved,
    status,
)
from tests.held_waits import TOKEN, answers, ask, fails, shown
from tests.watched_table import after_first, watched


@pytest.fixture
def family(held: Platform) -> tuple[Run, Run]:
    return begun(calling(saved(DOUBLE, held), inputs={"n": 21}), held)


class TestStart:
    def test_it_is_an_execution_of_its_own(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        told = executions.get(USER, child.execution_id, platform=held)
        assert (told["status"], told["trigger"]) == ("QUEUED", "sub_graph")
        assert told["inputs"] == {"n": 21}
        parent = {"execution_id": run.execution_id, "node": "call", "iteration": ""}
        assert told["parent"] == parent
        assert executions.get(USER, run.execution_id, platform=held)["parent"] is None
        assert sorted(listed(held)) == sorted([run.execution_id, child.execution_id])

    def test_its_id_is_told_once_it_can_be_looked_at(self, held: Platform) -> None:
        run = started(calling(saved(NOTHING, held)), held)
        seen = []

        def look(operation: str, given: Any) -> None:
            if begins_to_wait(operation, given):
                seen.append(shown(run, "call", held)["waiting"])

        watching, _ = watched(held, after=look)
        ask(run, "call", watching)
        assert [set(one) for one in seen] == [{"expires_at"}]
        assert set(shown(run, "call", held)["waiting"]) == {"expires_at", "execution_id"}

    def test_its_machine_is_started(self, family: tuple[Run, Run], held: Platform) -> None:
        assert isinstance(held.machines, HeldMachines)
        assert family[1].execution_id in held.machines.started

    def test_asked_again_there_is_still_one(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        assert ask(run, "call", held, "token-2") == "WAITING"
        assert child_of(run, held) == child
        assert len(listed(held)) == 2

    @pytest.mark.parametrize("writes", range(1, 6))
    def test_a_crash_after_any_write_leaves_one(self, held: Platform, writes: int) -> None:
        run = started(calling(saved(NOTHING, held)), held)
        done = 0

        def crash(operation: str, _: Any) -> None:
            nonlocal done
            done += operation in ("write", "write_all")
            if operation in ("write", "write_all") and done == writes:
                raise KeyboardInterrupt

        dying, _ = watched(held, after=crash)
        try:
            ask(run, "call", dying)
        except KeyboardInterrupt:
            assert ask(run, "call", held, "token-2") == "WAITING"
        play(child_of(run, held), held)
        assert shown(run, "call", held)["status"] == "COMPLETED"
        assert len(listed(held)) == 2

    def test_a_machine_that_could_not_be_started_is_started_the_next_time(
        self, held: Platform
    ) -> None:
        assert isinstance(held.machines, HeldMachines)
        run = started(calling(saved(DOUBLE, held), inputs={"n": 1}), held)
        held.machines.down = True
        with pytest.raises(Unavailable):
            ask(run, "call", held)
        held.machines.down = False
        assert ask(run, "call", held, "token-2") == "WAITING"
        assert child_of(run, held).execution_id in held.machines.started

    def test_of_two_invocations_at_once_one_starts_it(self, held: Platform) -> None:
        run = started(calling(saved(NOTHING, held)), held)
        second = after_first("write_all", lambda: ask(run, "call", held, "token-2"))
        racing, _ = watched(held, after=second)
        with pytest.raises(Exception, match="another invocation"):
            ask(run, "call", racing)
        assert len(listed(held)) == 2

    def test_it_runs_the_active_version_or_the_one_that_is_named(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        graphs.save(USER, child, NOTHING, platform=held)
        assert begun(calling(child), held)[1].version == 2
        assert begun(calling(child, version=1), held)[1].version == 1

    def test_its_inputs_may_come_by_links_into_their_parts(self, held: Platform) -> None:
        linked = graph(
            [node("five", value=5), node("call", "sub_graph", graph_id=saved(DOUBLE, held))],
            "five.value -> call.inputs.n",
        )
        run = started(linked, held)
        nodes.run(run, "five", platform=held)
        ask(run, "call", held)
        told = executions.get(USER, child_of(run, held).execution_id, platform=held)
        assert told["inputs"] == {"n": 5}

    def test_it_takes_no_slot(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        for _ in range(10):
            own = begun(calling(child), held)[1]
            assert executions.get(USER, own.execution_id, platform=held)["queue_position"] is None
        assert isinstance(held.machines, HeldMachines)
        assert len(held.machines.started) == 20


class TestEnd:
    def test_its_outputs_are_the_node_s(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        play(child, held)
        assert shown(run, "call", held)["outputs"] == {
            "outputs": {"twice": 42},
            "execution_id": child.execution_id,
        }
        assert answers(held) == {TOKEN: None}

    def test_told_again_it_changes_nothing(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        play(child, held)
        ends.end(child, None, platform=held)
        ends.end(child, {"Error": "TIMED_OUT"}, platform=held)
        assert answers(held) == {TOKEN: None}
        assert shown(run, "call", held)["status"] == "COMPLETED"

    def test_an_end_that_the_machine_did_not_hear_of_is_told_again(
        self, family: tuple[Run, Run], held: Platform
    ) -> None:
        run, child = family
        assert isinstance(held.machines, HeldMachines)
        for one in ("n", "twice"):
            nodes.run(child, one, platform=held)
        held.machines.down = True
        with pytest.raises(Unavailable):
            nodes.run(child, "out", platform=held)
        assert shown(run, "call", held)["status"] == "COMPLETED"
        held.machines.down = False
        nodes.run(child, "out", platform=held)
        assert answers(held) == {TOKEN: None}

    def test_an_end_that_was_lost_is_found(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        ends.bring_to_end(child, {"Error": "X"}, platform=held)
        assert shown(run, "call", held)["status"] == "WAITING"
        assert waits.mend(run, "call", platform=held)
        told = answers(held)[TOKEN]
        assert told is not None
        assert "sub_graph_failed" in told

    def test_or_when_the_machine_asks_again(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        ends.bring_to_end(child, {"Error": "X"}, platform=held)
        assert "sub_graph_failed" in fails(run, "call", held, "token-2")

    def test_its_failure_is_the_node_s(self, held: Platform) -> None:
        run, child = begun(calling(saved(FAILING, held)), held)
        assert play(child, held)["status"] == "FAILED"
        error = shown(run, "call", held)["error"]
        assert error["code"] == "sub_graph_failed"
        assert error["message"] == (
            f"The execution {child.execution_id} failed with no_luck at the node 'stop'."
        )
        told = answers(held)[TOKEN]
        assert told is not None
        assert told.startswith("call: sub_graph_failed")

    def test_a_node_that_goes_on_hands_the_error_on(self, held: Platform) -> None:
        content = graph(
            [node("call", "sub_graph", graph_id=saved(FAILING, held), on_error="continue")]
        )
        run, child = begun(content, held)
        play(child, held)
        assert answers(held) == {TOKEN: None}
        assert shown(run, "call", held)["outputs"]["error"]["code"] == "sub_graph_failed"

    def test_so_is_its_cancel(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        cancelling.cancel(USER, child.execution_id, platform=held)
        assert shown(run, "call", held)["error"]["code"] == "sub_graph_cancelled"
        assert "sub_graph_cancelled" in str(answers(held)[TOKEN])

    def test_and_its_timeout(self, family: tuple[Run, Run], held: Platform) -> None:
        run, child = family
        ends.end(child, {"Error": "TIMED_OUT"}, platform=held)
        assert shown(run, "call", held)["error"]["code"] == "sub_graph_timed_out"

    def test_one_that_takes_too_long_is_cancelled(self, held: Platform, clock: HeldClock) -> None:
        child_graph = saved(NOTHING, held)
        run, child = begun(calling(child_graph, expires_seconds=60, on_error="continue"), held)
        clock.sleep(60)
        assert ask(run, "call", held, "token-2") == "FAILED"
        assert shown(run, "call", held)["error"]["code"] == "sub_graph_timed_out"
        assert status(child, held) == "CANCELLED"
        assert answers(held) == {"token-2": None}


class TestSecrets:
    GREET = graph(
        [
            node("who", "input", name="who"),
            node("how", "input", name="how", default="Hello"),
            node("say", "text_template", template="{{ how }}, {{ who }}"),
            node("said", "output", name="said"),
        ],
        "who.value -> say.values.who",
        "how.value -> say.values.how",
        "say.text -> said.value",
    )

    def child(self, held: Platform, secret: Any, *links: str) -> Run:
        content = graph(
            [
                node("key", "input", name="key", secret=True),
                node("text", "text_template", template="to {{ key }}"),
                node("call", "sub_graph", graph_id=saved(self.GREET, held), inputs={"how": "Hi"}),
            ],
            "key.value -> text.values.key",
            *links,
        )
        run = started(content, held, key=secret)
        for one in ("key", "text"):
            nodes.run(run, one, platform=held)
        ask(run, "call", held)
        return child_of(run, held)

    def views(self, child: Run, held: Platform) -> str:
        play(child, held)
        shown_ = [shown(child, one, held) for one in ("who", "how", "say", "said")]
        return str([executions.get(USER, child.execution_id, platform=held), *shown_])

    @pytest.mark.parametrize(
        ("secret", "link"),
        [
            ("hunter2-hunter2", "key.value -> call.inputs.who"),
            ("hunter2-hunter2", "text.text -> call.inputs.who"),
            ({"who": "hunter2-hunter2"}, "key.value -> call.inputs"),
        ],
    )
    def test_a_secret_that_is_handed_on_stays_one(
        self, held: Platform, secret: Any, link: str
    ) -> None:
        views = self.views(self.child(held, secret, link), held)
        assert "hunter2" not in views
        assert "****" in views

    def test_a_short_one_is_masked_where_it_is_handed_on_whole(self, held: Platform) -> None:
        child = self.child(held, "7x7", "key.value -> call.inputs.who")
        assert shown(child, "who", held)["status"] == "PENDING"
        play(child, held)
        assert shown(child, "who", held)["outputs"] == {"value": "****"}
        told = executions.get(USER, child.execution_id, platform=held)
        assert told["inputs"] == {"how": "Hi", "who": "****"}

    def test_what_is_no_secret_is_shown(self, held: Platform) -> None:
        views = self.views(
            self.child(held, "hunter2-hunter2", "key.value -> call.inputs.who"), held
        )
        assert "Hi" in views


class TestRefusals:
    def error(self, content: Graph, held: Platform, *before: str) -> dict[str, Any]:
        run = started(content, held)
        for one in before:
            nodes.run(run, one, platform=held)
        fails(run, "call", held)
        assert len(listed(held)) == 1
        error: dict[str, Any] = shown(run, "call", held)["error"]
        return error

    def test_a_deleted_graph_is_no_graph(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        run = started(calling(child), held)
        graphs.delete(USER, child, platform=held)
        assert "no_such_graph" in fails(run, "call", held)

    def test_nor_is_one_without_an_active_version(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        run = started(calling(child), held)
        only_drafts = replace(load_head(USER, child, held), active_version=None)
        held.table.write(Put(head_put(only_drafts).item))
        held.memory.forget(("head", USER, child))
        assert "no_such_graph: The graph has only drafts." in fails(run, "call", held)

    def test_inputs_that_do_not_fit_are_told_by_name(self, held: Platform) -> None:
        wrong = graph(
            [
                node("text", value={"n": "x", "m": 1}),
                node("call", "sub_graph", graph_id=saved(DOUBLE, held)),
            ],
            "text.value -> call.inputs",
        )
        error = self.error(wrong, held, "text")
        assert error["code"] == "invalid_input"
        assert "n: this input must be of the type number" in error["message"]
        assert "m: the graph has no input of this name" in error["message"]

    def test_more_inputs_than_an_execution_holds_are_too_many(self, held: Platform) -> None:
        names = [f"{at:04}{'x' * 90}" for at in range(2500)]
        wide = graph(node(f"n{at}", "input", name=name) for at, name in enumerate(names))
        call = calling(saved(wide, held), inputs=dict.fromkeys(names, "y" * 60))
        assert self.error(call, held)["code"] == "too_large"

    def test_a_graph_cannot_come_to_run_itself(self, held: Platform) -> None:
        """Each change was right by itself; two at once may close a circle that neither saw."""
        parent, child = saved(NOTHING, held), saved(NOTHING, held)
        graphs.save(USER, child, calling(parent), platform=held)
        graphs.change(USER, child, {"active_version": 1}, platform=held)
        graphs.save(USER, parent, calling(child), platform=held)
        held.table.write(Update(keys.graph(USER, child), set={"active_version": 2}))
        run = run_of(executions.start(USER, parent, {}, platform=held), USER)
        assert ask(run, "call", held) == "WAITING"
        found = fails(child_of(run, held), "call", held)
        assert f"{parent} → {child} → {parent}" in found
        assert "sub_graph_cycle" in found

    def test_ten_lie_within_each_other_and_no_more(self, held: Platform) -> None:
        """The last save was right: what it runs was another one's then."""
        lowest = saved(NOTHING, held)
        graph_id = lowest
        for _ in range(9):
            graph_id = saved(calling(graph_id), held)
        run = started(calling(graph_id), held)
        graphs.save(USER, lowest, calling(saved(NOTHING, held)), platform=held)
        for _ in range(10):
            assert ask(run, "call", held) == "WAITING"
            run = child_of(run, held)
        assert "sub_graph_too_deep" in fails(run, "call", held)


def test_the_execution_of_a_family_is_found_by_its_ids(held: Platform) -> None:
    run, child = begun(calling(saved(NOTHING, held)), held)
    told = executions.get(USER, child.execution_id, platform=held)
    assert run_of(told, USER) == child
    assert run.graph_id != child.graph_id
