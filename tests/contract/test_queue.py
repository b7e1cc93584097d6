"""Messages that start executions."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.conftest import WatchedQueue


def test_a_message_arrives_as_it_was_sent(watched_queue: WatchedQueue) -> None:
    body = json.dumps({"inputs": {"text": "Zoë 東京 \n\t <&>\"'"}}, ensure_ascii=False)
    watched_queue.queue.send(body)
    assert watched_queue.receive() == [body]


def test_an_empty_queue_gives_nothing(watched_queue: WatchedQueue) -> None:
    assert watched_queue.receive() == []


def test_equal_messages_both_arrive(watched_queue: WatchedQueue) -> None:
    watched_queue.queue.send("{}")
    watched_queue.queue.send("{}")
    assert watched_queue.receive() == ["{}", "{}"]


def test_messages_sent_at_once_all_arrive(watched_queue: WatchedQueue) -> None:
    bodies = {str(number) for number in range(40)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(watched_queue.queue.send, bodies))
    received: list[str] = []
    while batch := watched_queue.receive():
        received += batch
    assert (set(received), len(received)) == (bodies, 40)


def test_a_message_of_250_kb_arrives(watched_queue: WatchedQueue) -> None:
    watched_queue.queue.send("x" * 250_000)
    assert watched_queue.receive() == ["x" * 250_000]


@pytest.mark.parametrize("body", ["", "x" * 1_048_577, "東" * 400_000], ids=len)
def test_an_empty_message_and_one_over_a_mebibyte_are_refused(
    watched_queue: WatchedQueue, body: str
) -> None:
    with pytest.raises(ValueError, match="message has 1 to 1048576 bytes"):
        watched_queue.queue.send(body)
    assert watched_queue.receive() == []
