"""An event that somebody posts: whatever they send, as a value and the headers that may be kept."""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.depends import Depends

from strata.callbacks import Event
from strata.http.bodies import read_value, text_of
from strata.model.errors import TooLarge

MAX_BYTES = 1024 * 1024
MAX_HEADERS = 50
MAX_HEADER = 1000

_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_TOLD = ("content-type", "date", "idempotency-key", "user-agent")
_OWN = ("x-", "ce-", "webhook-")
"""What senders name themselves begins so."""
_OF_THE_WAY = ("x-forwarded-", "x-amz", "x-real-ip", "x-client-ip")
_SECRET = re.compile("auth|cookie|credential|key|password|secret|session|token")


def _posted(request: Request) -> Event:
    """Raises TooLarge, InvalidRequest."""
    event = request.resolved_event
    text = text_of(lambda: event.decoded_body)
    if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
        raise TooLarge("An event has at most 1 MB.")
    kind = request.headers.get("content-type", "").strip()
    digest = hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()
    return Event(_value(text, kind), kept_headers(request.headers), digest)


def _value(text: str, kind: str) -> Any:
    """Nothing at all is an empty text, whatever it is called."""
    return read_value(text) if text and _JSON.fullmatch(kind) else text


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that tell of the event, and neither of the way that it came nor of who may post."""
    kept = [(name, value[:MAX_HEADER]) for name, value in sorted(headers.items()) if _is_kept(name)]
    return dict(kept[:MAX_HEADERS])


def _is_kept(name: str) -> bool:
    if name in _TOLD:
        return True
    return name.startswith(_OWN) and not (name.startswith(_OF_THE_WAY) or _SECRET.search(name))


Posted = Annotated[Event, Depends(_posted)]
"""What was posted to a route that takes anything."""
