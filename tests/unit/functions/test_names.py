"""Names that users give to things, wherever they give one."""

from typing import Any

import pytest

from tests.unit.functions.gateway import Gateway

ACCOUNT = {"email": "bob@example.com", "password": "four words of your own"}
GRAPH = "gph_01kmmzzzzzzzzzzzzzzzzzzzz1"
CREDENTIAL = "crd_01kmmzzzzzzzzzzzzzzzzzzzz3"
SECRET = {
    "kind": "api_key",
    "provider": "example",
    "allowed_hosts": ["api.example.com"],
    "secret": {"key": "k" * 20},
}
ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/auth/register", ACCOUNT),
    ("PATCH", "/v1/auth/me", {}),
    ("POST", "/v1/api-keys", {"scopes": ["graph:read"]}),
    ("POST", "/v1/credentials", SECRET),
    ("PATCH", f"/v1/credentials/{CREDENTIAL}", {}),
    ("POST", "/v1/graphs", {}),
    ("PATCH", f"/v1/graphs/{GRAPH}", {}),
    ("POST", f"/v1/graphs/{GRAPH}/triggers", {"kind": "queue"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize(
    "hidden", ["\x00", "\r\nX: y", "\x1b[2J", "\x9f", "\u2028", "\u202e", "\u2066", "\u061c"]
)
def test_none_holds_what_nobody_sees(
    ada: Gateway, method: str, path: str, body: dict[str, Any], hidden: str
) -> None:
    answer = ada.call(method, path, {**body, "name": f"Ada{hidden}Lovelace"})
    assert answer.status == 422
    [fault] = answer.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/name", "wrong_form")
    assert fault["message"] == (
        "A name has no control characters, line breaks or changes of direction."
    )


@pytest.mark.parametrize("name", ["", "Ada 👩‍💻", "می‌خواهم", "O’Neil <b>&amp;", "Ünï-çödé", "名前"])
def test_any_script_may_be_written(ada: Gateway, name: str) -> None:
    assert ada.call("PATCH", "/v1/auth/me", {"name": name}).json["name"] == name


@pytest.mark.parametrize("path", ["/v1/api-keys", "/v1/credentials", "/v1/graphs"])
def test_one_that_a_list_shows_is_not_empty(ada: Gateway, path: str) -> None:
    [body] = [body for _, one, body in ROUTES if one == path]
    answer = ada.call("POST", path, {**body, "name": ""})
    assert [one["code"] for one in answer.json["errors"]] == ["wrong_length"]
