"""What admins do to others acts at the very next request of whom it is done to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from strata import callback_urls, users
from strata.platform import Platform
from tests.held_waits import ask
from tests.inhabitants import WAITS, Inhabitant, newcomer, traces
from tests.unit.functions.gateway import Gateway, invoke
from tests.unit.http.calls import Reply

PASSWORD = "correct horse battery staple"
ABSENT = "usr_00000000000000000000000009"
ACCOUNT = {"current_password": PASSWORD}


@pytest.fixture
def ada(platform: Platform) -> Inhabitant:
    return newcomer(platform)


@pytest.fixture
def admin(platform: Platform) -> Gateway:
    return ranked(platform, "root@example.com", "admin").gateway


def ranked(platform: Platform, email: str, role: str) -> Inhabitant:
    """Signed in again, since a role acts from the token on that was issued for it."""
    newcomer(platform, email)
    users.set_role(email, role, platform=platform)
    account = {"email": email, "password": PASSWORD}
    signed = Gateway(platform).call("POST", "/v1/auth/login", account).json
    user_id = signed_user(platform, signed["access_token"])
    return Inhabitant(Gateway(platform, signed["access_token"]), email, user_id)


def signed_user(platform: Platform, token: str) -> str:
    return str(Gateway(platform, token).call("GET", "/v1/auth/me").json["id"])


def disable(admin: Gateway, who: Inhabitant) -> Reply:
    return admin.call("PATCH", f"/v1/users/{who.user_id}", {"status": "disabled"})


def delete(admin: Gateway, who: Inhabitant) -> Reply:
    return admin.call("DELETE", f"/v1/users/{who.user_id}")


def new_password(_: Gateway, who: Inhabitant) -> Reply:
    body = {"current_password": PASSWORD, "new_password": "another long one of my own"}
    return who.gateway.call("POST", "/v1/auth/password", body)


def leave(_: Gateway, who: Inhabitant) -> Reply:
    return who.gateway.call("DELETE", "/v1/auth/me", ACCOUNT)


@pytest.mark.parametrize("act", [disable, delete, new_password, leave])
def test_the_next_request_is_401(
    admin: Gateway, ada: Inhabitant, act: Callable[[Gateway, Inhabitant], Reply]
) -> None:
    assert act(admin, ada).status < 300
    answer = ada.gateway.call("GET", "/v1/graphs")
    assert (answer.status, answer.code) == (401, "invalid_token")


@pytest.mark.parametrize("act", [disable, delete, leave])
def test_an_api_key_is_401_at_the_next_request(
    admin: Gateway, ada: Inhabitant, act: Callable[[Gateway, Inhabitant], Reply]
) -> None:
    key = ada.did("POST", "/v1/api-keys", {"name": "CI", "scopes": ["graph:read"]})["key"]
    by_key = {"x-api-key": key}
    assert Gateway(ada.platform).call("GET", "/v1/graphs", headers=by_key).status == 200
    assert act(admin, ada).status < 300
    assert Gateway(ada.platform).call("GET", "/v1/graphs", headers=by_key).status == 401


def test_a_role_that_is_lost_is_403_at_the_next_request(admin: Gateway, platform: Platform) -> None:
    bob = ranked(platform, "bob@example.com", "operator")
    assert bob.gateway.call("GET", "/v1/users").status == 200
    path = f"/v1/users/{bob.user_id}"
    assert admin.call("PATCH", path, {"role": "member"}).status == 200
    answer = bob.gateway.call("GET", "/v1/users")
    assert (answer.status, answer.code) == (403, "permission_denied")
    assert bob.gateway.call("GET", "/v1/graphs").status == 200


def test_a_role_that_is_given_acts_from_the_next_token_on(admin: Gateway, ada: Inhabitant) -> None:
    admin.call("PATCH", f"/v1/users/{ada.user_id}", {"role": "operator"})
    assert ada.gateway.call("GET", "/v1/users").status == 403


def test_who_is_let_in_again_has_to_sign_in(admin: Gateway, ada: Inhabitant) -> None:
    disable(admin, ada)
    path = f"/v1/users/{ada.user_id}"
    assert admin.call("PATCH", path, {"status": "active"}).json["status"] == "active"
    assert ada.gateway.call("GET", "/v1/graphs").status == 401
    account = {"email": ada.email, "password": PASSWORD}
    assert ada.gateway.call("POST", "/v1/auth/login", account).status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_absent_user_is_404(admin: Gateway, method: str) -> None:
    body = {"status": "disabled"} if method == "PATCH" else None
    assert admin.call(method, f"/v1/users/{ABSENT}", body).code == "not_found"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_member_sees_and_changes_nobody(ada: Inhabitant, method: str) -> None:
    body = {"status": "disabled"} if method == "PATCH" else None
    for user_id in (ada.user_id, ABSENT):
        answer = ada.gateway.call(method, f"/v1/users/{user_id}", body)
        assert (answer.status, answer.code) == (403, "permission_denied")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_admin_does_not_touch_their_own_account(
    admin: Gateway, platform: Platform, method: str
) -> None:
    own = signed_user(platform, admin.token)
    body = {"status": "disabled"} if method == "PATCH" else None
    answer = admin.call(method, f"/v1/users/{own}", body)
    assert (answer.status, answer.code) == (409, "own_account")


def test_the_last_admin_cannot_leave(admin: Gateway) -> None:
    answer = admin.call("DELETE", "/v1/auth/me", ACCOUNT)
    assert (answer.status, answer.code) == (409, "last_admin")
    assert admin.call("GET", "/v1/users").status == 200


def test_a_stale_tag_is_412_and_a_fresh_one_is_not(admin: Gateway, ada: Inhabitant) -> None:
    path = f"/v1/users/{ada.user_id}"
    tag = admin.call("GET", path).headers["etag"]
    stale = {"if-match": '"7"'}
    assert admin.call("PATCH", path, {"role": "operator"}, headers=stale).status == 412
    answer = admin.call("PATCH", path, {"role": "operator"}, headers={"if-match": tag})
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"status": "leaving"}, ("/status", "not_allowed_value")),
        ({"role": "king"}, ("/role", "not_allowed_value")),
        ({"email": "eve@example.com"}, ("/email", "unknown_field")),
        ({"status": None}, ("/status", "not_allowed_value")),
    ],
)
def test_a_change_that_cannot_be_is_told(
    admin: Gateway, ada: Inhabitant, body: object, fault: tuple[str, str]
) -> None:
    answer = admin.call("PATCH", f"/v1/users/{ada.user_id}", body)
    assert (answer.status, answer.faults) == (422, [fault])


@pytest.mark.parametrize("body", [None, {}, {"current_password": 7}])
def test_nobody_leaves_without_their_password(ada: Inhabitant, body: object) -> None:
    assert ada.gateway.call("DELETE", "/v1/auth/me", body).status in (400, 422)
    assert ada.gateway.call("GET", "/v1/auth/me").status == 200


def test_a_wrong_password_is_401_and_in_the_log(ada: Inhabitant) -> None:
    wrong = {"current_password": "another password, and long"}
    answer = ada.gateway.call("DELETE", "/v1/auth/me", wrong)
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    query = {"action": "delete_account"}
    (entry,) = ada.gateway.call("GET", "/v1/audit", query=query).json["items"]
    assert entry["result"] == "invalid_credentials"


def test_an_admin_reads_the_log_of_who_has_left(
    admin: Gateway, ada: Inhabitant, tmp_path: Path
) -> None:
    leave(admin, ada)
    told = invoke("reconcile", {"grace_seconds": 0}, ada.platform)
    assert (told["leaving"], told["departed"]) == (0, 1)
    assert traces(tmp_path, ada.user_id, ada.email) == []
    found = admin.call("GET", f"/v1/users/{ada.user_id}/audit").json["items"]
    assert found[0]["action"] == "delete_account"
    assert ada.email not in str(found)


def test_an_operator_reads_no_logs_of_others(platform: Platform, ada: Inhabitant) -> None:
    bob = ranked(platform, "bob@example.com", "operator").gateway
    assert bob.call("GET", f"/v1/users/{ada.user_id}/audit").status == 403


def test_an_admin_finds_somebody_by_a_part_of_the_address(admin: Gateway, ada: Inhabitant) -> None:
    found = admin.call("GET", "/v1/users", query={"q": "ADA@", "status": "active"}).json
    assert [one["id"] for one in found["items"]] == [ada.user_id]


def test_what_an_admin_did_names_whom_it_was_done_to(admin: Gateway, ada: Inhabitant) -> None:
    disable(admin, ada)
    entry = admin.call("GET", "/v1/audit").json["items"][0]
    assert (entry["action"], entry["resource"]) == ("change_user", ada.user_id)


def test_a_node_that_waits_takes_no_event_once_its_user_is_disabled(
    admin: Gateway, ada: Inhabitant
) -> None:
    run = ada.begun(ada.saved(WAITS))
    ask(run, "paid", ada.platform)
    path = callback_urls.url_of(run, "paid", platform=ada.platform)
    disable(admin, ada)
    answer = Gateway(ada.platform).call("POST", path, {"paid": True})
    assert (answer.status, answer.code) == (410, "callback_expired")


@pytest.mark.parametrize("path", ["/v1/users", "/v1/users/{}/audit"])
def test_a_cursor_is_of_the_admin_who_was_given_it(
    admin: Gateway, platform: Platform, ada: Inhabitant, path: str
) -> None:
    other = ranked(platform, "root2@example.com", "admin").gateway
    path = path.format(ada.user_id)
    cursor = admin.call("GET", path, query={"limit": 1}).json["next_cursor"]
    query = {"limit": 1, "cursor": cursor}
    assert admin.call("GET", path, query=query).status == 200
    answer = other.call("GET", path, query=query)
    assert (answer.status, answer.code) == (400, "invalid_cursor")


def test_a_cursor_of_ones_own_log_is_none_of_an_admins_view_of_it(admin: Gateway) -> None:
    own = admin.call("GET", "/v1/auth/me").json["id"]
    cursor = admin.call("GET", "/v1/audit", query={"limit": 1}).json["next_cursor"]
    answer = admin.call("GET", f"/v1/users/{own}/audit", query={"limit": 1, "cursor": cursor})
    assert (answer.status, answer.code) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("path", "action"),
    [("", "read_user"), ("/audit", "list_audit_entries_of_user")],
)
def test_who_reads_what_is_kept_of_another_is_in_the_log(
    admin: Gateway, ada: Inhabitant, path: str, action: str
) -> None:
    admin.call("GET", f"/v1/users/{ada.user_id}{path}")
    entry = admin.call("GET", "/v1/audit").json["items"][0]
    assert (entry["action"], entry["resource"]) == (action, ada.user_id)


def test_what_an_admin_changed_of_another_stands_in_their_own_log_too(
    admin: Gateway, ada: Inhabitant
) -> None:
    changes = {"role": "operator", "status": "disabled"}
    admin.call("PATCH", f"/v1/users/{ada.user_id}", changes)
    found = admin.call("GET", "/v1/audit", query={"limit": 3}).json["items"]
    assert {(one["action"], one["resource"]) for one in found} == {
        ("change_user", ada.user_id),
        ("role_set_to_operator", ada.user_id),
        ("status_set_to_disabled", ada.user_id),
    }
