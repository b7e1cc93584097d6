"""One operation of the document: a route and the rules that hold for it."""

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

from aws_lambda_powertools.event_handler import Depends

from strata.http import rules
from strata.http.parameters import idempotency, if_match, keyed_idempotency
from strata.http.routes import Route
from strata.model.user import KEY_SCOPES

Json = dict[str, Any]
Schemas = Mapping[tuple[str, Any], Json]
"""By operation and mode: validation is what it takes, serialization what it gives."""

_ALWAYS = (
    "Whoever is signed in is answered also when the requests of the minute or the day are used up."
)

_DONE = {200: "Done.", 201: "Made.", 202: "Begun.", 204: "Done; there is nothing to say."}


def operation_of(route: Route, tag: str, parameters: list[Json], schemas: Schemas) -> Json:
    """The operation object; `parameters` as the resolver tells them."""
    summary, description = _words(route)
    headers = _header_parameters(route)
    told = [*map(_plain, parameters), *(_ref("parameters", name) for name in headers)]
    operation: Json = {
        "operationId": route.name,
        "summary": summary.removesuffix("."),
        "tags": [tag],
        "security": _security(route),
    }
    optional = {
        "description": description,
        "x-permission": route.permission,
        "parameters": told,
        "requestBody": _request_body(route, schemas),
    }
    operation.update({name: value for name, value in optional.items() if value})
    return {**operation, "responses": _responses(route, headers, schemas)}


def _words(route: Route) -> tuple[str, str]:
    """The first line of what its function says, and the rest."""
    summary, _, description = (inspect.getdoc(route.function) or "").partition("\n")
    paragraphs = [description.strip(), _ALWAYS if route.always else ""]
    return summary, "\n\n".join(filter(None, paragraphs))


def _security(route: Route) -> list[Json]:
    """Alternatives; no API key is ever given the permission for some routes."""
    if not route.permission:
        return []
    schemes = ["bearer", "apiKey"] if route.permission in KEY_SCOPES else ["bearer"]
    return [{scheme: []} for scheme in schemes]


def body_of(route: Route) -> Any:
    """The type of the body that the route takes; None where it takes none."""
    return get_type_hints(route.function, include_extras=True).get("body")


def _header_parameters(route: Route) -> list[str]:
    """Those that no parameter of the function tells, by what the function asks for."""
    hints = get_type_hints(route.function, include_extras=True).values()
    marks = [mark for hint in hints for mark in getattr(hint, "__metadata__", ())]
    asked = {mark.dependency for mark in marks if isinstance(mark, Depends)}
    read = {
        "IdempotencyKey": not asked.isdisjoint((idempotency, keyed_idempotency)),
        "IfMatch": if_match in asked,
        "IfNoneMatch": route.method == "GET",
    }
    return [name for name, is_read in read.items() if is_read]


def _plain(parameter: Json) -> Json:
    """Without what is said twice; a parameter that is not sent is absent, and not null."""
    schema = dict(parameter["schema"])
    kinds = schema.pop("anyOf", [])
    inner: Json = next((kind for kind in kinds if kind != {"type": "null"}), {})
    told = {
        name: int(value) if isinstance(value, float) else value
        for name, value in {**schema, **inner}.items()
        if name not in ("title", "description")
    }
    order = ("name", "in", "required", "description")
    return {**{name: parameter[name] for name in order if name in parameter}, "schema": told}


def _request_body(route: Route, schemas: Schemas) -> Json | None:
    if route.takes_anything:
        return {"required": False, "content": {"*/*": {"schema": {}}}}
    if (route.name, "validation") not in schemas:
        return None
    default = inspect.signature(route.function).parameters["body"].default
    content = {"application/json": {"schema": schemas[route.name, "validation"]}}
    return {"required": default is inspect.Parameter.empty, "content": content}


def _responses(route: Route, headers: list[str], schemas: Schemas) -> Json:
    answers: Json = {str(route.status): _success(route, schemas)}
    if route.method == "GET":
        told = rules.header_refs("ETag", *_rate(route))
        answers["304"] = {"description": "You have it.", "headers": told}
    for status in sorted(_refusals(route, headers)):
        answers[str(status)] = _other(route, status, schemas)
    return answers


def _other(route: Route, status: int, schemas: Schemas) -> Json:
    if route.also.get(status) is None:
        return _ref("responses", rules.PROBLEMS[status][0])
    content = {"application/json": {"schema": schemas[f"{route.name} {status}", "serialization"]}}
    if status in _DONE:
        headers = rules.header_refs(*_rate(route))
        return {"description": _DONE[status], "headers": headers, "content": content}
    return {"description": rules.PROBLEMS[status][1]["description"], "content": content}


def _success(route: Route, schemas: Schemas) -> Json:
    tagged = route.method in ("GET", "PUT", "PATCH")
    headers = ["ETag"] * tagged + ["Location"] * bool(route.location)
    told = rules.header_refs(*headers, *_rate(route))
    answer: Json = {"description": _DONE[route.status], "headers": told}
    if route.answer:
        schema = schemas[route.name, "serialization"]
        answer["content"] = {"application/json": {"schema": schema}}
    return answer


def _rate(route: Route) -> tuple[str, ...]:
    return rules.RATE if route.permission else ()


def _refusals(route: Route, headers: list[str]) -> set[int]:
    """The statuses that a caller must expect."""
    expected = {400, 500, 503}
    if route.permission:
        expected |= {401, 403}
        # An API key that has used up its requests is refused by every route.
        expected |= {429} if not route.always or route.permission in KEY_SCOPES else set()
    if "{" in route.path:
        expected |= {404}
    if body_of(route):
        expected |= {413, 415, 422}
    if "IdempotencyKey" in headers:
        expected |= {409}
    if "IfMatch" in headers:
        expected |= {412}
    return expected | set(route.also)


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
