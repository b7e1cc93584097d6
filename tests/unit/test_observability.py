import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from threading import Thread
from typing import Any

import pytest

from strata.model.errors import NotFound, ProviderUnavailable, Unavailable
from strata.observability import (
    RequestSeen,
    direct,
    record_execution,
    record_failure,
    record_node,
    record_request,
)
from strata.platform import Platform
from strata.settings import Settings
from tests.held_clock import START, HeldClock
from tests.unit.http.shelf import shelf_platform

SEEN = RequestSeen("graphs", "GET /v1/graphs", 200, 0.25, "req-1", {"user_id": "usr_1"})


@pytest.fixture
def platform(clock: HeldClock) -> Platform:
    return shelf_platform(clock)


@pytest.fixture(autouse=True)
def stream() -> Iterator[StringIO]:
    lines = StringIO()
    direct(lines)
    yield lines
    direct(None)


def lines(stream: StringIO) -> list[Any]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def metrics(stream: StringIO) -> Any:
    [told] = [line for line in lines(stream) if "_aws" in line]
    return told


def test_a_request_is_one_line_of_log_and_one_of_metrics(
    platform: Platform, stream: StringIO
) -> None:
    record_request(SEEN, None, platform=platform)
    log, _ = lines(stream)
    assert {name: log[name] for name in ("level", "service", "request_id", "user_id")} == {
        "level": "INFO",
        "service": "strata",
        "request_id": "req-1",
        "user_id": "usr_1",
    }
    assert (log["route"], log["status"], log["milliseconds"]) == ("GET /v1/graphs", 200, 250.0)


def test_metrics_are_in_the_embedded_format_with_bounded_dimensions(
    platform: Platform, stream: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "graphs")
    record_request(SEEN, None, platform=platform)
    told = metrics(stream)
    [directive] = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Strata"
    assert directive["Dimensions"] == [
        ["stage"],
        ["stage", "function"],
        ["stage", "function", "route"],
    ]
    assert told["_aws"]["Timestamp"] == START.timestamp() * 1000
    assert (told["stage"], told["Requests"], told["Latency"]) == ("local", [1], [250])


@pytest.mark.parametrize(("status", "client", "server"), [(200, 0, 0), (404, 1, 0), (503, 0, 1)])
def test_errors_are_counted_by_whose_they_are(
    platform: Platform, stream: StringIO, status: int, client: int, server: int
) -> None:
    record_request(replace(SEEN, status=status), None, platform=platform)
    told = metrics(stream)
    assert (told["ClientErrors"], told["ServerErrors"]) == ([client], [server])


def test_a_refusal_is_logged_by_its_code_alone(platform: Platform, stream: StringIO) -> None:
    record_request(replace(SEEN, status=404), NotFound("no swordfish"), platform=platform)
    log = lines(stream)[0]
    assert (log["level"], log["code"]) == ("INFO", "not_found")
    assert "errors" not in log
    assert "swordfish" not in stream.getvalue()


def test_a_provider_that_is_down_is_a_warning_without_a_stack(
    platform: Platform, stream: StringIO
) -> None:
    record_request(replace(SEEN, status=503), ProviderUnavailable(), platform=platform)
    log = lines(stream)[0]
    assert (log["level"], log["code"]) == ("WARNING", "provider_unavailable")
    assert "errors" not in log


def test_an_error_is_logged_with_what_it_came_from(platform: Platform, stream: StringIO) -> None:
    try:
        try:
            raise KeyError("swordfish")
        except KeyError as error:
            raise Unavailable from error
    except Unavailable as error:
        record_failure("graphs", error, platform=platform, execution_id="exe_1")
    [log] = lines(stream)
    assert (log["level"], log["execution_id"]) == ("ERROR", "exe_1")
    assert [one["class"] for one in log["errors"]] == ["Unavailable", "KeyError"]
    assert "test_observability.py" in log["errors"][0]["stack"][0]
    assert "swordfish" not in stream.getvalue()


def test_an_error_that_came_from_itself_is_logged_once(
    platform: Platform, stream: StringIO
) -> None:
    """As one is that is raised again from what it caused."""
    error, caused = ValueError("a"), KeyError("b")
    error.__context__, caused.__cause__ = caused, error
    record_failure("graphs", error, platform=platform, execution_id="exe_1")
    [log] = lines(stream)
    assert [one["class"] for one in log["errors"]] == ["ValueError", "KeyError"]


def test_what_an_error_hides_stays_hidden(platform: Platform, stream: StringIO) -> None:
    try:
        try:
            raise KeyError
        except KeyError:
            raise Unavailable from None
    except Unavailable as error:
        record_failure("graphs", error, platform=platform)
    assert [one["class"] for one in lines(stream)[0]["errors"]] == ["Unavailable"]


def test_an_execution_is_counted_by_its_status(platform: Platform, stream: StringIO) -> None:
    record_execution("exe_1", "FAILED", 2.5, platform=platform)
    told = metrics(stream)
    assert told["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"], ["stage", "status"]]
    assert (told["status"], told["Executions"]) == ("FAILED", [1])
    assert told["ExecutionDuration"] == [2.5]
    assert lines(stream)[0]["execution_id"] == "exe_1"


def test_an_execution_that_never_began_has_no_duration(
    platform: Platform, stream: StringIO
) -> None:
    record_execution("exe_1", "CANCELLED", None, platform=platform)
    assert "ExecutionDuration" not in metrics(stream)


def test_a_node_is_measured_by_its_block(platform: Platform, stream: StringIO) -> None:
    record_node("exe_1", "n", "http_request", "FAILED", 1.5, platform=platform)
    told = metrics(stream)
    assert told["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"], ["stage", "block"]]
    assert (told["block"], told["Nodes"], told["NodeFailures"]) == ("http_request", [1], [1])
    assert (told["execution_id"], told["node"]) == ("exe_1", "n")


def test_lines_from_many_threads_stay_whole(platform: Platform, stream: StringIO) -> None:
    def work() -> None:
        for _ in range(50):
            record_node("exe_1", "n", "constant", "COMPLETED", 0, platform=platform)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = lines(stream)
    assert [line["Nodes"] for line in told] == [[1]] * 200


def test_a_stage_may_log_less(platform: Platform, stream: StringIO) -> None:
    quiet = replace(platform, settings=Settings(log_level="ERROR"))
    record_request(SEEN, None, platform=quiet)
    assert [line for line in lines(stream) if "_aws" not in line] == []


def test_without_a_direction_lines_go_to_standard_output(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    direct(None)
    record_request(SEEN, None, platform=platform)
    assert len(capsys.readouterr().out.splitlines()) == 2
