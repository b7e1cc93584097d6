"""A program calls with a key: what it opens, for how long, and how often."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.scenarios import graphs
from tests.scenarios.person import Person
from tests.scenarios.runner import Runner

Json = dict[str, Any]


class Program:
    """Calls with a key and nothing else."""

    def __init__(self, runner: Runner) -> None:
        self.http = httpx.Client(
            base_url=f"{runner.url}/v1", verify=runner.trust, timeout=60, trust_env=False
        )

    def gets(self, path: str, key: str) -> httpx.Response:
        return self.http.get(path, headers={"X-API-Key": key})


@pytest.fixture
def program(runner: Runner) -> Iterator[Program]:
    program = Program(runner)
    yield program
    program.http.close()


def _key(person: Person, *scopes: str, **fields: Any) -> Json:
    body = {"name": "A program", "scopes": [*scopes], **fields}
    key: Json = person.sends("/api-keys", body, 201)
    return key


def _refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_key_starts_a_graph_and_reads_its_execution(ada: Person, program: Program) -> None:
    graph_id = ada.saves(graphs.echo())
    key = _key(ada, "graph:execute", "execution:read")["key"]
    started = program.http.post(
        f"/graphs/{graph_id}/executions",
        json={"inputs": {"text": "by a program"}},
        headers={"X-API-Key": key},
    )
    assert started.status_code == 202, started.text
    assert ada.waits_for(started.json()["id"])["outputs"] == {"text": "by a program"}
    assert program.gets(f"/executions/{started.json()['id']}", key).status_code == 200


def test_a_key_opens_its_scopes_alone(ada: Person, program: Program) -> None:
    key = _key(ada, "graph:read")["key"]
    assert program.gets("/graphs", key).status_code == 200
    assert _refused(program.gets("/executions", key)) == (403, "permission_denied")


def test_a_suspended_key_is_refused_at_the_next_request(ada: Person, program: Program) -> None:
    made = _key(ada, "graph:read")
    place = f"/api-keys/{made['id']}"
    assert program.gets("/graphs", made["key"]).status_code == 200
    assert ada.http.patch(place, json={"status": "suspended"}).status_code == 200
    assert _refused(program.gets("/graphs", made["key"])) == (401, "invalid_api_key")
    assert ada.http.patch(place, json={"status": "active"}).status_code == 200
    assert program.gets("/graphs", made["key"]).status_code == 200


def test_a_rotated_key_and_its_successor_both_open_for_a_while(
    ada: Person, program: Program
) -> None:
    old = _key(ada, "graph:read")
    new = ada.sends(f"/api-keys/{old['id']}/rotate", {"overlap_seconds": 600}, 200)
    found = [program.gets("/graphs", one["key"]).status_code for one in (old, new)]
    assert found == [200, 200]
    last = ada.sends(f"/api-keys/{old['id']}/rotate", {"overlap_seconds": 0}, 200)
    found = [program.gets("/graphs", one["key"]).status_code for one in (old, new, last)]
    assert found == [401, 401, 200]


def test_a_deleted_key_opens_nothing_and_is_in_no_list(ada: Person, program: Program) -> None:
    made = _key(ada, "graph:read")
    assert ada.http.delete(f"/api-keys/{made['id']}").status_code == 204
    assert _refused(program.gets("/graphs", made["key"])) == (401, "invalid_api_key")
    listed = ada.waits(lambda: ada.reads("/api-keys")["items"], lambda items: not items)
    assert listed == []


def test_a_key_is_used_as_often_as_it_may(ada: Person, program: Program) -> None:
    key = _key(ada, "graph:read", requests_per_minute=3)["key"]
    # A minute may end in between: then the count begins anew, once.
    answers = [program.gets("/graphs", key) for _ in range(7)]
    statuses = [one.status_code for one in answers]
    assert statuses[:3] == [200] * 3
    refused = next(one for one in answers if one.status_code == 429)
    assert _refused(refused) == (429, "too_many_requests")
    assert refused.headers["ratelimit-limit"] == "3"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    # The key's owner is not held up.
    assert ada.reads("/graphs")["items"] == []


def test_its_owner_is_told_that_and_when_a_key_was_used(ada: Person, program: Program) -> None:
    made = _key(ada, "graph:read")
    place = f"/api-keys/{made['id']}"
    assert ada.reads(place)["last_used_at"] is None
    program.gets("/graphs", made["key"])
    told = ada.waits(lambda: ada.reads(place), lambda one: one["last_used_at"] is not None)
    assert told["last_used_at"] >= made["created_at"]
    assert made["key"][-59:] not in str(told)
