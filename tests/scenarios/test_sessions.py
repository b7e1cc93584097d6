"""Someone signs in on two machines, stays signed in, loses a token, and leaves."""

from typing import Any

import httpx

from tests.at_once import at_once
from tests.scenarios.person import PASSWORD, Person

Json = dict[str, Any]


def _signs_in(person: Person) -> Json:
    return person.sends("/auth/login", {"email": person.email, "password": PASSWORD}, 200)


def _refreshes(person: Person, pair: Json) -> httpx.Response:
    body = {"refresh_token": pair["refresh_token"]}
    return person.http.post("/auth/refresh", json=body, headers={"Authorization": ""})


def _status(person: Person, pair: Json) -> int:
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    return person.http.get("/auth/me", headers=headers).status_code


def _assert_dead(person: Person, *pairs: Json) -> None:
    for pair in pairs:
        answer = _refreshes(person, pair)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")
        assert _status(person, pair) == 401


def test_who_refreshes_stays_signed_in(ada: Person) -> None:
    pair = _signs_in(ada)
    for _ in range(3):
        answer = _refreshes(ada, pair)
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != pair["refresh_token"]
        pair = answer.json()
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
        assert _status(ada, pair) == 200


def test_who_lost_the_answer_asks_again_and_gets_the_same(ada: Person) -> None:
    pair = _signs_in(ada)
    lost, found = _refreshes(ada, pair).json(), _refreshes(ada, pair).json()
    assert found["refresh_token"] == lost["refresh_token"]
    assert _refreshes(ada, found).status_code == 200


def test_an_old_token_ends_the_session_for_its_owner_and_its_thief(ada: Person) -> None:
    stolen = _signs_in(ada)
    second = _refreshes(ada, stolen).json()
    third = _refreshes(ada, second).json()
    assert _status(ada, third) == 200
    _assert_dead(ada, stolen, second, third)
    assert _status(ada, _signs_in(ada)) == 200


def test_many_refreshes_at_once_give_one_chain(ada: Person) -> None:
    pair = _signs_in(ada)
    answers = at_once(10, lambda _: _refreshes(ada, pair))
    assert [answer.status_code for answer in answers] == [200] * 10
    [successor] = {answer.json()["refresh_token"] for answer in answers}
    assert _refreshes(ada, {"refresh_token": successor}).status_code == 200


def test_a_logout_acts_at_the_next_request_and_on_one_machine(ada: Person) -> None:
    first, other = _signs_in(ada), _signs_in(ada)
    second = _refreshes(ada, first).json()
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert ada.http.post("/auth/logout", headers=headers).status_code == 204
    _assert_dead(ada, first, second)
    assert _status(ada, other) == 200


def test_a_lost_machine_is_signed_out_from_another(ada: Person) -> None:
    before = {one["id"] for one in ada.reads("/auth/sessions")["items"]}
    lost = _signs_in(ada)
    sessions = ada.reads("/auth/sessions")["items"]
    assert [one["id"] in before for one in sessions if one["current"]] == [True]
    [found] = [one["id"] for one in sessions if one["id"] not in before]
    assert ada.http.delete(f"/auth/sessions/{found}").status_code == 204
    _assert_dead(ada, lost)
    assert ada.http.get("/auth/me").status_code == 200


def test_nobody_ends_the_session_of_another(ada: Person, ben: Person) -> None:
    [theirs] = ben.reads("/auth/sessions")["items"]
    answer = ada.http.delete(f"/auth/sessions/{theirs['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert ben.http.get("/auth/me").status_code == 200


def test_all_sessions_end_together_at_the_next_request(ada: Person) -> None:
    pairs = [_signs_in(ada) for _ in range(2)]
    assert ada.http.delete("/auth/sessions").status_code == 204
    _assert_dead(ada, *pairs)
    assert ada.http.get("/auth/me").status_code == 401
    assert _status(ada, _signs_in(ada)) == 200
