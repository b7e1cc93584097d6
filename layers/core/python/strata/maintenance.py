"""Maintenance: what the schedule has done each day, and what a person may have done by hand.

    {}                                          each day: keys that are due
    {"command": "rotate_signing_key"}           a new key signs, the last one verifies for an hour
    {"command": "rotate_wrapping_key"}          a new key wraps data keys
    {"command": "reseal", "cursor": ""}         every secret sealed anew; goes on at the cursor
    {"command": "set_role", "email", "role"}    makes the first admin
    {"command": "list_users", "cursor", "q"}    users, a page of them

Who may call the function at all is the platform's affair: nobody is asked for a token here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from strata import keeping_keys, resealing, users
from strata.model.errors import InvalidRequest, StrataError, Unavailable
from strata.observability import record_keeping
from strata.paging import MAX_LIMIT, PageRequest
from strata.platform import Platform

Json = dict[str, Any]
GoesOn = Callable[[], bool]
EACH_DAY = "keep"


def run(event: Mapping[str, Any], goes_on: GoesOn, *, platform: Platform) -> Json:
    """What was done, or {"error": {"code", "message"}} where what was asked for cannot be.
    `goes_on` says whether there is time left. Raises Unavailable."""
    command = str(event.get("command", EACH_DAY))
    try:
        outcome = _done(command, event, goes_on, platform)
    except Unavailable:
        raise
    except StrataError as error:
        outcome = {"error": {"code": error.code, "message": error.detail}}
    else:
        record_keeping(command, outcome, platform=platform)
    return outcome


def _done(command: str, event: Mapping[str, Any], goes_on: GoesOn, platform: Platform) -> Json:
    match command:
        case "keep":
            return keeping_keys.keep(platform=platform)
        case "rotate_signing_key":
            return keeping_keys.rotate_signing_key(platform=platform)
        case "rotate_wrapping_key":
            return keeping_keys.rotate_wrapping_key(platform=platform)
        case "reseal":
            cursor = _text(event, "cursor", "")
            return resealing.reseal(cursor, goes_on=goes_on, platform=platform)
        case "set_role":
            return users.set_role(_text(event, "email"), _text(event, "role"), platform=platform)
        case "list_users":
            page = PageRequest(MAX_LIMIT, _text(event, "cursor", "") or None)
            wanted = users.Wanted(_text(event, "q", ""))
            return users.listing(wanted, page=page, platform=platform)
    raise InvalidRequest("There is no such command.")


def _text(event: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = event.get(name, default)
    if not isinstance(value, str):
        raise InvalidRequest(f"The command needs a text {name}.")
    return value
