"""A block runs in its own time, and tells nothing but what it means to tell."""

import threading
from io import StringIO
from typing import Any

import pytest

from strata import credentials, executions, node_views, nodes
from strata.credentials import NewCredential
from strata.model.block import HttpCall
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import Probe, block
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldOutbound, started
from tests.unit.conftest import Hold

SECRET = "hunter2-hunter2"
ONE = graph([node("a", "probe", value=1)])


def fail(run: Run, platform: Platform) -> dict[str, Any]:
    """The error that is recorded on the node."""
    with pytest.raises(NodeFailed) as raised:
        nodes.run(run, "a", platform=platform)
    assert SECRET not in str(raised.value)
    shown = node_views.get(run.user_id, run.execution_id, "a", platform=platform)
    error: dict[str, Any] = shown["error"]
    return error


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError(SECRET), "ValueError"),
        (KeyError(SECRET), "KeyError"),
        (RecursionError(SECRET), "RecursionError"),
        (SystemExit(SECRET), "SystemExit"),
    ],
)
def test_what_a_block_did_not_foresee_is_told_by_its_class_alone(
    hold: Hold, told: StringIO, error: BaseException, name: str
) -> None:
    platform = hold(Probe(error).block)
    run = started(ONE, platform)
    assert fail(run, platform) == {
        "code": "block_error",
        "message": f"The block broke off unexpectedly ({name}).",
        "attempts": 1,
    }
    assert SECRET not in told.getvalue()


def test_the_log_tells_where_a_block_broke_off(hold: Hold, told: StringIO) -> None:
    platform = hold(Probe(ValueError(SECRET)).block)
    run = started(ONE, platform)
    fail(run, platform)
    [line] = [line for line in told.getvalue().splitlines() if '"failure"' in line]
    assert "held_blocks.py" in line
    assert run.execution_id in line


def test_no_view_holds_the_text_of_what_it_did_not_foresee(hold: Hold) -> None:
    platform = hold(Probe(ValueError(SECRET)).block)
    run = started(ONE, platform)
    fail(run, platform)
    views = (
        executions.get(USER, run.execution_id, platform=platform),
        node_views.get(USER, run.execution_id, "a", platform=platform),
    )
    assert SECRET not in str(views)


def test_what_is_no_mapping_of_pins_is_a_fault_of_the_block(hold: Hold) -> None:
    nothing: Any = None
    platform = hold(Probe(lambda *_: nothing).block)
    assert fail(started(ONE, platform), platform)["code"] == "block_error"


def test_a_block_that_hangs_is_given_up_when_its_time_is_up(hold: Hold) -> None:
    freed = threading.Event()

    def hang(values: Any, context: Any) -> Any:
        freed.wait(30)
        return {"value": "late"}

    platform = hold(Probe(hang, may_hang=True).block)
    run = started(graph([node("a", "probe", value=1, timeout_seconds=1)]), platform)
    try:
        assert fail(run, platform) == {
            "code": "timeout",
            "message": "The node ran longer than 1 s.",
            "attempts": 1,
        }
    finally:
        freed.set()


def test_a_block_that_came_back_too_late_has_failed(hold: Hold, clock: HeldClock) -> None:
    def dawdle(values: Any, context: Any) -> Any:
        clock.sleep(8)
        return {"value": "late"}

    platform = hold(Probe(dawdle).block)
    run = started(graph([node("a", "probe", value=1, timeout_seconds=7)]), platform)
    assert fail(run, platform)["code"] == "timeout"


def test_a_block_knows_until_when_it_may_run(hold: Hold) -> None:
    def left(values: Any, context: Any) -> Any:
        return {"value": (context.deadline - context.now()).total_seconds()}

    platform = hold(Probe(left).block)
    run = started(graph([node("a", "probe", value=1, timeout_seconds=7)]), platform)
    nodes.run(run, "a", platform=platform)
    shown = node_views.get(USER, run.execution_id, "a", platform=platform)
    assert shown["outputs"] == {"value": 7}


def test_an_output_over_50_mb_is_refused(hold: Hold) -> None:
    platform = hold(Probe(lambda *_: {"value": "x" * 52_430_000}).block)
    run = started(graph([node("a", "probe", value=1, on_error="continue")]), platform)
    assert nodes.run(run, "a", platform=platform)["error"] == "too_large"


def call(credential: str | None) -> HttpCall:
    return HttpCall("GET", "https://api.example.com/", {}, None, 5, 1000, credential)


class TestRequests:
    def send(self, hold: Hold, credential: str | None) -> HeldOutbound:
        def request(values: Any, context: Any) -> Any:
            answer = context.send(call(values["value"]))
            return {"value": answer.status}

        platform = hold(Probe(request).block)
        if credential == "own":
            new = NewCredential("api_key", "n", "p", ["api.example.com"], {"key": SECRET})
            credential = credentials.create(USER, new, platform=platform)["id"]
        run = started(graph([node("a", "probe", value=credential, on_error="continue")]), platform)
        self.preview = nodes.run(run, "a", platform=platform)
        assert isinstance(platform.outbound, HeldOutbound)
        return platform.outbound

    def test_one_without_a_credential_carries_no_headers_of_one(self, hold: Hold) -> None:
        [(_, headers, hosts)] = self.send(hold, None).calls
        assert (headers, hosts) == ({}, None)

    def test_one_with_a_credential_carries_it_to_its_hosts_alone(self, hold: Hold) -> None:
        [(_, headers, hosts)] = self.send(hold, "own").calls
        assert headers == {"Authorization": f"Bearer {SECRET}"}
        assert hosts == frozenset({"api.example.com"})

    def test_one_with_a_credential_that_is_not_there_is_not_sent(self, hold: Hold) -> None:
        assert self.send(hold, "crd_00000000000000000000000009").calls == []
        assert self.preview["error"] == "unknown_credential"


def test_a_node_s_own_error_is_told_as_it_is(hold: Hold) -> None:
    def refuse(values: Any, context: Any) -> Any:
        raise NodeError("no_luck", "No luck.")

    platform = hold(block("probe", refuse))
    assert fail(started(ONE, platform), platform)["code"] == "no_luck"
