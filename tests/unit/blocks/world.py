"""Runs a block as a node would: inputs checked, outputs bounded, the world held still."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.pins import run_block
from strata.model.block import HttpAnswer, HttpCall, Values
from strata.model.errors import NodeError

NOW = datetime(2026, 11, 21, 0, 30, 0, 500_000, tzinfo=UTC)
RAIN = HttpAnswer(200, {"content-type": "application/json"}, b'{"rain": 10.9}')


class HeldWorld:
    """Its time stands still, and every request gets the same answer."""

    idempotency_key = "exe_1/fetch/0"
    deadline = NOW + timedelta(seconds=60)

    def __init__(self, answer: HttpAnswer = RAIN) -> None:
        self.answer = answer
        self.calls: list[HttpCall] = []

    def now(self) -> datetime:
        return NOW

    def callback_url(self, node: str) -> str:
        return f"https://api.example.com/v1/callbacks/{node}"

    def send(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        return self.answer


def run(block: str, world: HeldWorld | None = None, /, **values: Any) -> Values:
    return run_block(registry()[block], values, world or HeldWorld())


def failure(block: str, world: HeldWorld | None = None, /, **values: Any) -> NodeError:
    """The error that the block must raise."""
    with pytest.raises(NodeError) as caught:
        run(block, world, **values)
    return caught.value


def refusal(block: str, /, **values: Any) -> str:
    """The message of the error, which must be that of an invalid input."""
    error = failure(block, **values)
    assert error.code == "invalid_input"
    assert not error.retryable
    return error.message
