"""The emulator's own process: rules of Step Functions that it does not keep, then the emulator.

Runs in the emulator's environment, which holds nothing of ours: `python rules.py SECONDS`, the
longest that it may live.

- A Wait lasts as long as it says; only retries are hurried (SFN_WAIT_SCALE).
- A failed function is known by the name of its exception.
- An empty ResultSelector selects nothing; a branch shares no context with the one beside it.
- Each attempt of a Task that waits has a token of its own, and fails when its function does. Where
  its execution has ended nobody waits any longer. Who answers is asked for a right on the machine.
- A stop reaches branches, items and nested executions; what has ended may be stopped.
- A nested execution is started once under its name.
- An Express execution is not told, and no event tells of it.
"""

import json
import re
import runpy
import signal
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from importlib import import_module
from typing import Any

Rule = Callable[..., Any]
Record = dict[str, Any]

actions: Any = import_module("ministack.core.iam_actions")
functions: Any = import_module("ministack.services.lambda_svc")
states: Any = import_module("ministack.services.stepfunctions")

waiting: dict[str, Record] = {}
"""The execution that each token was given out for."""
parents: dict[str, str] = {}
"""The execution that each nested one was started by, both by their ARNs."""
execution_here: ContextVar[Record] = ContextVar("execution_here")
token_here: ContextVar[str | None] = ContextVar("token_here", default=None)
RAISED = re.compile(r"(?:\w+\.)*(\w+)(?::|$)")


def lay(holder: Any, name: str) -> Callable[[Rule], Rule]:
    """The rule takes the place of the holder's function, which it is given before the arguments."""

    def put(rule: Rule) -> Rule:
        original = getattr(holder, name)
        setattr(holder, name, wraps(original)(lambda *given: rule(original, *given)))
        return rule

    return put


def runs(execution: Record) -> bool:
    """Whether neither the execution has ended nor any that it is a part of."""
    above: Record | None = execution
    while above is not None and above["status"] == "RUNNING":
        run = states._map_runs.get(above.get("mapRunArn"))
        arn = run["executionArn"] if run else parents.get(above["executionArn"])
        if arn is None:
            return True
        above = states._executions.get(arn)
    return False


def is_express(arn: str) -> bool:
    """Of an execution."""
    machine = arn.rpartition(":")[0].replace(":execution:", ":stateMachine:", 1)
    return bool(states._state_machines.get(machine, {}).get("type") == "EXPRESS")


def refused(code: str) -> Any:
    return states.error_response_json(code, "Refused.", 400)


@lay(states, "_sleep_until")
def sleep_until(_: Rule, moment: str) -> None:
    now = datetime.fromisoformat(states.now_iso())
    threading.Event().wait(max(0, (datetime.fromisoformat(moment) - now).total_seconds()))


@lay(states, "_apply_result_selector")
def apply_result_selector(select: Rule, state: Record, data: Any) -> Any:
    return {} if state.get("ResultSelector") == {} else select(state, data)


@lay(functions, "_execute_function_with_config_scope")
def execute_function(execute: Rule, record: Any, event: Any) -> Record:
    result: Record = execute(record, event)
    body, lines = result.get("body"), (result.get("log") or "").strip().splitlines()
    if isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError" and lines:
        raised = RAISED.match(lines[-1])
        body["errorType"] = raised[1] if raised else body["errorType"]
    return result


@lay(states, "_run_sub_machine")
def run_branch(run: Rule, inner: Any, start: str, given: Any, execution: Any, context: Any) -> Any:
    return run(inner, start, given, execution, {**context})


@lay(states, "_execute_task")
def execute_task(execute: Rule, state: Record, given: Any, execution: Any, context: Any) -> Any:
    if not runs(execution):
        raise states._ExecutionError("States.Aborted", "The execution was stopped.")
    execution_here.set(execution)
    return execute(state, given, execution, context)


@lay(states, "_fail_execution")
def fail_execution(fail: Rule, execution: Record, error: str, cause: str) -> None:
    if runs(execution):
        fail(execution, error, cause)


@lay(states, "_apply_parameters")
def apply_parameters(apply: Rule, state: Record, data: Any, context: Any = None) -> Any:
    if state.get("Resource", "").endswith(".waitForTaskToken"):
        context["Task"] = {"Token": states.new_uuid()}
    return apply(state, data, context)


@lay(states, "_invoke_with_callback")
def invoke_with_callback(invoke: Rule, resource: str, given: Any, token: str, state: Any) -> Any:
    waiting[token] = execution_here.get()
    token_here.set(token)
    return invoke(resource, given, token, state)


@lay(states, "_call_lambda")
def call_lambda(call: Rule, reference: Any, event: Any) -> Any:
    token = token_here.get()
    token_here.set(None)
    try:
        return call(reference, event)
    except states._ExecutionError as failed:
        if token in states._task_tokens:
            outcome = states._task_tokens[token]
            outcome["error"] = {"Error": failed.error, "Cause": failed.cause}
            outcome["event"].set()
        raise


def answer(send: Rule, data: Record) -> Any:
    execution = waiting.get(data["taskToken"])
    if execution is not None and not runs(execution):
        return refused("TaskTimedOut")
    outcome = states._task_tokens.get(data["taskToken"])
    answered = outcome is None or outcome["event"].is_set()
    return refused("TaskDoesNotExist") if answered else send(data)


lay(states, "_send_task_success")(answer)
lay(states, "_send_task_failure")(answer)


@lay(actions, "extract_resource_arn")
def extract_resource_arn(extract: Rule, service: str, *request: Any) -> Any:
    body = request[3]
    if service == "states" and b'"taskToken"' in body:
        execution = waiting.get(json.loads(body)["taskToken"])
        return execution["stateMachineArn"] if execution else "*"
    return extract(service, *request)


@lay(states, "_stop_execution")
def stop_execution(stop: Rule, data: Record) -> Any:
    arn = data["executionArn"]
    execution = states._executions.get(arn)
    if is_express(arn):
        return refused("InvalidArn")
    if execution is not None and execution["status"] != "RUNNING":
        return states.json_response({"stopDate": execution["stopDate"]})
    stopped = stop(data)
    for nested in [one for one, above in parents.items() if above == arn]:
        stop_execution(stop, {"executionArn": nested})
    return stopped


@lay(states, "_describe_execution")
def describe_execution(describe: Rule, data: Record) -> Any:
    return refused("InvalidArn") if is_express(data["executionArn"]) else describe(data)


@lay(states, "_emit_execution_status_event")
def emit_status_event(emit: Rule, execution: Record) -> None:
    if not is_express(execution["executionArn"]):
        emit(execution)


@lay(states, "_nested_start_execution_request")
def nested_start_execution_request(request: Rule, given: Record) -> Any:
    wanted = request(given)
    machine = wanted["stateMachineArn"].replace(":stateMachine:", ":execution:", 1)
    arn = f"{machine}:{wanted['name']}"
    if arn in states._executions:
        code = "StepFunctions.ExecutionAlreadyExistsException"
        raise states._ExecutionError(code, f"Execution Already Exists: '{arn}'")
    parents[arn] = execution_here.get()["executionArn"]
    return wanted


if __name__ == "__main__":
    # Whatever hangs ends with the emulator.
    signal.alarm(int(sys.argv.pop(1)))
    runpy.run_module("ministack", run_name="__main__")
