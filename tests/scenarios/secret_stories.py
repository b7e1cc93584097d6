"""What somebody does with secrets: one story for each kind, in the order in which they are told."""

import re
from collections.abc import Callable
from typing import Any

from tests.builders import graph, node
from tests.canaries import Cage
from tests.oauth_server import CLIENT, SECRET
from tests.scenarios.planted import CLOCK, Json, Provider, Teller, secret_part, signature

EMAIL = f"{CLOCK.new_id('person')}@example.com"
PROVIDER = "loopback"
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")
Promote = Callable[[str, str], Any]
"""Gives the user with that address a role, as a command of the platform does."""


def signs_in(teller: Teller, cage: Cage, password: str) -> Json:
    """The pair of tokens; the teller comes with them from here on."""
    account = {"email": EMAIL, "password": password}
    pair: Json = teller.asks("POST /auth/login", account, shown=True)
    return _comes_with(teller, cage, pair)


def _comes_with(teller: Teller, cage: Cage, pair: Json) -> Json:
    cage.keep("access token", signature(pair["access_token"]))
    cage.keep("refresh token", secret_part(pair["refresh_token"]))
    teller.token = pair["access_token"]
    return pair


def account(teller: Teller, cage: Cage, promote: Promote) -> str:
    """Passwords, right and wrong and malformed, sessions, tokens. The password at the end."""
    first = cage.plant("first password", odd=True)
    teller.asks("POST /auth/register", {"email": EMAIL, "password": first}, status=201)
    teller.asks("POST /auth/register", {"email": EMAIL, "password": first}, status=409)
    wrong = cage.plant("wrong password", odd=True)
    teller.asks("POST /auth/login", {"email": EMAIL, "password": wrong}, status=401)
    misplaced = cage.plant("password in a wrong field", odd=True)
    teller.asks("POST /auth/login", {"email": EMAIL, "passwort": misplaced}, status=422)
    teller.asks("POST /auth/login", {"email": misplaced, "password": [misplaced]}, status=422)
    teller.asks(f"POST /auth/login?password={cage.plant('password in a query')}", {}, status=422)
    promote(EMAIL, "admin")
    old = signs_in(teller, cage, first)
    new: Json = teller.asks("POST /auth/refresh", _refresh(old), shown=True)
    _comes_with(teller, cage, new)
    teller.token = ""
    for token in (cage.plant("forged refresh token"), old["refresh_token"][:-1] + "0"):
        teller.asks("POST /auth/refresh", {"refresh_token": token}, status=401)
    forged = cage.plant("forged access token")
    for header in (f"Bearer {forged}", f"Basic {forged}", forged):
        teller.asks("GET /auth/me", status=401, headers={"authorization": header})
    teller.token = new["access_token"]
    second = cage.plant("second password", odd=True)
    change = {"current_password": wrong, "new_password": second}
    teller.asks("POST /auth/password", change, status=401)
    change["current_password"] = first
    teller.asks("POST /auth/password", change, status=204)
    signs_in(teller, cage, second)
    return second


def _refresh(pair: Json) -> Json:
    return {"refresh_token": pair["refresh_token"]}


def letters(teller: Teller, cage: Cage, read: Callable[[], str]) -> None:
    """One-time tokens: those of letters belong to the outbox, until they are used."""
    teller.asks("POST /auth/verification", status=202)
    teller.asks("POST /auth/password-reset", {"email": EMAIL}, status=202)
    found = re.findall(r"(?:svt|srp)_\w+", read())
    assert len(found) >= 3
    for token in found:
        cage.keep("one-time token", secret_part(token), "outbox", "letters")
    (reset,) = [one for one in found if one.startswith("srp")][-1:]
    short = {"token": reset, "new_password": "short"}
    teller.asks("POST /auth/password-reset/confirm", short, status=422)
    forged = {"token": cage.plant("forged one-time token")}
    teller.asks("POST /auth/verification/confirm", forged, status=422)
    teller.asks("POST /auth/verification/confirm", {"token": found[-2]}, status=204)


def api_keys(teller: Teller, cage: Cage) -> None:
    once = {"idempotency-key": "make-key"}
    wanted = {"name": "Mine", "scopes": ["graph:read"]}
    made = teller.asks("POST /api-keys", wanted, status=201, shown=True, headers=once)
    again = teller.asks("POST /api-keys", wanted, status=201, shown=True, headers=once)
    cage.keep("API key", secret_part(made["key"]))
    if again.get("key"):
        cage.keep("API key, asked for again", secret_part(again["key"]))
    path = f"/api-keys/{made['id']}"
    rotated = teller.asks(f"POST {path}/rotate", {"overlap_seconds": 60}, shown=True)
    cage.keep("rotated API key", secret_part(rotated["key"]))
    user, teller.token = teller.token, ""
    for header in ({"authorization": f"Bearer {rotated['key']}"}, {"x-api-key": made["key"]}):
        teller.tries("GET /graphs", headers=header)
    teller.tries("DELETE /graphs/x", headers={"authorization": f"Bearer {made['key']}"})
    teller.token = user
    teller.asks(f"GET {path}")
    teller.asks("GET /api-keys")
    teller.asks(f"DELETE {path}", status=204)


def credentials(teller: Teller, cage: Cage, provider: Provider) -> dict[str, str]:
    """Ids by kind."""
    hosts = {"allowed_hosts": [provider.upstream], "provider": "example"}
    key = cage.plant("key of a credential")
    cookie = f"sid={cage.plant('cookie of a credential')}; t={cage.plant('second cookie')}"
    token = f'Token token="{cage.plant("parameter of a header")}"'
    headers = {"X-Key": cage.plant("header of a credential"), "Cookie": cookie, "X-Other": token}
    login = {
        "username": cage.plant("user name of a credential"),
        "password": cage.plant("password of a credential", odd=True),
    }
    made = {}
    tried = (
        ("api_key", {"key": key}),
        ("header", {"headers": headers}),
        ("user_password", {"password": cage.plant("colon"), "username": "a:b"}),
        ("user_password", login),
        ("header", {"headers": {"Bad Name": cage.plant("secret of a bad header", odd=True)}}),
        ("api_key", {"key": cage.plant("malformed key") + "\n"}),
        ("api_key", {"kee": cage.plant("misnamed key")}),
        ("nonsense", {"key": cage.plant("key of no kind")}),
    )
    for number, (kind, secret) in enumerate(tried):
        body = {"kind": kind, "name": kind, "secret": secret, **hosts}
        once = {"idempotency-key": f"make-credential-{number}"}
        told = teller.tries("POST /credentials", body, headers=once)
        teller.tries("POST /credentials", body, headers=once)
        if "id" in told:
            made[kind] = told["id"]
    path = f"/credentials/{made['api_key']}"
    teller.asks(f"PATCH {path}", {"secret": {"key": cage.plant("changed key")}})
    teller.tries(f"PATCH {path}", {"secret": {"key": [cage.plant("wrongly changed key")]}})
    teller.asks("GET /credentials")
    assert set(made) == {"api_key", "header", "user_password"}
    return made


def oauth(teller: Teller, cage: Cage, provider: Provider) -> str:
    """The id of a credential with tokens."""
    cage.keep("client secret", SECRET)
    client = {"client_id": CLIENT, "client_secret": SECRET, "definition": provider.definition()}
    teller.asks(f"PUT /providers/{PROVIDER}", client)
    teller.asks(f"GET /providers/{PROVIDER}")
    teller.asks("GET /providers")
    wanted = {"provider": PROVIDER, "name": "Mine"}
    asked = teller.asks("POST /credentials/authorizations", wanted, status=201, shown=True)
    told = provider.authorize(asked["authorize_url"])
    cage.keep("state of an authorisation", told["state"])
    path = f"/credentials/authorizations/{asked['id']}/complete"
    teller.tries(f"POST {path}", {**told, "state": cage.plant("forged state")})
    made: Json = teller.asks(f"POST {path}", told, status=201)
    teller.tries(f"POST {path}", told)
    return str(made["id"])


def calling(provider: Provider, ids: dict[str, str], path: str, **more: Any) -> Json:
    """A graph that waits for a person, and then sends each credential, and a secret that it is
    given, to an API that repeats what it is sent."""
    url = provider.url(path)
    said = {"url": url, "method": "POST", "retry": {"max_attempts": 2, "interval_seconds": 1}}
    calls = [node(f"by_{kind}", "http_request", credential=ids[kind], **said) for kind in ids]
    nodes = [
        node("secret", "input", name="secret", secret=True),
        node("ask", "approval"),
        node("text", "text_template", template="<{{value}}>", values={}),
        node("plain", "http_request", url=url, headers={}, query={}, **more),
        *calls,
    ]
    made = graph(
        nodes,
        "secret.value -> ask.data",
        "ask.approved -> text.values.value",
        "text.text -> plain.query.secret",
        "ask.approved -> plain.headers.x-secret",
        *(f"ask.decision -> {one.id}.body" for one in calls),
    )
    return made.model_dump(mode="json")


def executions(teller: Teller, cage: Cage, provider: Provider, ids: dict[str, str]) -> None:
    """One that goes well, one that fails, is changed and resumed, one that is cancelled."""
    done = _started(teller, cage, calling(provider, ids, "/echo"))
    _decided(teller, done)
    assert teller.waits(done, *ENDS)["status"] == "COMPLETED"
    failed = _started(teller, cage, calling(provider, ids, "/fail"))
    _decided(teller, failed)
    assert teller.waits(failed, *ENDS)["status"] == "FAILED"
    resumed = teller.asks(f"POST /executions/{failed}/resume", {}, status=202)["id"]
    teller.waits(resumed, *ENDS)
    cancelled = _started(teller, cage, calling(provider, ids, "/echo"))
    _waiting(teller, cancelled)
    teller.asks(f"POST /executions/{cancelled}/cancel", status=202)
    teller.waits(cancelled, *ENDS)
    for execution in (done, failed, resumed, cancelled):
        _looks_at(teller, execution)
    teller.asks("GET /executions")


def _started(teller: Teller, cage: Cage, wanted: Json) -> str:
    saved = teller.asks("POST /graphs", wanted, status=201)
    # Values of an execution stand in the table and in blobs, masked wherever they are shown.
    secret = cage.plant("secret input", "items", "values", "database")
    inputs = {"inputs": {"secret": secret}}
    path = f"/graphs/{saved['id']}"
    once = {"idempotency-key": f"start-{len(cage.birds)}"}
    started = teller.asks(f"POST {path}/executions", inputs, status=202, headers=once)
    again = teller.asks(f"POST {path}/executions", inputs, status=202, headers=once)
    assert started["id"] == again["id"]
    wrong = {"inputs": {"secret": secret, "other": cage.plant("input of no name")}}
    teller.tries(f"POST {path}/executions", wrong)
    teller.asks(f"GET {path}")
    teller.asks(f"GET {path}/plan")
    tried = {"inputs": {"value": secret}, "from_execution": started["id"]}
    teller.tries(f"POST {path}/nodes/text/test", tried)
    return str(started["id"])


def _waiting(teller: Teller, execution: str) -> None:
    while teller.asks(f"GET /executions/{execution}/nodes/ask")["status"] != "WAITING":
        CLOCK.sleep(0.1)


def _decided(teller: Teller, execution: str) -> None:
    _waiting(teller, execution)
    teller.asks(f"POST /executions/{execution}/nodes/ask/decision", {"approve": True})


def _looks_at(teller: Teller, execution: str) -> None:
    teller.asks(f"GET /executions/{execution}")
    page = teller.asks(f"GET /executions/{execution}/nodes")
    for one in page["items"]:
        teller.asks(f"GET /executions/{execution}/nodes/{one['node']}")


def triggers(teller: Teller, cage: Cage, enqueue: Callable[[Json], None]) -> str:
    """The id of the trigger; the messages come from outside, with a token that fits and one not."""
    wanted = graph([node("text", "input", name="text")]).model_dump(mode="json")
    graph_id = teller.asks("POST /graphs", wanted, status=201)["id"]
    once = {"idempotency-key": "make-trigger"}
    path = f"POST /graphs/{graph_id}/triggers"
    made = teller.asks(path, {"kind": "queue"}, status=201, shown=True, headers=once)
    teller.asks(path, {"kind": "queue"}, status=201, shown=True, headers=once)
    cage.keep("token of a trigger", made["token"])
    message = {"trigger_id": made["id"], "inputs": {"text": "x"}, "deduplication_id": "1"}
    enqueue({**message, "token": cage.plant("forged token of a trigger", "database", "queue")})
    enqueue({**message, "token": made["token"], "deduplication_id": "2"})
    teller.asks(f"GET /triggers/{made['id']}")
    teller.asks(f"GET /graphs/{graph_id}/triggers")
    return str(made["id"])


def last_looks(teller: Teller) -> None:
    """What shows a user's own things."""
    for path in ("/auth/me", "/audit", "/graphs", "/credentials", "/api-keys", "/users"):
        teller.asks(f"GET {path}")
    cursor = ""
    while cursor is not None:
        page = teller.asks(f"GET /auth/me/export{cursor and '?cursor=' + cursor}")
        cursor = page["next_cursor"]
