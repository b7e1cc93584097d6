"""Somebody's account: what a guesser, a thief and a forgetful owner can do with it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.letters import tokens_in
from tests.scenarios.person import PASSWORD, Person
from tests.scenarios.runner import Runner

NEW = "four words of your own"
STRANGER = {"Authorization": ""}


def posted(person: Person, path: str, **body: Any) -> httpx.Response:
    """By somebody who is not signed in."""
    return person.http.post(f"/auth/{path}", json=body, headers=STRANGER)


def letter_token(person: Person, runner: Runner, prefix: str) -> str:
    if runner.letters is None:
        pytest.skip("nobody can look into mailboxes here")
    letters = [one for one in runner.letters() if one["to"] == person.email]
    return tokens_in(letters, prefix)[-1]


def test_a_guesser_has_ten_guesses_however_many_are_sent_at_once(ada: Person) -> None:
    def guess(number: int) -> int:
        headers = {**STRANGER, "X-Forwarded-For": f"203.0.113.{number}"}
        account = {"email": ada.email, "password": f"guess {number}"}
        return ada.http.post("/auth/login", json=account, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))
    assert (answers.count(401), answers.count(429)) == (10, 6)
    answer = posted(ada, "login", email=ada.email, password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_who_was_signed_in_with_the_old_password_is_out(ada: Person) -> None:
    changed = ada.http.post(
        "/auth/password", json={"current_password": PASSWORD, "new_password": NEW}
    )
    assert changed.status_code == 204
    assert ada.http.get("/auth/me").status_code == 401
    assert posted(ada, "login", email=ada.email, password=PASSWORD).status_code == 401
    assert posted(ada, "login", email=ada.email, password=NEW).status_code == 200


def test_one_tells_what_one_is_called_and_prefers(ada: Person) -> None:
    changes = {"name": "Countess", "preferences": {"theme": "dark", "scale": 1.5}}
    tag = ada.http.get("/auth/me").headers["ETag"]
    answer = ada.http.patch("/auth/me", json=changes, headers={"If-Match": tag})
    assert answer.status_code == 200
    assert ada.http.get("/auth/me").json() == answer.json()
    assert changes.items() <= answer.json().items()
    stale = ada.http.patch("/auth/me", json=changes, headers={"If-Match": tag})
    assert stale.status_code == 412


def test_a_letter_verifies_the_address(ada: Person, runner: Runner) -> None:
    token = letter_token(ada, runner, "svt_")
    assert posted(ada, "verification/confirm", token=token).status_code == 204
    assert ada.reads("/auth/me")["email_verified"] is True
    assert posted(ada, "verification/confirm", token=token).status_code == 422


def test_a_forgotten_password_is_set_anew_by_letter(ada: Person, runner: Runner) -> None:
    assert posted(ada, "password-reset", email=ada.email).status_code == 202
    token = letter_token(ada, runner, "srp_")
    reset = posted(ada, "password-reset/confirm", token=token, new_password=NEW)
    assert reset.status_code == 204
    assert ada.http.get("/auth/me").status_code == 401
    assert posted(ada, "login", email=ada.email, password=NEW).status_code == 200


def test_the_owner_of_the_mailbox_takes_an_account_over_with_nobody_else_in_it(
    ada: Person, runner: Runner
) -> None:
    def look(key: Any) -> httpx.Response:
        url, headers = f"{runner.url}/v1/auth/me", {"X-API-Key": key["key"]}
        return httpx.get(url, headers=headers, verify=runner.trust, trust_env=False)

    new_key = {"name": "Program", "scopes": ["user:read"]}
    hidden = ada.http.post("/api-keys", json=new_key).json()
    assert look(hidden).status_code == 200
    posted(ada, "password-reset", email=ada.email)
    token = letter_token(ada, runner, "srp_")
    posted(ada, "password-reset/confirm", token=token, new_password=NEW)
    assert look(hidden).status_code == 401
    signed_in = posted(ada, "login", email=ada.email, password=NEW).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    mine = ada.http.post("/api-keys", json=new_key, headers=headers).json()
    assert look(mine).json()["email_verified"] is True


def test_an_address_that_nobody_has_gets_the_same_answer(ada: Person) -> None:
    known, unknown = (
        posted(ada, "password-reset", email=email) for email in (ada.email, f"no-{ada.email}")
    )
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
