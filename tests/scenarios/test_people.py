"""Two people use the same environment and never see each other's things."""

import pytest

from tests.scenarios import graphs
from tests.scenarios.person import PASSWORD, Person

ABSENT = {"graphs": "gph_", "executions": "exe_", "credentials": "crd_"}


def _answer(person: Person, path: str) -> tuple[int, str, str]:
    answer = person.http.get(path)
    problem = answer.json()
    return answer.status_code, problem["code"], problem["detail"]


@pytest.mark.parametrize("kind", ABSENT)
def test_the_things_of_another_are_as_absent_ones(ada: Person, ben: Person, kind: str) -> None:
    theirs = _make(ada, kind)
    assert ada.http.get(f"/{kind}/{theirs}").status_code == 200
    absent = f"{ABSENT[kind]}{'0' * 26}"
    assert _answer(ben, f"/{kind}/{theirs}") == _answer(ben, f"/{kind}/{absent}")
    assert ben.http.get(f"/{kind}/{theirs}").status_code == 404
    assert ben.reads(f"/{kind}")["items"] == []


def _make(person: Person, kind: str) -> str:
    match kind:
        case "graphs":
            return person.saves(graphs.echo())
        case "executions":
            execution_id: str = person.runs(graphs.echo(), {"text": "mine"})["id"]
            return execution_id
    credential = {
        "kind": "api_key",
        "name": "Weather",
        "provider": "weather",
        "allowed_hosts": ["api.example.com"],
        "secret": {"key": "s3cr3t-of-ada"},
    }
    answer = person.http.post("/credentials", json=credential)
    credential_id: str = answer.json()["id"]
    return credential_id


def test_nobody_starts_the_graph_of_another(ada: Person, ben: Person) -> None:
    graph_id = ada.saves(graphs.echo())
    answer = ben.http.post(f"/graphs/{graph_id}/executions", json={"inputs": {"text": "x"}})
    assert answer.status_code == 404
    assert ada.reads("/executions")["items"] == []


def test_a_secret_goes_in_and_never_comes_out(ada: Person) -> None:
    credential_id = _make(ada, "credentials")
    for path in ("/credentials", f"/credentials/{credential_id}"):
        assert "s3cr3t" not in ada.http.get(path).text


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi"])
def test_without_a_token_one_is_asked_to_sign_in(ada: Person, header: str) -> None:
    answer = ada.http.get("/graphs", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_address_registers_once(ada: Person) -> None:
    account = {"email": ada.email.upper(), "password": PASSWORD}
    answer = ada.http.post("/auth/register", json=account)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


def test_a_wrong_password_does_not_sign_in(ada: Person) -> None:
    account = {"email": ada.email, "password": "not the password"}
    answer = ada.http.post("/auth/login", json=account)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_everybody_is_told_how_the_platform_is(ada: Person) -> None:
    answer = ada.http.get("/health", headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")


def test_a_path_that_leads_nowhere_is_a_problem_like_any_other(ada: Person) -> None:
    answer = ada.http.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes(ada: Person) -> None:
    answer = ada.http.patch("/blocks")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
