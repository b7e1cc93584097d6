"""Errors out: the one place where an error becomes `application/problem+json` (RFC 9457).

Nothing of an error that is not a StrataError reaches the caller: it is a 500 with a request id.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strata.http.answers import Answer
from strata.model.errors import Detail, InvalidBody, InvalidRequest, NotFound, StrataError

MEDIA_TYPE = "application/problem+json"
MAX_DETAILS = 100
MAX_POINTER = 200

_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "union_tag_invalid": "This is none of the kinds that there are.",
    "union_tag_not_found": "This field is required.",
}
_CODES = {"extra_forbidden": "unknown_field"}


def type_of(code: str) -> str:
    """The `type` of a problem: a name, not an address."""
    return f"urn:strata:problem:{code}"


def problem(error: Exception, request_id: str) -> Answer:
    """The answer that tells of the error."""
    known = error if isinstance(error, StrataError) else StrataError()
    document = {
        "type": type_of(known.code),
        "title": known.title,
        "status": known.status,
        "code": known.code,
        "detail": known.detail,
        "request_id": request_id,
        "errors": [_detail(one) for one in known.errors[:MAX_DETAILS]],
    }
    headers = {**known.headers, "Content-Type": MEDIA_TYPE}
    return Answer(known.status, headers, json.dumps(document, separators=(",", ":")))


def _detail(detail: Detail) -> dict[str, str]:
    return {
        "pointer": detail.pointer[:MAX_POINTER],
        "code": detail.code,
        "message": detail.message,
    }


def refusal(faults: Sequence[Mapping[str, Any]]) -> StrataError:
    """What a request's validation found, as the error that it is: a path that cannot be is an
    address of nothing, a query or header cannot be read, a body has invalid fields."""
    places = {fault["loc"][0] for fault in faults}
    if "path" in places:
        return NotFound()
    in_body = places == {"body"}
    details = [
        Detail(pointer(fault["loc"][1:] if in_body else fault["loc"]), _code(fault), _said(fault))
        for fault in faults
    ]
    return InvalidBody(errors=details) if in_body else InvalidRequest(errors=details)


def pointer(place: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _code(fault: Mapping[str, Any]) -> str:
    kind = str(fault["type"])
    return _CODES.get(kind, kind)


def _said(fault: Mapping[str, Any]) -> str:
    """Pydantic's own sentence names the rule and not the value, save where `_SENTENCES` says."""
    return _SENTENCES.get(fault["type"], str(fault["msg"]))
