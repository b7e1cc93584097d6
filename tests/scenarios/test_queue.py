"""A message starts an execution, once."""

from typing import Any

from tests.scenarios import graphs
from tests.scenarios.person import Person
from tests.scenarios.runner import Runner

Json = dict[str, Any]


def _trigger(person: Person) -> Json:
    graph_id = person.saves(graphs.echo())
    answer = person.http.post(f"/graphs/{graph_id}/triggers", json={"kind": "queue"})
    trigger: Json = answer.json()
    return trigger


def _message(trigger: Json, text: str, deduplication_id: str) -> Json:
    return {
        "trigger_id": trigger["id"],
        "token": trigger["token"],
        "inputs": {"text": text},
        "deduplication_id": deduplication_id,
    }


def _all_ended(person: Person, count: int) -> list[Json]:
    items: list[Json] = person.waits(
        lambda: person.reads("/executions")["items"],
        lambda items: [one["status"] for one in items] == ["COMPLETED"] * count,
    )
    return items


def test_a_message_starts_an_execution(ada: Person, runner: Runner) -> None:
    trigger = _trigger(ada)
    runner.enqueue(_message(trigger, "by post", "first"))
    (execution,) = _all_ended(ada, 1)
    assert execution["outputs"] == {"text": "by post"}
    assert execution["trigger"] == trigger["id"]


def test_a_message_that_comes_twice_starts_one_execution(ada: Person, runner: Runner) -> None:
    trigger = _trigger(ada)
    for text, deduplication_id in (("a", "same"), ("a", "same"), ("b", "other")):
        runner.enqueue(_message(trigger, text, deduplication_id))
    texts = [one["outputs"]["text"] for one in _all_ended(ada, 2)]
    assert sorted(texts) == ["a", "b"]


def test_a_message_with_a_wrong_token_starts_nothing(ada: Person, runner: Runner) -> None:
    trigger = _trigger(ada)
    runner.enqueue({**_message(trigger, "forged", "forged"), "token": "stq_guessed"})
    runner.enqueue(_message(trigger, "honest", "honest"))
    (execution,) = _all_ended(ada, 1)
    assert execution["outputs"] == {"text": "honest"}
