"""Step Functions and Lambda of moto, with our handlers as its functions."""

import json
from collections.abc import Iterator
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
from tests.account import CLIENTS, account, with_keys
from tests.faults import lay_line

ENGINE: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}}


@contextmanager
def moto_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The functions of an account in moto whose state machines run; `functions.platform` is the
    platform on it. Retries do not wait."""
    lay_line(monkeypatch)
    with account(monkeypatch, ENGINE) as settings:
        clock = SystemClock()
        functions = Functions(FUNCTIONS, clock)
        functions.platform = connect(with_keys(settings), clock, CLIENTS)

        def invoke(parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
            name = parameters["FunctionName"].rpartition("strata-test-")[2]
            try:
                return {"Payload": functions.call(name, json.loads(parameters["Payload"]))}
            except StateFailed as failed:
                return {"FunctionError": "Unhandled", "Payload": json.loads(failed.cause)}

        monkeypatch.setattr(lambda_eval_utils, "_invoke_lambda_function", invoke)
        monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda _: None))
        yield functions
