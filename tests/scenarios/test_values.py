"""Values of any size pass from node to node unchanged; who asks for a large one gets a link."""

import hashlib
import json
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.builders import graph, node
from tests.scenarios.person import Person
from tests.scenarios.runner import Runner

Json = dict[str, Any]

MEGABYTE = 1_000_000


def repeated(times: int) -> Json:
    """The input `text` so many times: joined, handed on by a constant, cut off, and measured."""
    nodes = [
        node("text", "input", name="text"),
        node("join", "text_join"),
        node("hand", "constant"),
        node("length", "calculate", expression="len(text)"),
        node("whole", "output", name="whole"),
        node("size", "output", name="size"),
    ]
    links = [f"text.value -> join.items.{at}" for at in range(times)]
    return graph(
        nodes,
        *links,
        "join.text -> hand.value",
        "hand.value -> length.values.text",
        "hand.value -> whole.value",
        "length.result -> size.value",
    ).model_dump(mode="json")


def followed(person: Person, runner: Runner, url: str) -> bytes:
    """What lies behind a link, for anybody."""
    absolute = urljoin(str(person.http.base_url), url)
    answer = httpx.get(absolute, verify=runner.trust, trust_env=False, timeout=60)
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize(
    ("given", "times"),
    [(257 * 1024, 1), (MEGABYTE, 5), (4_999_999, 10)],
    ids=["257 KiB", "5 MB", "50 MB"],
)
def test_a_value_of_any_size_passes_unchanged(
    ada: Person, runner: Runner, given: int, times: int
) -> None:
    text = ("Ünïcode ★ " * given).encode()[: given - 100].decode("utf-8", "ignore")
    execution = ada.runs(repeated(times), {"text": text})
    assert execution["error"] is None
    assert execution["outputs"]["size"] == len(text) * times
    whole = execution["outputs"]["whole"]
    if isinstance(whole, dict):
        whole = json.loads(followed(ada, runner, whole["$large"]["url"]))
    found, wanted = (hashlib.sha256(one.encode()).hexdigest() for one in (whole, text * times))
    assert found == wanted


def test_more_than_fifty_megabytes_fail_the_node_that_makes_them(ada: Person) -> None:
    execution = ada.runs(repeated(11), {"text": "x" * 4_999_999})
    assert execution["status"] == "FAILED"
    assert execution["error"]["node"] == "join"
    assert execution["error"]["code"] == "too_large"
