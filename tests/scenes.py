"""What must be there before the sample event of a route can succeed, made by somebody new.

A sample says itself what it needs, by the ids and blanks that stand in it: each is replaced by that
of a thing which is made for it. So a new route has its scene with its sample, unless it needs a
thing of a new kind, or one in a state of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from strata import callback_urls, passwords, sessions
from strata.clock import SystemClock, timestamp
from strata.http.routes import Route
from strata.model.execution import Run
from strata.model.origin import NOWHERE
from strata.model.user import ROLES, User
from strata.platform import Platform
from strata.store import users
from tests.builders import graph, node
from tests.held_loops import play_loops
from tests.held_platform import run_of
from tests.held_waits import ask
from tests.letters import letters_to, tokens_in
from tests.unit.functions.gateway import Gateway, sample
from tests.unit.http.calls import Reply

Json = dict[str, Any]

SAMPLE_PASSWORD = "correct horse battery staple"
_SAMPLE_EMAIL = "ada@example.com"
_SAMPLE_ID = re.compile(r"\b([a-z]{3})_01kmm[0-9a-z]{21}\b")
_BLANK = re.compile(r"(?<!{){([a-z_]+)}(?!})")
_KEYED = ("rawPath", "rawQueryString", "headers", "body", "queryStringParameters")
"""The parts of an event that hold ids and blanks."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A user who is signed in; `role` is what they may do."""

    gateway: Gateway
    email: str
    user_id: str
    role: str = "member"

    @property
    def platform(self) -> Platform:
        return self.gateway.platform

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.gateway.token}"}

    def plays(self, name: str, **facts: str) -> Json:
        """What the sample event is answered with."""
        event = Scene(self, facts).event(name, self.bearer)
        event["headers"].pop("idempotency-key", None)
        answer = self.gateway.send(event)
        assert answer.status < 300, f"{name}: {answer.body}"
        told: Json = answer.json if answer.body else {}
        return told


def newcomer(platform: Platform, role: str = "member") -> Somebody:
    """Registered and signed in, with that role; but nobody hashes their password a second time, or
    writes them a letter."""
    user = User(
        id=platform.clock.new_id("usr"),
        email=fresh_email(platform),
        name="",
        password_hash=_hash(),
        created_at=timestamp(platform.clock.now()),
        role=role,
    )
    users.add(user, platform)
    token = sessions.begin(user, NOWHERE, platform=platform).access_token
    return Somebody(Gateway(platform, token), user.email, user.id, role)


@cache
def _hash() -> str:
    return passwords.hashed(SAMPLE_PASSWORD, SystemClock())


def rightful(route: Route, platform: Platform) -> Somebody:
    """Somebody new who may do what the route does, and as little else as can be."""
    wanted = route.permission
    roles = [role for role, granted in ROLES.items() if wanted is None or wanted in granted]
    assert roles, f"{route.key}: no role has the permission {wanted}"
    return newcomer(platform, roles[0])


def fresh_email(platform: Platform) -> str:
    return f"{platform.clock.new_id('person')}@example.com"


@dataclass(slots=True)
class Scene:
    """Things of one user, each made when a sample first names it; `facts` are ids by prefix, and
    what stands in blanks."""

    owner: Somebody
    facts: dict[str, str] = field(default_factory=dict)

    def event(self, name: str, headers: Mapping[str, str] | None = None) -> Json:
        """The sample `<function>/<operation>` of this scene, sent with these headers."""
        SCENES.get(name, _nothing_more)(self)
        event = sample(name)
        event["requestContext"].pop("authorizer", None)
        event["headers"].pop("authorization", None)
        for part in _KEYED:
            if part in event:
                event[part] = self._told(event[part], name)
        event["requestContext"]["http"]["path"] = event["rawPath"]
        if "if-match" in event["headers"]:
            event["headers"]["if-match"] = self._tag(event["rawPath"])
        event["headers"].update(headers or {})
        return event

    def fact(self, name: str, asked_by: str = "") -> str:
        if name not in self.facts:
            assert name in MAKERS, f"{asked_by}: nobody in tests/scenes.py makes a {name}"
            self.facts[name] = MAKERS[name](self)
        return self.facts[name]

    def _told(self, given: Any, name: str) -> Any:
        if isinstance(given, dict):
            return {key: self._told(value, name) for key, value in given.items()}
        if not isinstance(given, str):
            return given
        text = _SAMPLE_ID.sub(lambda found: self.fact(found[1], name), given)
        text = _BLANK.sub(lambda found: self.fact(found[1], name), text)
        return text.replace(_SAMPLE_EMAIL, self.facts.get("email", self.owner.email))

    def _tag(self, path: str) -> str:
        answer = self.owner.gateway.call("GET", path)
        return answer.headers["etag"]


def _nothing_more(scene: Scene) -> None:
    pass


def _graph(scene: Scene) -> str:
    """Of two versions; the second one has a loop."""
    graph_id: str = scene.owner.plays("graphs/create_graph")["id"]
    scene.owner.plays("graphs/save_graph", gph=graph_id)
    return graph_id


def _execution(scene: Scene) -> str:
    """Begun, of the graph's second version."""
    begun = scene.owner.plays("executions/start_execution", gph=scene.fact("gph"))
    return str(begun["id"])


def _made_by(name: str, *needs: str) -> Callable[[Scene], str]:
    def make(scene: Scene) -> str:
        facts = {need: scene.fact(need) for need in needs}
        return str(scene.owner.plays(name, **facts)["id"])

    return make


def _second_session(scene: Scene) -> str:
    """Begun after that which the owner comes with."""
    _sign_in(scene)
    begun = scene.owner.gateway.call("GET", "/v1/auth/sessions").json["items"]
    return str(next(one["id"] for one in begun if not one["current"]))


def _refresh_token(scene: Scene) -> str:
    return str(_sign_in(scene)["refresh_token"])


def _sign_in(scene: Scene) -> Json:
    return scene.owner.plays("auth/log_in")


def _token_in_letter(owner: Somebody, prefix: str) -> str:
    """Of the last letter to them that holds one of the kind."""
    return tokens_in(letters_to(owner.email, owner.platform), prefix)[-1]


def _verification_token(scene: Scene) -> str:
    scene.owner.plays("accounts/send_verification")
    return _token_in_letter(scene.owner, "svt_")


def _reset_token(scene: Scene) -> str:
    scene.owner.plays("accounts/request_password_reset")
    return _token_in_letter(scene.owner, "srp_")


def _authorization(scene: Scene) -> str:
    """Begun, with the state of its URL."""
    _of_a_configured_provider(scene)
    begun = scene.owner.plays("credentials/begin_authorization")
    scene.facts["state"] = parse_qs(urlsplit(begun["authorize_url"]).query)["state"][0]
    return str(begun["id"])


def _of_a_configured_provider(scene: Scene) -> None:
    newcomer(scene.owner.platform, "admin").plays("credentials/save_provider")


MAKERS: dict[str, Callable[[Scene], str]] = {
    "usr": lambda scene: newcomer(scene.owner.platform).user_id,
    "gph": _graph,
    "exe": _execution,
    "crd": _made_by("credentials/create_credential"),
    "key": _made_by("api_keys/create_api_key"),
    "aut": _authorization,
    "trg": _made_by("triggers/create_trigger", "gph"),
    "ses": _second_session,
    "refresh_token": _refresh_token,
    "verification_token": _verification_token,
    "reset_token": _reset_token,
}
"""By the prefix of an id, or the name of a blank."""


def _run(scene: Scene) -> Run:
    gateway = scene.owner.gateway
    execution = gateway.call("GET", f"/v1/executions/{scene.fact('exe')}").json
    return run_of(execution, scene.owner.user_id)


def _with_new_address(scene: Scene) -> None:
    scene.facts["email"] = fresh_email(scene.owner.platform)


def _of_a_cancelled_execution(scene: Scene) -> None:
    scene.owner.plays("executions/cancel_execution", exe=scene.fact("exe"))


def _of_a_finished_execution(scene: Scene) -> None:
    play_loops(_run(scene), scene.owner.platform)


def _of_waiting_nodes(scene: Scene) -> None:
    """The nodes `ask` and `paid` wait."""
    owner = scene.owner
    waiting = graph([node("ask", "approval"), node("paid", "wait_for_event")])
    made = owner.gateway.call("POST", "/v1/graphs", waiting.model_dump(mode="json"))
    scene.facts["gph"] = made.json["id"]
    begun = owner.gateway.call("POST", f"/v1/graphs/{made.json['id']}/executions")
    scene.facts["exe"] = begun.json["id"]
    run = run_of(begun.json, owner.user_id)
    for one in ("ask", "paid"):
        ask(run, one, owner.platform, token=f"{run.execution_id}-{one}")
    url = callback_urls.url_of(run, "paid", platform=owner.platform)
    scene.facts["callback_token"] = url.rpartition("/")[2]


SCENES: dict[str, Callable[[Scene], None]] = {
    "credentials/begin_authorization": _of_a_configured_provider,
    "credentials/delete_provider": _of_a_configured_provider,
    "accounts/register": _with_new_address,
    "executions/resume_execution": _of_a_cancelled_execution,
    "executions/list_iterations": _of_a_finished_execution,
    "executions/decide_approval": _of_waiting_nodes,
    "executions/receive_event": _of_waiting_nodes,
}
"""Of the operations whose things must be in a state of their own."""


def played(function: str, route: Route, platform: Platform) -> Reply:
    """The answer to the route's sample event in a scene of its own, sent by its rightful owner."""
    owner = rightful(route, platform)
    headers = owner.bearer if route.permission else {}
    return owner.gateway.send(Scene(owner).event(f"{function}/{route.name}", headers))
