"""The queue's messages on their way to the function, and back."""

import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from strata.local.platform import LocalPlatform, enqueue
from strata.local.queue import MAX_RECEIVES, VISIBILITY_SECONDS, LocalQueue
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Open
from tests.unit.local.script import Script

Answer = Callable[[list[dict[str, Any]]], Any]


class Batches:
    """The batches that were handed over; `wait` until so many messages have come."""

    def __init__(self, script: Script, answer: Answer = lambda _records: None) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self._answer = answer
        self._came = threading.Condition()
        script.on("start_queued", self._take)

    def _take(self, event: Any, _context: Any) -> Any:
        with self._came:
            self.batches.append(event["Records"])
            self._came.notify_all()
        return self._answer(event["Records"])

    def wait(self, count: int) -> list[str]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.bodies) >= count, 20)
            return self.bodies

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for batch in self.batches for record in batch]


def failing(*bodies: str) -> Answer:
    """Answers that these messages, and no others, are to come again."""
    return lambda records: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in records
            if record["body"] in bodies
        ]
    }


def test_a_message_comes_as_sqs_sends_it(local: LocalPlatform, script: Script) -> None:
    batches = Batches(script)
    local.queue.send("hello")
    batches.wait(1)
    (record,) = batches.batches[0]
    assert record["body"] == "hello"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:local:000000000000:start"
    assert record["attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1772366400000",
        "SenderId": "local",
        "ApproximateFirstReceiveTimestamp": "1772366400000",
    }
    assert len(record["messageId"]) == 36


def test_a_message_that_was_handled_does_not_come_again(open_local: Open, script: Script) -> None:
    local = open_local()
    batches = Batches(script)
    local.queue.send("a")
    batches.wait(1)
    local.close()
    local = open_local()
    local.queue.send("b")
    assert batches.wait(2) == ["a", "b"]


def test_messages_of_a_closed_platform_wait_for_the_next(
    open_local: Open, script: Script, tmp_path: Path
) -> None:
    for number in range(25):
        enqueue(tmp_path, str(number))
    batches = Batches(script)
    open_local()
    assert batches.wait(25) == [str(number) for number in range(25)]
    assert [len(batch) for batch in batches.batches] == [10, 10, 5]


def test_a_message_from_outside_is_heard_at_once(
    local: LocalPlatform, script: Script, tmp_path: Path, clock: HeldClock
) -> None:
    batches = Batches(script)
    enqueue(tmp_path, "from outside", clock)
    assert batches.wait(1) == ["from outside"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _records: 1 / 0,
        lambda _records: "no object",
        lambda _records: {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        lambda _records: {"batchItemFailures": [{"itemIdentifier": ""}]},
        lambda _records: {"batchItemFailures": [{}]},
        lambda _records: {"batchItemFailures": [{"itemIdentifier": None}]},
        lambda _records: {"batchItemFailures": 7},
        lambda _records: {"batchItemFailures": [{"itemIdentifier": []}]},
    ],
)
def test_a_batch_without_a_good_answer_comes_again_as_a_whole(
    open_local: Open, script: Script, answer: Answer
) -> None:
    answers = iter([answer])
    batches = Batches(script, lambda records: next(answers, lambda _: None)(records))
    local = open_local()
    local.queue.send("a")
    assert batches.wait(2) == ["a", "a"]


@pytest.mark.parametrize("answer", [None, {}, [], {"batchItemFailures": []}, {"other": 1}])
def test_an_answer_without_failures_is_a_success(
    open_local: Open, script: Script, answer: Any
) -> None:
    batches = Batches(script, lambda _records: answer)
    local = open_local()
    local.queue.send("a")
    batches.wait(1)
    local.close()
    local = open_local()
    local.queue.send("b")
    assert batches.wait(2) == ["a", "b"]


def test_only_the_failed_messages_of_a_batch_come_again(
    open_local: Open, script: Script, tmp_path: Path, clock: HeldClock
) -> None:
    for body in "abc":
        enqueue(tmp_path, body, clock)
    answers = iter([failing("b")])
    batches = Batches(script, lambda records: next(answers, lambda _: None)(records))
    open_local()
    assert batches.wait(4) == ["a", "b", "c", "b"]
    assert clock.waits == pytest.approx([VISIBILITY_SECONDS])
    again = batches.batches[1][0]
    assert again["attributes"]["ApproximateReceiveCount"] == "2"
    assert again["attributes"]["ApproximateFirstReceiveTimestamp"] == "1772366400000"


def test_a_message_that_nobody_can_handle_becomes_a_dead_letter(
    open_local: Open, script: Script
) -> None:
    local = open_local()
    batches = Batches(script, failing("poison"))
    local.queue.send("poison")
    batches.wait(MAX_RECEIVES)
    # The next message finds it buried.
    while not local.queue.dead_letters():
        local.scheduler.wake()
    local.queue.send("good")
    assert batches.wait(MAX_RECEIVES + 1) == ["poison"] * MAX_RECEIVES + ["good"]
    assert local.queue.dead_letters() == ["poison"]


def test_a_dead_letter_is_logged_once_by_its_id_and_how_often_it_came(
    open_local: Open, script: Script, tmp_path: Path
) -> None:
    local = open_local()
    batches = Batches(script, failing("poison"))
    local.queue.send("poison")
    batches.wait(MAX_RECEIVES)
    while not local.queue.dead_letters():
        local.scheduler.wake()
    local.queue.send("good")
    batches.wait(MAX_RECEIVES + 1)
    local.close()
    lines = map(json.loads, (tmp_path / "strata.log").read_text("utf-8").splitlines())
    (told,) = (line for line in lines if line.get("message") == "dead letter")
    message_id = batches.batches[0][0]["messageId"]
    assert (told["message_id"], told["receives"]) == (message_id, MAX_RECEIVES)
    assert told["level"] == "ERROR"
    assert "poison" not in json.dumps(told)


def test_a_message_that_kills_the_process_becomes_a_dead_letter(
    open_local: Open, script: Script, tmp_path: Path, clock: HeldClock
) -> None:
    enqueue(tmp_path, "poison", clock)
    with closing(LocalQueue(tmp_path / "strata.sqlite", clock)) as queue:
        for _ in range(MAX_RECEIVES):
            # What a process leaves behind that dies over the message, and the next one's start.
            assert [message.body for message in queue.receive()] == ["poison"]
            queue.release()
    batches = Batches(script)
    local = open_local()
    local.queue.send("good")
    assert batches.wait(1) == ["good"]
    assert local.queue.dead_letters() == ["poison"]


def test_a_message_is_hidden_from_others_while_it_is_handled(
    tmp_path: Path, clock: HeldClock
) -> None:
    with closing(LocalQueue(tmp_path / "strata.sqlite", clock)) as queue:
        queue.send("a")
        assert queue.seconds_to_next() == 0
        assert len(queue.receive()) == 1
        assert queue.receive() == []
        assert queue.seconds_to_next() == VISIBILITY_SECONDS
        clock.sleep(VISIBILITY_SECONDS)
        assert len(queue.receive()) == 1


def test_a_queue_without_messages_waits_for_nothing(tmp_path: Path, clock: HeldClock) -> None:
    with closing(LocalQueue(tmp_path / "strata.sqlite", clock)) as queue:
        assert queue.seconds_to_next() is None
