"""API keys of a user on a platform whose clock stands still."""

from dataclasses import replace
from typing import Any

from strata import api_keys
from strata.api_keys import NewApiKey
from strata.model.errors import InvalidApiKey, StrataError
from strata.model.user import Caller, Permission, User
from strata.platform import Platform
from strata.store import users
from tests.held_platform import USER

Json = dict[str, Any]

ADA = Caller(USER, frozenset(map(str, Permission)))
READER = NewApiKey("Reader", ["graph:read"])


def with_owner(platform: Platform) -> Platform:
    users.add(User(USER, "ada@example.com", "Ada", "", "2026-03-01T12:00:00.000Z"), platform)
    return platform


def made(world: Platform, **fields: Any) -> Json:
    return api_keys.create(ADA, replace(READER, **fields), platform=world)


def opens(key: str, world: Platform) -> bool:
    try:
        api_keys.authenticate(key, platform=world)
    except InvalidApiKey:
        return False
    return True


def faults(error: StrataError) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in error.errors]
