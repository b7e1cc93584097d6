"""The platform as a whole: what it refuses, and when it makes a client."""

from typing import Any

import pytest
from botocore.session import Session

from strata.aws.clients import Clients
from strata.aws.platform import connect
from strata.model.block import HttpCall
from strata.model.errors import NodeError, Unavailable
from strata.platform import Platform
from strata.ports import Key
from strata.settings import Settings
from tests.faults import Fault, Line
from tests.held_clock import HeldClock


class CountingSession(Session):
    """Tells which clients it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def create_client(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        self.asked.append(service_name)
        return super().create_client(service_name, *args, **kwargs)


def test_a_way_round_the_guard_is_refused(clock: HeldClock) -> None:
    with pytest.raises(ValueError, match="embedded platform only"):
        connect(Settings(allowed_upstream="127.0.0.1:9000"), clock)


def test_a_client_is_made_when_it_is_first_used_and_once(
    aws_settings: Settings, clock: HeldClock
) -> None:
    session = CountingSession()
    platform = connect(aws_settings, clock, Clients(session))
    assert session.asked == []
    platform.table.get(Key("p", "s"))
    platform.table.get(Key("p", "s"))
    platform.queue.send("{}")
    assert session.asked == ["dynamodb", "sqs"]


@pytest.mark.parametrize("service", ["dynamodb", "s3", "kms", "sesv2", "stepfunctions", "sqs"])
def test_all_attempts_of_a_call_together_leave_time_to_answer(
    aws_settings: Settings, service: str
) -> None:
    config = Clients().get(service).meta.config
    default = 4 if service == "dynamodb" else 3
    attempts = config.retries.get("total_max_attempts", default)
    assert config.retries["mode"] == "standard"
    assert attempts * (config.connect_timeout + config.read_timeout) < 25


def test_the_blocks_are_the_registry(aws: Platform) -> None:
    assert "text_template" in aws.blocks()


def test_the_way_out_is_guarded(aws: Platform) -> None:
    call = HttpCall("GET", "http://127.0.0.1:9/", {}, None, 1, 1000)
    with pytest.raises(NodeError) as refused:
        aws.outbound.send(call, {}, None)
    assert refused.value.code == "forbidden_address"


def test_a_queue_that_is_down_is_unavailable(aws: Platform, line: Line) -> None:
    line.fail(*[Fault("SendMessage", "timeout")] * 10)
    with pytest.raises(Unavailable):
        aws.queue.send("{}")


def test_a_message_whose_answer_was_lost_is_sent_again(aws: Platform, line: Line) -> None:
    """At least once: whoever receives it knows it by its deduplication id."""
    line.fail(Fault("SendMessage", "timeout", after=True))
    aws.queue.send("{}")
    assert line.calls["SendMessage"] == 2
