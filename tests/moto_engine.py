"""Step Functions and Lambda of moto, with our handlers as its functions."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from moto.core.config import DefaultConfig
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from strata.aws.platform import connect
from strata.clock import SystemClock
from strata.local.failures import StateFailed
from strata.local.functions import Functions
from strata.local.platform import FUNCTIONS
from strata.settings import Settings
from tests.account import CLIENTS, account, with_keys
from tests.faults import lay_line
from tests.moto_rules import keep_rules, stop_all

ENGINE: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}}


Call = Callable[[str, Any], Any]
"""A function of the account: its name in the catalogue and its event. Raises StateFailed."""


@contextmanager
def engine(monkeypatch: pytest.MonkeyPatch, call: Call) -> Iterator[Settings]:
    """An account in moto whose state machines run and call `call`; retries do not wait."""

    def invoke(parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
        name = parameters["FunctionName"].rpartition("strata-test-")[2]
        try:
            return {"Payload": call(name, json.loads(parameters["Payload"]))}
        except StateFailed as failed:
            return {"FunctionError": "Unhandled", "Payload": json.loads(failed.cause)}

    monkeypatch.setattr(lambda_eval_utils, "_invoke_lambda_function", invoke)
    monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda _: None))
    keep_rules(monkeypatch)
    with account(monkeypatch, ENGINE) as settings:
        yield settings
        stop_all()


@contextmanager
def moto_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The functions of an account in moto whose state machines run; `functions.platform` is the
    platform on it."""
    lay_line(monkeypatch)
    clock = SystemClock()
    functions = Functions(FUNCTIONS, clock)
    with engine(monkeypatch, functions.call) as settings:
        functions.platform = connect(with_keys(settings), clock, CLIENTS)
        yield functions
