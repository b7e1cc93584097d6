"""Rules of Step Functions that moto's engine does not keep, laid over it until a test ends.

A Wait is exact, and ends in UTC; each attempt of a Task that waits has a token of its own, which
is answered once, with its cause; a stop reaches what waits, and the executions that a Task waits
for; the parameters of a nested start are passed on; a failed item fails a Distributed Map.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from moto.core.responses import EmptyResult
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    distributed_iteration_component,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    resource,
    state_task_service_callback,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import timestamp
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from strata.clock import SystemClock

CallbackTask = state_task_service_callback.StateTaskServiceCallback
NestedStart = state_task_service_sfn.StateTaskServiceSfn
DistributedMap = distributed_iteration_component.DistributedIterationComponent
CLOCK = SystemClock()
READY_SECONDS = 30


def keep_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    for holder, name, rule in (
        (timestamp.Timestamp, "_eval_body", _wait),
        (CallbackTask, "_evaluate_with_timeout", _with_new_token(CallbackTask)),
        (callback.CallbackPoolManager, "notify", _answer_once),
        (StepFunctionResponse, "send_task_failure", _with_cause),
        (CallbackTask, "_eval_sync", _stopped_together(CallbackTask._eval_sync)),
        (NestedStart, "_build_sync2_resolver", _named(NestedStart._build_sync2_resolver)),
        (NestedStart, "_normalise_parameters", _passed_on(NestedStart._normalise_parameters)),
        (NestedStart, "_normalise_response", _told_back),
        (Environment, "set_stop", _reaching(Environment.set_stop)),
        (ExecutionWorker, "start", _until_ready(ExecutionWorker.start)),
        (DistributedMap, "_map_run", _within_threshold(DistributedMap._map_run)),
    ):
        monkeypatch.setattr(holder, name, rule)


def stop_all() -> None:
    """No thread of an execution goes on when its account is gone."""
    for account in stepfunctions_parser_backends.values():
        for region in account.values():
            for machine in region.state_machines:
                for execution in machine.executions:
                    execution.stop(stop_date=CLOCK.now(), error="", cause="")


def _wait(self: Any, env: Any) -> None:
    self.string.eval(env=env)
    until = datetime.fromisoformat(env.stack.pop())
    while env.is_running():
        left = (until - CLOCK.now()).total_seconds()
        if left <= 0:
            break
        env.program_state_event.wait(left)


def _with_new_token(task: Any) -> Callable[..., None]:
    evaluate = task._evaluate_with_timeout

    def attempt(self: Any, env: Any) -> None:
        if self.resource.condition == resource.ResourceCondition.WaitForTaskToken:
            env.callback_pool_manager.add(env.states.context_object.update_task_token())
        try:
            evaluate(self, env)
        except Exception:
            if env.is_running():
                raise
            env.stack.append(None)  # Stopped: the interruption is no failure of the Task.

    return attempt


def _answer_once(self: Any, callback_id: str, outcome: Any) -> bool:
    """What has been answered, or waits no longer, takes no answer."""
    endpoint = self.get(callback_id)
    if endpoint is None or endpoint._notify_event.is_set():
        return False
    endpoint.notify(outcome=outcome)
    return True


def _with_cause(self: Any) -> EmptyResult:
    given = {name: self._get_param(name) for name in ("error", "cause")}
    self.stepfunction_backend.send_task_failure(self._get_param("taskToken"), **given)
    return EmptyResult()


def _named(build: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver knows the execution that it asks for."""

    def built(self: Any, env: Any, **rest: Any) -> Any:
        arn = env.stack[-1]["ExecutionArn"]
        resolver = build(self, env=env, **rest)
        region = rest["resource_runtime_part"].region

        def stop() -> None:
            client: Any = boto_client_for(service="stepfunctions", region=region)
            client.stop_execution(executionArn=arn)

        resolver.stop = stop
        return resolver

    return built


def _stopped_together(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    def evaluated(self: Any, *, env: Any, sync_resolver: Any, **rest: Any) -> Any:
        outcome = evaluate(self, env=env, sync_resolver=sync_resolver, **rest)
        if not env.is_running():
            sync_resolver.stop()
        return outcome

    return evaluated


def _passed_on(normalise: Callable[..., None]) -> Callable[..., None]:
    def normalised(self: Any, parameters: dict[str, Any], **names: Any) -> None:
        normalise(self, parameters, **names)
        _rename(parameters, str.lower)

    return normalised


def _told_back(self: Any, response: Any, **_: Any) -> None:
    if isinstance(response, dict):
        _rename(response, str.upper)


def _rename(names: dict[str, Any], first: Callable[[str], str]) -> None:
    renamed = {first(name[0]) + name[1:]: value for name, value in names.items()}
    names.clear()
    names.update(renamed)


def _reaching(stop: Callable[..., None]) -> Callable[..., None]:
    def stopped(self: Any, **why: Any) -> None:
        stop(self, **why)
        for endpoint in list(self.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()

    return stopped


def _until_ready(start: Callable[[Any], None]) -> Callable[[Any], None]:
    """An execution that was started can be stopped and answered."""

    def started(self: Any) -> None:
        start(self)
        waited = 0.0
        while self.env is None and waited < READY_SECONDS:
            CLOCK.sleep(0.002)
            waited += 0.002

    return started


def _within_threshold(run: Callable[..., None]) -> Callable[..., None]:
    def ran(self: Any, env: Any, eval_input: Any) -> None:
        run(self, env, eval_input)
        if _exceeded(eval_input):
            raise FailureEventException(_failed_items(env))

    return ran


def _exceeded(given: Any) -> bool:
    """A threshold that is not set is none, where the other one is."""
    items = given.map_run_record.item_counter
    failed = items.failed.get() + items.timed_out.get()
    count, share = given.tolerated_failure_count, given.tolerated_failure_percentage
    limits = [limit for limit in (count, share / 100 * items.total.get()) if limit]
    return bool(failed > min(limits, default=0))


def _failed_items(env: Any) -> FailureEvent:
    kind = StatesErrorNameType.StatesExceedToleratedFailureThreshold
    told = TaskFailedEventDetails(
        error=kind.to_name(), cause="The specified tolerated failure threshold was exceeded"
    )
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(typ=kind),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=told),  # type: ignore[typeddict-item]
    )
