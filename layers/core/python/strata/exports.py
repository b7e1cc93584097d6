"""Exports: all that is kept of a user, page by page, as the API tells it and with the same masks.

One section comes after the other; a cursor says in which one, and where. What a page holds comes in
pieces, each a page of some list: as many as one answer has room for, one at the least.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata import api_keys, audit, credentials, export_walks, sessions, users
from strata.cursors import open_cursor, seal_cursor
from strata.export_walks import Piece, Place
from strata.model.errors import PermissionDenied
from strata.model.user import Caller
from strata.paging import MAX_LIMIT, PageRequest, cursor_key
from strata.platform import Platform
from strata.store import users as stored
from strata.store.values import encode

Json = dict[str, Any]
Listing = Callable[[Caller, PageRequest, Platform], Json]

ROOM_BYTES = 1_500_000
"""Once a page has so much no other piece begins; a piece itself has up to three megabytes, but for
the version of a large graph, which stands alone."""
MOST_PIECES = 50
MAX_ANSWER_BYTES = 4_500_000


def export(caller: Caller, cursor: str | None = None, *, platform: Platform) -> Json:
    """{"items": [{"type", "data"}], "next_cursor"}. A page may be empty and have a next one.

    Raises InvalidCursor; PermissionDenied for an API key, whose scopes this would go around."""
    if caller.key_id:
        raise PermissionDenied("An API key cannot export an account; sign in.")
    page = _Page()
    place: _Position | None = _opened(caller, cursor, platform)
    while place is not None and page.has_room:
        piece = SECTIONS[place.section](caller, place.at, platform)
        if not page.takes(piece):
            break
        place = _after(place.section, piece)
    return {"items": page.items, "next_cursor": _sealed(caller, place, platform)}


@dataclass(frozen=True, slots=True)
class _Position:
    section: str
    at: Place = None


@dataclass(slots=True)
class _Page:
    items: list[Json] = field(default_factory=list)
    pieces: int = 0
    bytes: int = 0

    @property
    def has_room(self) -> bool:
        return self.bytes < ROOM_BYTES and self.pieces < MOST_PIECES

    def takes(self, piece: Piece) -> bool:
        """Whether the piece is in it now."""
        size = len(encode(piece.items).encode())
        if self.items and self.bytes + size > MAX_ANSWER_BYTES:
            return False
        self.items += piece.items
        self.pieces += 1
        self.bytes += size
        return True


def _after(section: str, piece: Piece) -> _Position | None:
    if piece.next is not None:
        return _Position(section, piece.next)
    names = [*SECTIONS, None]
    following = names[names.index(section) + 1]
    return None if following is None else _Position(following)


def _binding(caller: Caller) -> str:
    return f"export {caller.user_id}"


def _opened(caller: Caller, cursor: str | None, platform: Platform) -> _Position:
    if cursor is None:
        return _Position(next(iter(SECTIONS)))
    found = open_cursor(cursor, _binding(caller), cursor_key(platform))
    return _Position(found["section"], json.loads(found["at"]))


def _sealed(caller: Caller, position: _Position | None, platform: Platform) -> str | None:
    if position is None:
        return None
    told = {"section": position.section, "at": json.dumps(position.at)}
    return seal_cursor(told, _binding(caller), cursor_key(platform))


def _profile(caller: Caller, _: Place, platform: Platform) -> Piece:
    user = stored.get(caller.user_id, platform)
    data = {**users.view(user), "preferences": user.preferences}
    return Piece([{"type": "profile", "data": data}])


def _listed(kind: str, listing: Listing) -> export_walks.Walk:
    """A section that is one of the API's own lists."""

    def walk(caller: Caller, at: Place, platform: Platform) -> Piece:
        page = PageRequest(MAX_LIMIT, at["cursor"] if at else None)
        found = listing(caller, page, platform)
        cursor = found["next_cursor"]
        items = [{"type": kind, "data": one} for one in found["items"]]
        return Piece(items, {"cursor": cursor} if cursor else None)

    return walk


SECTIONS: Mapping[str, export_walks.Walk] = {
    "profile": _profile,
    "sessions": _listed(
        "session", lambda who, page, platform: sessions.listing(who, page=page, platform=platform)
    ),
    "api_keys": _listed(
        "api_key",
        lambda who, page, platform: api_keys.listing(who.user_id, page=page, platform=platform),
    ),
    "credentials": _listed(
        "credential",
        lambda who, page, platform: credentials.listing(who.user_id, page=page, platform=platform),
    ),
    "graphs": export_walks.graphs,
    "deleted_graphs": export_walks.deleted_graphs,
    "executions": export_walks.executions,
    "audit": _listed(
        "audit_entry",
        lambda who, page, platform: audit.listing(who.user_id, page=page, platform=platform),
    ),
}
