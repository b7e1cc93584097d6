"""The signing key is rotated while people work: nobody is signed out, and both keys are published.

It is rotated once for all stories, which go on with whichever key signs by then."""

from collections.abc import Callable

import pytest

from tests.scenarios.person import CLOCK, Person
from tests.scenarios.runner import Runner


def published(person: Person) -> set[str]:
    answer = person.http.get("/.well-known/jwks.json")
    assert answer.status_code == 200, answer.text
    return {key["kid"] for key in answer.json()["keys"]}


def test_a_new_key_is_published_beside_the_last_one_and_nobody_is_signed_out(
    runner: Runner, ada: Person, newcomer: Callable[[], Person]
) -> None:
    if runner.rotate is None:
        pytest.skip("Only who looks after an environment rotates its keys")
    before = published(ada)
    told = runner.rotate()
    assert told["rotated"] is True
    assert told["kid"] not in before
    # Each process looks anew after two seconds.
    for _ in range(100):
        if told["kid"] in published(ada):
            break
        CLOCK.sleep(0.1)
    assert published(ada) == {*before, told["kid"]}
    assert ada.http.get("/auth/me").status_code == 200
    assert newcomer().http.get("/auth/me").status_code == 200
