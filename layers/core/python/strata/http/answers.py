"""Answers out: what every answer carries, and entity tags (RFC 9110)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from strata.model.errors import InvalidRequest, TooLarge

MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 64 * 1024
"""What a Lambda function may answer, less room for headers and their envelope."""

Event = dict[str, Any]

_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body of text."""

    status: int
    headers: Mapping[str, str]
    body: str = ""

    def to_event(self, request_id: str, more: Mapping[str, str] = MappingProxyType({})) -> Event:
        """As API Gateway wants it (payload 2.0), with those of `more` headers that it lacks."""
        return {
            "statusCode": self.status,
            "headers": {**more, **self.headers, **_ALWAYS, "X-Request-Id": request_id},
            "body": self.body,
            "isBase64Encoded": False,
        }


def answer_of(event: Mapping[str, Any]) -> Answer:
    """What a resolver answered."""
    return Answer(event["statusCode"], event["headers"], event["body"] or "")


def check_size(answer: Answer) -> Answer:
    """Raises TooLarge: Lambda would drop a larger answer, and the caller would learn nothing."""
    if len(answer.body) > MAX_ANSWER_BYTES // 4 and len(answer.body.encode()) > MAX_ANSWER_BYTES:
        raise TooLarge("The answer has more than 6 MB; ask for a smaller part.")
    return answer


def conditional(answer: Answer, if_none_match: str) -> Answer:
    """The answer to a GET with its entity tag, or 304 where the caller has it already."""
    if answer.status != 200:
        return answer
    tag = answer.headers.get("ETag") or f'"{hashlib.sha256(answer.body.encode()).hexdigest()[:32]}"'
    if _matches(if_none_match, tag):
        return Answer(304, {"ETag": tag})
    return replace(answer, headers={**answer.headers, "ETag": tag})


def _matches(if_none_match: str, tag: str) -> bool:
    """The weak comparison, as RFC 9110 wants it for If-None-Match."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in given or given == ["*"]


def one_tag(if_match: str) -> str | None:
    """The entity tag of If-Match, as it was given out; None without one.

    Raises InvalidRequest for a list: a resource has one tag at a time."""
    tag = if_match.strip()
    if "," in tag:
        raise InvalidRequest("If-Match takes one entity tag.")
    return tag or None
