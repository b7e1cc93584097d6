"""The line between botocore and moto: faults below botocore's retries, and what moto leaves out.

A fault hits one attempt of a call, before the call took effect or after it; botocore then does
what it does on AWS. Three rules of AWS that moto lacks are kept here: requests take effect one
after the other, a transaction sent again with its token is done once, and a state machine is not
made with another definition under the same name.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.retries.quota import RetryQuota
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import botocore_stubber
from moto.stepfunctions.models import stepfunctions_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from tests.kms_rules import keep_key_states

CONNECTION_FAULTS = {
    "timeout": ReadTimeoutError,
    "closed": ConnectionClosedError,
    "unreachable": EndpointConnectionError,
}


CRASH = "crash"


class Crash(BaseException):
    """The process ends: nothing of it goes on, and nothing that it remembered is left."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`answer` is one of the connection faults, CRASH, or the error code of an HTTP answer."""

    operation: str
    answer: str
    status: int = 400
    after: bool = False
    """Whether the call takes effect, and only its answer is lost."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """What an answer in JSON says besides."""


class Line:
    """`calls` counts attempts by operation, `order` has their operations in their order."""

    def __init__(self, moto: Callable[..., AWSResponse | None]) -> None:
        self.calls: Counter[str] = Counter()
        self.order: list[str] = []
        self.forgets_tokens = False
        self._moto = moto
        self._faults: list[Fault] = []
        self._cut: tuple[range, Fault] = range(0), Fault("", "")
        self._transactions: dict[str, AWSResponse | None] = {}
        self._lock = threading.RLock()

    def fail(self, *faults: Fault) -> None:
        """Each hits the next attempt of its operation that no earlier fault hits."""
        self._faults.extend(faults)

    def cut(self, first: int, fault: Fault, attempts: int = 4) -> None:
        """The fault hits the attempts that begin with the `first` from now on, as many as botocore
        makes of one call, those of its operation if it names one; 0 cuts nothing."""
        start = self.calls.total() + first
        self._cut = range(start, start + attempts if first else 0), fault

    @property
    def all_faults_hit(self) -> bool:
        return not self._faults

    def handle(
        self, event_name: str, request: AWSPreparedRequest, **_: object
    ) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        with self._lock:
            self.calls[operation] += 1
            self.order.append(operation)
            fault = self._next_fault(operation)
            if fault is None:
                return self._take_effect(event_name, request)
            if fault.after:
                self._take_effect(event_name, request)
        return _broken(fault, request)

    def _next_fault(self, operation: str) -> Fault | None:
        attempts, lasting = self._cut
        if self.calls.total() in attempts and lasting.operation in ("", operation):
            return lasting
        fault = next((one for one in self._faults if one.operation == operation), None)
        if fault is not None:
            self._faults.remove(fault)
        return fault

    def _take_effect(self, event_name: str, request: AWSPreparedRequest) -> AWSResponse | None:
        if event_name.endswith(".TransactWriteItems"):
            return self._transact(event_name, request)
        if event_name.endswith(".CreateStateMachine") and _differs(request):
            return _answer(Fault("", "StateMachineAlreadyExists"), request)
        if event_name.endswith((".DescribeExecution", ".StopExecution")) and _is_express(request):
            return _answer(Fault("", "InvalidArn"), request)
        return self._moto(event_name, request)

    def _transact(self, event_name: str, request: AWSPreparedRequest) -> AWSResponse | None:
        token = _content(request)["ClientRequestToken"]
        if token in self._transactions and not self.forgets_tokens:
            return self._transactions[token]
        answer = self._moto(event_name, request)
        if answer is not None and answer.status_code == 200:
            self._transactions[token] = answer
        return answer


def lay_line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """Puts a line between botocore and moto until the test ends.

    botocore's retries do not wait, and tests that share a client do not use up each other's."""
    monkeypatch.setattr(RetryQuota, "acquire", lambda _self, _amount: True)
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    keep_key_states(monkeypatch)
    line = Line(partial(BotocoreStubber.__call__, botocore_stubber))
    monkeypatch.setattr(BotocoreStubber, "__call__", line.handle)
    return line


def _content(request: AWSPreparedRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(cast(bytes, request.body))
    return content


def _differs(request: AWSPreparedRequest) -> bool:
    wanted = _content(request)
    return any(
        machine.name == wanted["name"]
        and (machine.definition, machine.type) != (wanted["definition"], wanted["type"])
        for machine in _machines()
    )


def _is_express(request: AWSPreparedRequest) -> bool:
    name = _content(request)["executionArn"].split(":")[-2]
    return any(one.name == name and one.type == "EXPRESS" for one in _machines())


def _machines() -> Iterator[Any]:
    for backends in (stepfunctions_backends, stepfunctions_parser_backends):
        for account in backends.values():
            for region in account.values():
                yield from region.state_machines


def _broken(fault: Fault, request: AWSPreparedRequest) -> AWSResponse:
    if fault.answer == CRASH:
        raise Crash
    if fault.answer in CONNECTION_FAULTS:
        raise CONNECTION_FAULTS[fault.answer](endpoint_url=request.url, error="lost")
    return _answer(fault, request)


def _answer(fault: Fault, request: AWSPreparedRequest) -> AWSResponse:
    as_xml = f"<Error><Code>{fault.answer}</Code><Message>no</Message></Error>"
    as_json = json.dumps({"__type": fault.answer, "message": "no", **fault.content})
    # SES is asked by paths, and answers in JSON all the same.
    is_json = "X-Amz-Target" in request.headers or "/v2/email/" in request.url
    body = as_json if is_json else as_xml
    headers = HTTPHeaders()
    if fault.answer == "truncated":
        headers["Content-Length"] = "1000000"
    return AWSResponse(request.url, fault.status, headers, MockRawResponse(body))
