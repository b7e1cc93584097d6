"""What a resumed execution takes over, and why the rest runs again: told before anything runs."""

from typing import Any

import pytest

from strata import cancelling, ends, graphs, nodes, resuming
from strata.model.errors import (
    ExecutionCompleted,
    ExecutionRunning,
    InvalidBody,
    InvalidInputs,
    NodeError,
    NodeFailed,
    NotFound,
)
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_platform import OTHER_USER, USER, play, run_until_ended, started
from tests.unit.conftest import Hold

GONE = NodeError("gone", "Gone.")
CHAIN = ("a.value -> b.value", "b.value -> c.value")


def preview(run: Run, platform: Platform, version: int | None = None) -> dict[str, Any]:
    return resuming.preview(USER, run.execution_id, version, platform=platform)


def reasons(told: dict[str, Any]) -> dict[str, Any]:
    """Why each node runs: the reason, or the node that it depends on."""
    return {one["node"]: one["depends_on"] or one["reason"] for one in told["runs"]}


def chain(**b: Any) -> Graph:
    """Three nodes, of which the second fails first."""
    return graph([node("a", value=1), node("b", "probe", **b), node("c")], *CHAIN)


@pytest.fixture
def failing(hold: Hold) -> Platform:
    """Where the first run of a probe fails."""
    return hold(Probe(GONE).block)


@pytest.fixture
def failed(failing: Platform) -> Run:
    run = started(chain(), failing)
    assert play(run, failing)["status"] == "FAILED"
    return run


def saved(run: Run, made: Graph, platform: Platform, *, draft: bool = False) -> int:
    """The number of the graph's next version."""
    number: int = graphs.save(USER, run.graph_id, made, draft=draft, platform=platform)["version"]
    return number


class TestOneVersion:
    def test_what_is_complete_is_reused_and_the_rest_runs(
        self, failing: Platform, failed: Run
    ) -> None:
        assert preview(failed, failing) == {
            "resumed_from": failed.execution_id,
            "graph_id": failed.graph_id,
            "graph_version": 1,
            "reused": ["a"],
            "runs": [
                {"node": "b", "reason": "failed", "depends_on": None},
                {"node": "c", "reason": "not_reached", "depends_on": None},
            ],
        }

    def test_what_was_cancelled_while_it_ran_was_interrupted(self, hold: Hold) -> None:
        def cancel(_: Any, __: Any) -> Any:
            cancelling.cancel(USER, run.execution_id, platform=platform)
            return {}

        platform = hold(Probe(cancel).block)
        run = started(chain(), platform)
        for one in ("a", "b"):
            run_until_ended(run, one, platform)
        assert reasons(preview(run, platform)) == {"b": "interrupted", "c": "not_reached"}

    def test_one_whose_time_was_up_can_be_resumed(self, failing: Platform) -> None:
        run = started(chain(), failing)
        nodes.run(run, "a", platform=failing)
        ends.end(run, {"Error": "TIMED_OUT"}, platform=failing)
        assert preview(run, failing)["reused"] == ["a"]

    def test_a_failure_that_the_graph_goes_on_with_is_a_result(self, hold: Hold) -> None:
        platform = hold(Probe(GONE, GONE).block)
        made = graph(
            [
                node("a", "probe", value=1, on_error="continue"),
                node("told", "text_template", template="{{ e.code }}"),
                node("b", "probe"),
            ],
            "a.error -> told.values.e",
            "told.text -> b.value",
        )
        run = started(made, platform)
        play(run, platform)
        assert preview(run, platform)["reused"] == ["a", "told"]

    def test_a_skip_is_a_result(self, failing: Platform) -> None:
        made = graph(
            [
                node("a", "condition", left=1, operator="==", right=1),
                node("no"),
                node("b", "probe"),
            ],
            "a.else -> no.value",
            "a.then -> b.value",
        )
        run = started(made, failing)
        play(run, failing)
        told = preview(run, failing)
        assert (told["reused"], reasons(told)) == (["a", "no"], {"b": "failed"})


class TestNewVersion:
    def test_how_a_node_is_drawn_retried_or_timed_does_not_matter(
        self, failing: Platform, failed: Run
    ) -> None:
        drawn = {"label": "A", "position": {"x": 1, "y": 2}, "timeout_seconds": 9}
        made = graph(
            [
                node("a", value=1, retry={"max_attempts": 3}, **drawn),
                node("b", "probe"),
                node("c"),
            ],
            *CHAIN,
        )
        told = preview(failed, failing, saved(failed, made, failing))
        assert (told["graph_version"], told["reused"]) == (2, ["a"])

    @pytest.mark.parametrize("value", [2, 1.0, True, "1", [1]])
    def test_another_constant_is_another_node_and_what_depends_on_it_runs(
        self, hold: Hold, value: Any
    ) -> None:
        platform = hold(Probe(GONE).block)
        made = graph(
            [node("a", value=1), node("b"), node("c"), node("d", "probe", value=1)], *CHAIN
        )
        run = started(made, platform)
        play(run, platform)
        changed = graph(
            [node("a", value=value), node("b"), node("c"), node("d", "probe", value=1)], *CHAIN
        )
        told = preview(run, platform, saved(run, changed, platform))
        assert told["reused"] == []
        assert reasons(told) == {"a": "changed", "b": "a", "c": "b", "d": "failed"}

    def test_another_link_or_another_order_of_links_is_another_node(
        self, failing: Platform
    ) -> None:
        two = ("a.value -> c.value", "b.value -> c.value")
        made = [node("a", value=1), node("b", value=2), node("c"), node("d", "probe", value=1)]
        run = started(graph(made, *two), failing)
        play(run, failing)
        told = preview(run, failing, saved(run, graph(made, *reversed(two)), failing))
        assert (told["reused"], reasons(told)["c"]) == (["a", "b"], "changed")

    def test_another_block_is_another_node(self, failing: Platform, failed: Run) -> None:
        made = graph(
            [node("a", "current_time"), node("b", "probe"), node("c")],
            "a.text -> b.value",
            "b.value -> c.value",
        )
        told = preview(failed, failing, saved(failed, made, failing))
        assert reasons(told) == {"a": "changed", "b": "changed", "c": "not_reached"}

    def test_nodes_that_came_run_and_nodes_that_went_are_not_told(
        self, failing: Platform, failed: Run
    ) -> None:
        made = graph(
            [node("a", value=1), node("c"), node("d")], "a.value -> c.value", "c.value -> d.value"
        )
        told = preview(failed, failing, saved(failed, made, failing))
        assert (told["reused"], reasons(told)) == (["a"], {"c": "changed", "d": "new"})

    def test_a_failure_that_ends_the_new_version_runs_again(self, hold: Hold) -> None:
        platform = hold(Probe(GONE, GONE).block)
        run = started(
            graph([node("a", "probe", value=1, on_error="continue"), node("b", "probe", value=2)]),
            platform,
        )
        play(run, platform)
        made = graph([node("a", "probe", value=1), node("b", "probe", value=2)])
        told = preview(run, platform, saved(run, made, platform))
        assert reasons(told) == {"a": "failed", "b": "failed"}

    def test_an_older_version_is_refused(self, failing: Platform, failed: Run) -> None:
        saved(failed, chain(), failing)
        second = resuming.resume(USER, failed.execution_id, 2, platform=failing)
        run = Run(second["id"], USER, failed.graph_id, 2)
        cancelling.cancel(USER, run.execution_id, platform=failing)
        assert faults(run, failing, 1) == [("/version", "older_version")]

    def test_a_version_that_cannot_run_is_refused(self, failing: Platform, failed: Run) -> None:
        assert faults(failed, failing, 9) == [("/version", "unknown_version")]
        number = saved(failed, Graph(name="Empty"), failing, draft=True)
        assert faults(failed, failing, number) == [("/version", "draft_version")]


def faults(run: Run, platform: Platform, version: int) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as raised:
        preview(run, platform, version)
    return [(one.pointer, one.code) for one in raised.value.errors]


class TestInputs:
    def version(self, *inputs: Any) -> Graph:
        """A probe beside inputs."""
        return graph([*inputs, node("p", "probe", value=1)])

    @pytest.fixture
    def run(self, failing: Platform) -> Run:
        made = self.version(node("i", "input", name="x"), node("j", "input", name="y"))
        run = started(made, failing, x=1, y="text")
        play(run, failing)
        return run

    def test_they_are_carried_over(self, failing: Platform, run: Run) -> None:
        view = resuming.resume(USER, run.execution_id, platform=failing)
        assert view["inputs"] == {"x": 1, "y": "text"}

    def test_one_that_is_asked_for_no_more_is_left_out(self, failing: Platform, run: Run) -> None:
        saved(run, self.version(node("i", "input", name="x")), failing)
        view = resuming.resume(USER, run.execution_id, 2, platform=failing)
        assert view["inputs"] == {"x": 1}
        assert view["reused"] == ["i"]

    def test_one_that_is_missing_now_or_of_another_type_is_told(
        self, failing: Platform, run: Run
    ) -> None:
        made = self.version(
            node("i", "input", name="x"),
            node("j", "input", name="y", type="number"),
            node("k", "input", name="z"),
        )
        number = saved(run, made, failing)
        with pytest.raises(InvalidInputs) as raised:
            preview(run, failing, number)
        assert [(one.pointer, one.code) for one in raised.value.errors] == [
            ("/inputs/y", "wrong_type"),
            ("/inputs/z", "missing_input"),
        ]

    def test_a_new_one_with_a_default_needs_nothing(self, failing: Platform, run: Run) -> None:
        made = self.version(
            node("i", "input", name="x"),
            node("j", "input", name="y"),
            node("k", "input", name="z", default=1),
        )
        told = preview(run, failing, saved(run, made, failing))
        assert (told["reused"], reasons(told)) == (["i", "j"], {"k": "new", "p": "failed"})

    def test_another_default_is_another_node(self, failing: Platform, run: Run) -> None:
        made = self.version(node("i", "input", name="x", default=7), node("j", "input", name="y"))
        told = preview(run, failing, saved(run, made, failing))
        assert reasons(told) == {"i": "changed", "p": "failed"}


class TestLoops:
    def loop(self, factor: int = 2, start: int = 1) -> Graph:
        """Multiplies each item by what comes from outside, then a probe."""
        return graph(
            [
                node("items", value=[1, 2]),
                node("base", value=start),
                node("each", "for_each"),
                node("times", "calculate", expression=f"x * b * {factor}", parent="each"),
                node("p", "probe"),
            ],
            "items.value -> each.items",
            "each.item -> times.values.x",
            "base.value -> times.values.b",
            "times.result -> each.result",
            "each.results -> p.value",
        )

    @pytest.fixture
    def run(self, failing: Platform) -> Run:
        run = started(self.loop(), failing)
        for one in ("items", "base", "each"):
            nodes.run(run, one, platform=failing)
        for index in range(2):
            nodes.run(run.within("each", index), "times", platform=failing)
        nodes.run(run, "each", phase="end", platform=failing)
        with pytest.raises(NodeFailed):
            nodes.run(run, "p", platform=failing)
        ends.end(run, {"Error": "NodeFailed"}, platform=failing)
        return run

    def test_a_complete_one_is_reused_whole(self, failing: Platform, run: Run) -> None:
        told = preview(run, failing)
        assert told["reused"] == ["items", "base", "each"]

    def test_a_change_in_its_body_is_a_change_of_it(self, failing: Platform, run: Run) -> None:
        told = preview(run, failing, saved(run, self.loop(factor=3), failing))
        assert reasons(told) == {"each": "changed", "p": "failed"}

    def test_it_depends_on_what_its_body_depends_on(self, failing: Platform, run: Run) -> None:
        told = preview(run, failing, saved(run, self.loop(start=5), failing))
        assert reasons(told) == {"base": "changed", "each": "base", "p": "failed"}


class TestRefused:
    def test_one_that_is_complete_has_nothing_to_resume(self, held: Platform) -> None:
        run = started(graph([node("a", value=1)]), held)
        play(run, held)
        with pytest.raises(ExecutionCompleted):
            preview(run, held)

    def test_one_that_runs_is_not_resumed(self, held: Platform) -> None:
        run = started(graph([node("a", value=1)]), held)
        with pytest.raises(ExecutionRunning):
            preview(run, held)
        with pytest.raises(ExecutionRunning):
            resuming.resume(USER, run.execution_id, platform=held)

    def test_another_user_s_is_not_found(self, failing: Platform, failed: Run) -> None:
        with pytest.raises(NotFound):
            resuming.preview(OTHER_USER, failed.execution_id, platform=failing)
        with pytest.raises(NotFound):
            resuming.resume(OTHER_USER, failed.execution_id, platform=failing)

    def test_without_its_graph_it_is_not_found(self, failing: Platform, failed: Run) -> None:
        graphs.delete(USER, failed.graph_id, platform=failing)
        with pytest.raises(NotFound):
            preview(failed, failing)
