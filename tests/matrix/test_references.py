"""Ids of another user's things, of none, and of what is gone: nobody can tell one from another,
neither in a path, nor in a query, nor in the body of a request."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from strata.http.contract import text
from strata.http.routes import Route
from tests.builders import graph, node
from tests.matrix.conftest import Stage
from tests.matrix.test_matrix import OF_OWNERS, said, those
from tests.scenes import MAKERS, SCENES, Scene, Somebody, newcomer
from tests.unit.http.calls import Reply

pytestmark = pytest.mark.xdist_group("matrix")

Json = dict[str, Any]

_ID = re.compile(r"\b([a-z]{3})_[0-9a-z]{26}\b")
_OF_EACH_REQUEST = ("ratelimit-remaining", "ratelimit-reset")
CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "if it has another tag": {"if-none-match": "*"},
    "if it has this tag": {"if-match": '"1"'},
    "once": {"idempotency-key": "matrix"},
}


def absent(event: Json, stage: Stage) -> Json:
    """The same request for things that there never were."""
    new = stage.world.clock.new_id
    changed: Json = json.loads(_ID.sub(lambda found: new(found[1]), json.dumps(event)))
    return changed


def told(answer: Reply) -> Any:
    """All of the answer but what is another at each request."""
    headers = {
        name: value for name, value in answer.headers.items() if name not in _OF_EACH_REQUEST
    }
    return answer.status, headers, answer.body


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize(("name", "route"), those(OF_OWNERS, "another user"))
def test_a_foreign_id_is_answered_like_one_that_is_absent(
    name: str, route: Route, condition: str, stage: Stage
) -> None:
    headers = {**stage.world.other.bearer, **CONDITIONS[condition]}
    event = stage.event(name, route)
    foreign = told(stage.send(absent(event, stage), headers))
    assert told(stage.send(event, headers)) == foreign
    assert foreign[0] == 404


DELETING = {
    route.path: f"{name}/{route.name}" for name, route in OF_OWNERS if route.method == "DELETE"
}
OF_WHAT_CAN_GO = [
    (name, route)
    for name, route in OF_OWNERS
    if re.match(r".*?}", route.path)[0] in DELETING  # type: ignore[index]
]


@pytest.mark.parametrize(("name", "route"), those(OF_WHAT_CAN_GO, "its former owner"))
def test_what_is_deleted_is_answered_like_what_never_was(
    name: str, route: Route, stage: Stage
) -> None:
    owner = newcomer(stage.world.platform)
    scene = Scene(owner)
    event = scene.event(f"{name}/{route.name}", owner.bearer)
    owner.plays(DELETING[re.match(r".*?}", route.path)[0]], **scene.facts)  # type: ignore[index]
    never = told(stage.send(absent(event, stage), {}))
    assert told(stage.send(event, {})) == never
    assert never[0] == 404


Asks = Callable[[Somebody, str], Reply]


def _graph_with(thing: str, other_id: str) -> Json:
    """A graph that names the thing by its id."""
    blocks = {
        "a credential": node("a", "http_request", url="https://example.com", credential=other_id),
        "a sub-graph": node("a", "sub_graph", graph_id=other_id),
        "a version of a sub-graph": node("a", "sub_graph", graph_id=other_id, version=1),
    }
    return graph([blocks[thing]]).model_dump(mode="json")


def _saving(thing: str, **more: Any) -> Asks:
    def ask(who: Somebody, other_id: str) -> Reply:
        return who.gateway.call("POST", "/v1/graphs", {**_graph_with(thing, other_id), **more})

    return ask


def _replacing(thing: str) -> Asks:
    def ask(who: Somebody, other_id: str) -> Reply:
        path = f"/v1/graphs/{MAKERS['gph'](Scene(who))}"
        return who.gateway.call("PUT", path, _graph_with(thing, other_id))

    return ask


def _validating(thing: str) -> Asks:
    def ask(who: Somebody, other_id: str) -> Reply:
        return who.gateway.call("POST", "/v1/graphs/validate", _graph_with(thing, other_id))

    return ask


def _filtering(who: Somebody, other_id: str) -> Reply:
    return who.gateway.call("GET", "/v1/executions", query={"graph_id": other_id})


def _trying(who: Somebody, other_id: str) -> Reply:
    """A node alone, the credential given as one of its inputs."""
    made = who.gateway.call("POST", "/v1/graphs", graph([
        node("text", "constant", value="x"),
        node("a", "http_request", url="https://example.com"),
    ]).model_dump(mode="json")).json  # fmt: skip
    path = f"/v1/graphs/{made['id']}/nodes/a/test"
    return who.gateway.call("POST", path, {"inputs": {"credential": other_id}})


def _authorizing(who: Somebody, other_id: str) -> Reply:
    """Anew, a credential that there is."""
    SCENES["credentials/begin_authorization"](Scene(who))
    body = {"provider": "github", "credential_id": other_id}
    return who.gateway.call("POST", "/v1/credentials/authorizations", body)


REFERENCES: Mapping[str, tuple[str, Asks]] = {
    **{
        f"{verb} with {thing}": (prefix, make(thing))
        for thing, prefix in (
            ("a credential", "crd"),
            ("a sub-graph", "gph"),
            ("a version of a sub-graph", "gph"),
        )
        for verb, make in (
            ("saving", _saving),
            ("replacing", _replacing),
            ("checking", _validating),
        )
    },
    "filtering by graph": ("gph", _filtering),
    "trying a node with a credential": ("crd", _trying),
    "authorising a credential anew": ("crd", _authorizing),
}
"""By what it is: the kind of thing, and the request that names one."""


NAMED = {"list_executions graph_id", "begin_authorization credential_id"}
OF_PROVIDERS = {"save_provider client_id"}
"""The parameters and fields of the document whose values are ids of things, each tried above; a
node's inputs, which no schema tells, are tried there too."""


def test_the_document_has_no_reference_that_nobody_tries() -> None:
    document = json.loads(text())
    found = set()
    for operation in (one for path in document["paths"].values() for one in path.values()):
        query = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"]
        for field in (*query, *_fields(operation.get("requestBody", {}), document)):
            if field.endswith("_id"):
                found.add(f"{operation['operationId']} {field}")
    assert found - OF_PROVIDERS == NAMED


def _fields(schema: Any, document: Json) -> set[str]:
    """The names of all fields of a body, at any depth."""
    if isinstance(schema, list):
        return {name for one in schema for name in _fields(one, document)}
    if not isinstance(schema, dict):
        return set()
    if reference := schema.get("$ref"):
        return _fields(document["components"]["schemas"][reference.rpartition("/")[2]], document)
    names = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return names.union(*(_fields(one, document) for one in schema.values()))


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_to_a_foreign_thing_is_one_to_nothing(reference: str, stage: Stage) -> None:
    prefix, ask = REFERENCES[reference]
    world = stage.world
    foreign, never = _made(prefix, newcomer(world.platform)), world.clock.new_id(prefix)
    answer = ask(newcomer(world.platform), foreign)
    assert _same(answer, foreign) == _same(ask(newcomer(world.platform), never), never)


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_to_a_deleted_thing_is_one_to_nothing(reference: str, stage: Stage) -> None:
    prefix, ask = REFERENCES[reference]
    owner, never = newcomer(stage.world.platform), stage.world.clock.new_id(prefix)
    gone = _made(prefix, owner)
    path = {"crd": "credentials", "gph": "graphs"}[prefix]
    assert owner.gateway.call("DELETE", f"/v1/{path}/{gone}").status == 204
    assert _same(ask(owner, gone), gone) == _same(ask(owner, never), never)


def _made(prefix: str, owner: Somebody) -> str:
    return Scene(owner).fact(prefix)


def _same(answer: Reply, asked: str) -> tuple[int, str, str]:
    """What is said of the thing, and not by which id one asked for it."""
    return (*said(answer), answer.body.replace(asked, "…"))
