import pytest

from tests.unit.functions.gateway import Gateway

ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery staple"}


def test_a_new_user_sees_their_account_and_nothing_of_the_password(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/auth/register", {**ACCOUNT, "name": "Ada"})
    assert answer.status == 201
    user = answer.json["user"]
    assert (user["email"], user["name"]) == ("ada@example.com", "Ada")
    assert set(user) == {"id", "email", "name", "created_at"}


def test_a_token_opens_the_account_that_it_was_given_for(gateway: Gateway) -> None:
    ada, bob = gateway.signed_in("ada@example.com"), gateway.signed_in("bob@example.com")
    assert ada.call("GET", "/v1/auth/me").json["email"] == "ada@example.com"
    assert bob.call("GET", "/v1/auth/me").json["email"] == "bob@example.com"


def test_a_login_tells_how_long_its_token_lives(gateway: Gateway) -> None:
    gateway.call("POST", "/v1/auth/register", ACCOUNT)
    answer = gateway.call("POST", "/v1/auth/login", ACCOUNT)
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)


def test_a_registered_address_is_409_however_it_is_written(gateway: Gateway) -> None:
    gateway.call("POST", "/v1/auth/register", ACCOUNT)
    again = gateway.call("POST", "/v1/auth/register", {**ACCOUNT, "email": " ADA@example.com"})
    assert (again.status, again.code) == (409, "email_taken")


@pytest.mark.parametrize(
    "wrong", [{"password": "another password, and long"}, {"email": "eve@example.com"}]
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    gateway: Gateway, wrong: dict[str, str]
) -> None:
    gateway.call("POST", "/v1/auth/register", ACCOUNT)
    answer = gateway.call("POST", "/v1/auth/login", {**ACCOUNT, **wrong})
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_refused_password_is_not_repeated(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/auth/register", {**ACCOUNT, "password": "swordfish"})
    assert answer.faults == [("/password", "password_length")]
    assert "swordfish" not in answer.body


@pytest.mark.parametrize("field", ["email", "password", "name"])
def test_a_field_of_another_type_is_told_by_its_place(gateway: Gateway, field: str) -> None:
    answer = gateway.call("POST", "/v1/auth/register", {**ACCOUNT, field: 7})
    assert answer.faults == [(f"/{field}", "wrong_type")]


def test_a_megabyte_of_password_is_refused_before_it_is_hashed(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/auth/login", {**ACCOUNT, "password": "x" * 1_000_000})
    assert answer.faults == [("/password", "wrong_length")]
