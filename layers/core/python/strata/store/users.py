"""Users, and the e-mail addresses that name them once."""

from dataclasses import asdict

from strata.model.errors import EmailTaken
from strata.model.user import User
from strata.platform import Platform
from strata.ports import ABSENT, ConditionFailed, Item, Put
from strata.store import keys


def add(user: User, platform: Platform) -> None:
    """Raises EmailTaken, also when two register the same address at the same time."""
    address, key = keys.email(user.email), keys.user(user.id)
    claim = Put({"pk": address.pk, "sk": address.sk, "user_id": user.id}, ABSENT)
    record = Put({"pk": key.pk, "sk": key.sk, **asdict(user)}, ABSENT)
    try:
        platform.table.write_all([claim, record])
    except ConditionFailed:
        raise EmailTaken from None


def by_id(user_id: str, platform: Platform) -> User | None:
    item = platform.table.get(keys.user(user_id))
    return of(item) if item else None


def of(item: Item) -> User:
    """An item of an earlier release lacks what users have been given since."""
    return User(**{name: item[name] for name in User.__slots__ if name in item})


def by_email(address: str, platform: Platform) -> User | None:
    claim = platform.table.get(keys.email(address))
    return by_id(claim["user_id"], platform) if claim else None
