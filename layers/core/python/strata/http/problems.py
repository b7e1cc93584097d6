"""Errors out: the one place where an error becomes `application/problem+json` (RFC 9457).

Nothing of an error that is not a StrataError reaches the caller: it is a 500 with a request id.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from strata.http.answers import Answer
from strata.http.faults import FAULT_CODES, code_of
from strata.model.errors import Detail, InvalidBody, InvalidRequest, NotFound, StrataError
from strata.model.pointers import pointer

MEDIA_TYPE = "application/problem+json"
MAX_DETAILS = 10_000
"""All problems of a graph are told at once; beyond this an answer would not fit into Lambda's."""
MAX_FAULTS = 100
"""Of fields: who sends more than that sends something else altogether."""
MAX_POINTER = 200

Fault = Mapping[str, Any]
"""What pydantic tells of one fault."""


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


def refusal(faults: Sequence[Fault], body: Any = None) -> StrataError:
    """What a request's validation found, as the error that it is: a path that cannot be is an
    address of nothing, a query or header cannot be read, a body has invalid fields.

    `body` is the one that was validated."""
    places = {fault["loc"][0] for fault in faults}
    faults = faults[:MAX_FAULTS]
    if "path" in places:
        return NotFound()
    if places == {"body"}:
        return InvalidBody(errors=[_in_body(fault, body) for fault in faults])
    return InvalidRequest(errors=[_told(fault, fault["loc"]) for fault in faults])


def _in_body(fault: Fault, body: Any) -> Detail:
    return _told(fault, _without_tags(fault["loc"][1:], body))


def _told(fault: Fault, place: Sequence[str | int]) -> Detail:
    """Pydantic's own sentence names the rule and not the value, but for the kinds told here. A
    regular expression is no rule that people read."""
    code, sentence = code_of(fault["type"]), fault["msg"]
    match fault["type"]:
        case "missing" | "extra_forbidden" | "string_pattern_mismatch":
            sentence = FAULT_CODES[code].sentence
        case "too_short" | "too_long":
            sentence = sentence.partition(" after validation")[0]
        case "value_error":
            sentence = str(fault["ctx"]["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            sentence = "Input should be an object."
        case "union_tag_not_found":
            place, sentence = [*place, _tag(fault)], FAULT_CODES[code].sentence
        case "union_tag_invalid":
            sentence = f"Input should be one of {fault['ctx']['expected_tags']}"
            place = [*place, _tag(fault)]
    return Detail(pointer(place), code, sentence)


def _tag(fault: Fault) -> str:
    """The name of the field that tells which kind of a union it is."""
    return str(fault["ctx"]["discriminator"]).strip("'")


def _without_tags(place: Sequence[str | int], body: Any) -> list[str | int]:
    """Pydantic puts the tag of a union's member into the path to it; a body has no such step."""
    steps: list[str | int] = []
    here: Any = body
    for step in place[:-1]:
        if isinstance(here, Mapping) and step not in here:
            continue
        steps.append(step)
        here = here[step]
    return [*steps, *place[-1:]]
