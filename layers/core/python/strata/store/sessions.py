"""Sessions: one item each, found by user and session."""

from dataclasses import asdict, dataclass

from strata.platform import Platform
from strata.ports import ABSENT, Item, Put
from strata.store import keys


@dataclass(frozen=True, slots=True)
class Session:
    """`expires` in epoch seconds; `source` and `user_agent` are of the sign-in."""

    id: str
    user_id: str
    epoch: int
    created_at: str
    source: str
    user_agent: str
    expires: int


def add(session: Session, platform: Platform) -> None:
    key = keys.session(session.user_id, session.id)
    platform.table.write(Put({"pk": key.pk, "sk": key.sk, **asdict(session)}, ABSENT))


def of(item: Item) -> Session:
    return Session(**{name: item[name] for name in Session.__slots__})
