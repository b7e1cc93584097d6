"""Handlers as Lambda calls them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from strata.local.failures import StateFailed
from strata.local.functions import Functions
from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.script import Script, returns


def write(folder: Path, source: str, name: str = "run_node") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "handler.py").write_text(source)


def error_of(functions: Functions, name: str = "run_node") -> str:
    with pytest.raises(StateFailed) as failed:
        functions.call(name, {})
    return failed.value.error


@pytest.fixture
def functions(tmp_path: Path, local: LocalPlatform, clock: HeldClock) -> Functions:
    functions = Functions(tmp_path / "functions", clock)
    functions.platform = local.platform
    return functions


def test_a_handler_gets_the_event_and_the_platform(local: LocalPlatform, script: Script) -> None:
    script.on("n", returns({"a": (1, 2)}))
    # As JSON gives it back: a list.
    assert local.functions.call("run_node", {"node": "n"}) == {"a": [1, 2]}
    (context,) = script.contexts
    assert context.platform is local.platform


def test_the_context_has_what_lambdas_has(
    local: LocalPlatform, script: Script, clock: HeldClock
) -> None:
    local.functions.call("run_node", {"node": "n"})
    (context,) = script.contexts
    assert context.function_name == "run_node"
    assert context.invoked_function_arn == "arn:aws:lambda:local:000000000000:function:run_node"
    assert (context.memory_limit_in_mb, context.function_version) == (1024, "$LATEST")
    assert (context.log_group_name, context.log_stream_name) == ("/aws/lambda/run_node", "local")
    assert len(context.aws_request_id) == 36
    assert context.aws_request_id == context.aws_request_id
    assert context.get_remaining_time_in_millis() == 900_000
    clock.sleep(901)
    assert context.get_remaining_time_in_millis() == 0


def test_a_function_outside_of_the_catalogue_gets_lambdas_defaults(
    functions: Functions, tmp_path: Path
) -> None:
    source = """
def handler(event, context):
    return [context.memory_limit_in_mb, context.get_remaining_time_in_millis()]
"""
    write(tmp_path / "functions", source, "other")
    assert functions.call("other", {}) == [512, 29_000]


def test_each_invocation_has_an_event_of_its_own(local: LocalPlatform, script: Script) -> None:
    script.on("n", lambda event, _context: event["list"].append(1))
    event = {"node": "n", "list": []}
    local.functions.call("run_node", event)
    assert event["list"] == []


def test_a_module_is_loaded_once_however_many_ask_at_once(
    functions: Functions, tmp_path: Path
) -> None:
    loads = tmp_path / "loads"
    write(
        tmp_path / "functions",
        f"with open({str(loads)!r}, 'a') as file: file.write('x')\ndef handler(e, c): return 1",
    )
    together = threading.Barrier(8)

    def call(_: int) -> Any:
        together.wait(20)
        return functions.call("run_node", {})

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [1] * 8
    assert loads.read_text() == "x"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import nothing_of_that_name", "Runtime.ImportModuleError"),
        ("def handler(:", "Runtime.ImportModuleError"),
        ("raise KeyError", "Runtime.ImportModuleError"),
        ("other = 1", "Runtime.HandlerNotFound"),
        ("def handler(e, c): raise KeyError('k')", "KeyError"),
        ("def handler(e, c): return {1: object()}", "Runtime.MarshalError"),
        ("def handler(e, c): raise SystemExit", "Runtime.ExitError"),
    ],
)
def test_a_function_that_cannot_answer_fails_as_on_lambda(
    functions: Functions, tmp_path: Path, source: str, error: str
) -> None:
    write(tmp_path / "functions", source)
    assert error_of(functions) == error


def test_an_endless_result_is_no_json(functions: Functions, tmp_path: Path) -> None:
    write(tmp_path / "functions", "def handler(e, c):\n    a = []\n    a.append(a)\n    return a")
    assert error_of(functions) == "Runtime.MarshalError"


def test_a_long_error_is_cut_as_step_functions_cuts_it(
    functions: Functions, tmp_path: Path
) -> None:
    write(tmp_path / "functions", "def handler(e, c): raise KeyError('x' * 100_000)")
    with pytest.raises(StateFailed) as failed:
        functions.call("run_node", {})
    assert len(failed.value.cause) == 32_768


def test_functions_need_a_platform(functions: Functions, tmp_path: Path) -> None:
    functions.platform = None
    write(tmp_path / "functions", "def handler(e, c): return 1")
    assert error_of(functions) == "LookupError"


def test_dataclasses_of_a_handler_find_their_module(functions: Functions, tmp_path: Path) -> None:
    source = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Answer:
    value: int

def handler(event, context):
    return Answer(7).value
"""
    write(tmp_path / "functions", source)
    assert functions.call("run_node", {}) == 7
