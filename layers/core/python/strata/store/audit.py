"""The audit log: one item for each act, under the user whose log it stands in.

Nothing here changes or deletes an entry. The table ends each one by itself when its time is over.
"""

from dataclasses import asdict, dataclass

from strata.clock import first_id
from strata.platform import Platform
from strata.ports import ABSENT, Condition, Item, Put, Query
from strata.store import keys


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor` is the id of a user, or `system`; `by` the session or API key that they came with.

    `resource` are the ids of what it was about, with `/` between them; `result` is `ok` or the
    code of the error that it was answered with."""

    id: str
    at: str
    actor: str
    by: str
    action: str
    resource: str
    result: str
    source: str
    user_agent: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, which is no part of it, in epoch milliseconds; None for no end."""

    since: int | None = None
    until: int | None = None


def append(user_id: str, entry: Entry, expires: int, platform: Platform) -> None:
    """`expires` in epoch seconds."""
    key = keys.audit(user_id, entry.id)
    item = {"pk": key.pk, "sk": key.sk, **asdict(entry), "expires": expires}
    platform.table.write(Put(item, ABSENT))


def of(item: Item) -> Entry:
    return Entry(**{name: item[name] for name in Entry.__slots__})


def all_of(user_id: str, action: str | None = None, span: Span | None = None) -> Query:
    """Newest first."""
    span = span or Span()
    return Query(
        keys.audit(user_id, "").pk,
        first=None if span.since is None else first_id("aud", span.since),
        last=None if span.until is None else first_id("aud", span.until),
        descending=True,
        filters=(Condition("action", "=", action),) if action else (),
    )
