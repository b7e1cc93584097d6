from collections.abc import Callable
from typing import Any

import pytest

from strata.platform import Platform
from strata.sign_in_limits import ATTEMPTS_OF_SOURCE, LETTERS_TO_ADDRESS
from tests.letters import letters_to, tokens_in
from tests.unit.functions.gateway import Gateway
from tests.unit.http.calls import Reply

PASSWORD, NEW = "correct horse battery staple", "four words of your own"
EMAIL = "ada@example.com"
ACCOUNT = {"email": EMAIL, "password": PASSWORD}
PROFILE = {
    "id", "email", "email_verified", "name", "role", "preferences", "created_at", "revision",
}  # fmt: skip

Post = Callable[..., Reply]


@pytest.fixture
def post(gateway: Gateway) -> Post:
    """As a stranger, to /v1/auth/…"""

    def send(path: str, body: Any, **headers: str) -> Reply:
        return gateway.call("POST", f"/v1/auth/{path}", body, headers=headers)

    return send


def rate_of(answer: Reply) -> tuple[str | None, ...]:
    names = ("limit", "remaining", "reset", "policy")
    return tuple(answer.headers.get(f"ratelimit-{name}") for name in names)


def token(platform: Platform, prefix: str) -> str:
    return tokens_in(letters_to(EMAIL, platform), prefix)[-1]


class TestRegister:
    def test_a_new_user_sees_their_account_and_nothing_of_the_password(self, post: Post) -> None:
        answer = post("register", {**ACCOUNT, "name": "Ada"})
        assert answer.status == 201
        user = answer.json["user"]
        assert set(user) == PROFILE
        assert (user["email"], user["name"], user["role"]) == (EMAIL, "Ada", "member")
        assert (user["email_verified"], user["preferences"], user["revision"]) == (False, {}, 1)

    def test_a_registered_address_is_409_however_it_is_written(self, post: Post) -> None:
        post("register", ACCOUNT)
        again = post("register", {**ACCOUNT, "email": " ADA@example.com"})
        assert (again.status, again.code) == (409, "email_taken")

    def test_a_refused_password_is_not_repeated(self, post: Post) -> None:
        answer = post("register", {**ACCOUNT, "password": "swordfish"})
        assert answer.faults == [("/password", "password_length")]
        assert "swordfish" not in answer.body

    @pytest.mark.parametrize("field", ["email", "password", "name"])
    def test_a_field_of_another_type_is_told_by_its_place(self, post: Post, field: str) -> None:
        answer = post("register", {**ACCOUNT, field: 7})
        assert answer.faults == [(f"/{field}", "wrong_type")]

    @pytest.mark.parametrize(
        ("password", "status"), [("\\u0000" * 20, 422), ("\\ud800" * 20, 400), ("x" * 10**6, 422)]
    )
    def test_what_is_no_text_is_refused(self, post: Post, password: str, status: int) -> None:
        body = f'{{"email": "{EMAIL}", "password": "{password}"}}'
        assert post("register", body).status == status


class TestSignIn:
    @pytest.mark.parametrize(
        "wrong", [{"password": "another password, and long"}, {"email": "eve@example.com"}]
    )
    def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
        self, post: Post, wrong: dict[str, str]
    ) -> None:
        post("register", ACCOUNT)
        answer = post("login", {**ACCOUNT, **wrong})
        assert (answer.status, answer.code) == (401, "invalid_credentials")
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_a_locked_account_says_when_it_opens(self, post: Post) -> None:
        answers = [post("login", {**ACCOUNT, "password": "wrong"}) for _ in range(11)]
        assert (answers[-1].status, answers[-1].code) == (429, "too_many_attempts")
        assert answers[-1].headers["retry-after"] == "900"
        assert rate_of(answers[-1]) == ("10", "0", "900", "10;w=900")

    @pytest.mark.parametrize(
        "forged",
        [
            {"x-forwarded-for": "198.51.100.{n}"},
            {"x-forwarded-for": "198.51.100.{n}, 192.0.2.1"},
            {"forwarded": "for=198.51.100.{n}"},
            {"x-real-ip": "198.51.100.{n}"},
            {"true-client-ip": "198.51.100.{n}", "x-client-ip": "198.51.100.{n}"},
        ],
        ids=lambda forged: next(iter(forged)),
    )
    def test_a_forged_address_is_without_effect(self, post: Post, forged: dict[str, str]) -> None:
        def attempt(number: int) -> int:
            headers = {name: value.format(n=number) for name, value in forged.items()}
            account = {"email": f"{number}@example.org", "password": "wrong"}
            return post("login", account, **headers).status

        answers = [attempt(number) for number in range(ATTEMPTS_OF_SOURCE + 1)]
        assert answers == [401] * ATTEMPTS_OF_SOURCE + [429]

    def test_a_slowed_down_source_is_told_its_rate(self, post: Post) -> None:
        for number in range(ATTEMPTS_OF_SOURCE):
            post("login", {"email": f"{number}@example.org", "password": "wrong"})
        answer = post("login", ACCOUNT)
        assert (answer.status, rate_of(answer)) == (429, ("50", "0", "1", "50;w=3600"))

    def test_who_is_signed_in_is_told_of_the_limit_that_is_used_up(self, post: Post) -> None:
        post("register", ACCOUNT)
        access = post("login", ACCOUNT).json["access_token"]
        body = {"current_password": "wrong", "new_password": NEW}
        sent = {"authorization": f"Bearer {access}"}
        answers = [post("password", body, **sent) for _ in range(11)]
        assert rate_of(answers[-2])[0] == "60000"
        assert (answers[-1].status, rate_of(answers[-1])[0]) == (429, "10")


class TestProfile:
    def test_it_is_told_with_its_tag(self, ada: Gateway) -> None:
        answer = ada.call("GET", "/v1/auth/me")
        assert set(answer.json) == PROFILE
        assert answer.headers["etag"] == '"1"'

    def test_a_change_is_told_whole(self, ada: Gateway) -> None:
        changes = {"name": "Countess", "preferences": {"scale": 1.5}}
        answer = ada.call("PATCH", "/v1/auth/me", changes, headers={"if-match": '"1"'})
        assert answer.json == {**ada.call("GET", "/v1/auth/me").json, **changes, "revision": 2}

    def test_a_stale_tag_is_412(self, ada: Gateway) -> None:
        answer = ada.call("PATCH", "/v1/auth/me", {"name": "x"}, headers={"if-match": '"7"'})
        assert (answer.status, answer.code) == (412, "version_conflict")

    @pytest.mark.parametrize("field", ["email", "role", "email_verified", "status", "epoch"])
    def test_nothing_else_can_be_changed(self, ada: Gateway, field: str) -> None:
        answer = ada.call("PATCH", "/v1/auth/me", {field: "admin"})
        assert answer.faults == [(f"/{field}", "unknown_field")]

    def test_large_preferences_are_told_by_their_place(self, ada: Gateway) -> None:
        answer = ada.call("PATCH", "/v1/auth/me", {"preferences": {"a": "x" * 9000}})
        assert answer.faults == [("/preferences", "invalid_preferences")]


class TestPassword:
    def test_a_change_ends_this_session_too(self, ada: Gateway, post: Post) -> None:
        body = {"current_password": PASSWORD, "new_password": NEW}
        assert ada.call("POST", "/v1/auth/password", body).status == 204
        assert ada.call("GET", "/v1/auth/me").status == 401
        assert post("login", {**ACCOUNT, "password": NEW}).status == 200

    def test_a_wrong_one_is_401_and_a_bad_one_422(self, ada: Gateway) -> None:
        wrong = {"current_password": "wrong", "new_password": NEW}
        bad = {"current_password": PASSWORD, "new_password": "short"}
        answers = [ada.call("POST", "/v1/auth/password", body) for body in (wrong, bad)]
        assert [(one.status, one.code) for one in answers] == [
            (401, "invalid_credentials"),
            (422, "invalid_body"),
        ]
        assert answers[1].faults == [("/new_password", "password_length")]


class TestLetters:
    def test_the_token_of_the_letter_verifies_the_address(
        self, ada: Gateway, post: Post, platform: Platform
    ) -> None:
        body = {"token": token(platform, "svt_")}
        assert post("verification/confirm", body).status == 204
        assert ada.call("GET", "/v1/auth/me").json["email_verified"] is True

    def test_another_letter_can_be_asked_for_until_then(
        self, ada: Gateway, post: Post, platform: Platform
    ) -> None:
        assert ada.call("POST", "/v1/auth/verification").status == 202
        post("verification/confirm", {"token": token(platform, "svt_")})
        again = ada.call("POST", "/v1/auth/verification")
        assert (again.status, again.code) == (409, "already_verified")

    def test_known_and_unknown_addresses_get_the_same_answer(self, ada: Gateway) -> None:
        known, unknown = (
            Gateway(ada.platform).call("POST", "/v1/auth/password-reset", {"email": email})
            for email in (EMAIL, "eve@example.com")
        )
        assert known.status == unknown.status == 202
        assert (known.body, known.headers) == (unknown.body, unknown.headers)

    def test_the_token_of_the_letter_sets_a_password(
        self, ada: Gateway, post: Post, platform: Platform
    ) -> None:
        post("password-reset", {"email": EMAIL})
        body = {"token": token(platform, "srp_"), "new_password": NEW}
        assert post("password-reset/confirm", body).status == 204
        assert ada.call("GET", "/v1/auth/me").status == 401
        assert post("login", {**ACCOUNT, "password": NEW}).status == 200

    @pytest.mark.parametrize("path", ["verification/confirm", "password-reset/confirm"])
    def test_an_unknown_token_is_422(self, post: Post, path: str) -> None:
        body = {"token": "svt_nothing"} | ({"new_password": NEW} if "reset" in path else {})
        answer = post(path, body)
        assert (answer.status, answer.code) == (422, "invalid_one_time_token")

    def test_the_sixth_letter_of_an_hour_is_429(self, post: Post) -> None:
        answers = [post("password-reset", {"email": EMAIL}) for _ in range(6)]
        assert (answers[-1].status, answers[-1].code) == (429, "too_many_requests")
        assert answers[-1].headers["retry-after"] == "3600"
        assert rate_of(answers[-1]) == (str(LETTERS_TO_ADDRESS), "0", "3600", "5;w=3600")
