"""The block that calls an HTTP API."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from strata.blocks.json_values import read_json
from strata.blocks.schema import anything, array, integer, mapping, number, text
from strata.blocks.written import written
from strata.model.block import Block, Context, Example, HttpAnswer, HttpCall, Values
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_BYTES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_WITHOUT_EFFECT = frozenset(("GET", "HEAD", "OPTIONS"))
_RETRYABLE = frozenset((408, 425, 429))
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]+)', re.IGNORECASE)
_CHARSETS = ("ascii", "big5", "cp", "euc", "gb", "iso", "koi8", "mac", "shift", "utf")
"""Beginnings of the names of encodings; others of Python's are no charsets, or take ages."""


def _request(values: Values, context: Context) -> Values:
    answer = context.send(_call(values, context))
    _check_status(answer.status, values["accept"])
    body = _text(answer)
    outputs = {"status": answer.status, "headers": dict(answer.headers), "body": body}
    return outputs | _json(answer, body)


def _call(values: Values, context: Context) -> HttpCall:
    seconds_left = (context.deadline - context.now()).total_seconds()
    body, content_type = _body(values)
    return HttpCall(
        method=values["method"],
        url=_url(values["url"], values["query"]),
        headers=_headers(values, content_type, context),
        body=body,
        timeout_seconds=min(values["timeout_seconds"], max(seconds_left, 0.001)),
        max_bytes=int(values["max_bytes"]),
        credential=values.get("credential"),
    )


def _url(url: str, query: Mapping[str, Any]) -> str:
    """The URL with the parameters added to its own; an array gives one for each item."""
    if not query:
        return url
    pairs = [
        (name, written(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidInput("url", "has a host or port that cannot be read") from None
    joined = "&".join(filter(None, (parts.query, urlencode(pairs))))
    return urlunsplit(parts._replace(query=joined))


def _body(values: Values) -> tuple[bytes | None, str]:
    """The body as bytes, and its content type."""
    if "body" not in values:
        return None, ""
    if isinstance(values["body"], str):
        return values["body"].encode(), "text/plain; charset=utf-8"
    return json.dumps(values["body"], ensure_ascii=False).encode(), "application/json"


def _headers(values: Values, content_type: str, context: Context) -> dict[str, str]:
    own = {"content-type": content_type} if content_type else {}
    if values["method"] not in _WITHOUT_EFFECT:
        own["idempotency-key"] = context.idempotency_key
    given = values["headers"]
    if len({name.lower() for name in given}) < len(given):
        raise InvalidInput("headers", "holds one name twice, in capitals and small letters")
    return own | {name.lower(): value for name, value in given.items()}


def _check_status(status: int, accept: Sequence[int | str]) -> None:
    if not any(_accepts(entry, status) for entry in accept):
        retryable = status in _RETRYABLE or status >= 500
        raise NodeError("upstream_status", f"The server answered {status}", retryable=retryable)


def _accepts(entry: int | str, status: int) -> bool:
    """`entry` is a status, or a range of them such as 200-299, both ends included."""
    if not isinstance(entry, str):
        return entry == status
    first, _, last = entry.partition("-")
    return int(first) <= status <= int(last or first)


def _text(answer: HttpAnswer) -> str:
    """By the charset that the server names, else UTF-8; what does not decode is replaced."""
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    charset = _known_charset(named[1]) if named else "utf-8"
    return answer.body.decode(charset, "replace").removeprefix("\ufeff")


def _known_charset(name: str) -> str:
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        return "utf-8"
    return charset if charset.startswith(_CHARSETS) and charset != "utf-7" else "utf-8"


def _json(answer: HttpAnswer, body: str) -> dict[str, Any]:
    """The pin `json`, if the answer is JSON, or looks like it and can be read."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.endswith(("/json", "+json")) and body.lstrip()[:1] not in ("{", "["):
        return {}
    try:
        return {"json": read_json(body, pin="json")}
    except InvalidInput:
        return {}


BLOCKS = (
    Block(
        name="http_request",
        title="HTTP request",
        description="Calls a URL on the public internet, over http or https. Redirects are "
        "followed, up to five. A status that is not accepted fails the node.",
        category="network",
        inputs={
            "url": text("The URL.", minLength=1, maxLength=8192),
            "method": text("The method.", enum=list(METHODS), default="GET"),
            "headers": mapping(
                "Headers to send.", additionalProperties={"type": "string"}, default={}
            ),
            "query": mapping(
                "Parameters to add to the URL; an array gives one for each item.",
                default={},
                maxProperties=1000,
            ),
            "body": anything("What to send: a text as it is, anything else as JSON."),
            "credential": text("Id of the credential to send along, to its allowed hosts alone."),
            "timeout_seconds": number(
                "How long it may take, redirects included.",
                default=30,
                exclusiveMinimum=0,
                maximum=840,
            ),
            "accept": array(
                'The statuses that are no failure: numbers, or ranges such as "200-299".',
                {
                    "anyOf": [
                        {"type": "integer", "minimum": 100, "maximum": 599},
                        {"type": "string", "pattern": "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"},
                    ]
                },
                default=["200-299"],
                minItems=1,
            ),
            "max_bytes": integer(
                "The most that the answer may hold, uncompressed.",
                default=10_000_000,
                minimum=1,
                maximum=MAX_BYTES,
            ),
        },
        required=("url",),
        outputs={
            "status": integer("The status, such as 200."),
            "headers": mapping(
                "The headers, names in lower case.", additionalProperties={"type": "string"}
            ),
            "body": text("The body as text."),
            "json": anything("The body's value, if it is JSON."),
        },
        run=_request,
        example=Example(
            inputs={"url": "https://example.com/rain", "query": {"city": "Seattle"}},
            outputs={
                "status": 200,
                "headers": {"content-type": "application/json"},
                "body": '{"rain": 10.9}',
                "json": {"rain": 10.9},
            },
        ),
        has_effect=True,
        may_hang=True,
        credential_pins=("credential",),
    ),
)
