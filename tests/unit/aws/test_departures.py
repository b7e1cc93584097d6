"""Users on DynamoDB and S3: of those who go at once one admin remains, and who leaves leaves
nothing."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest

from strata import departures, users
from strata.model.errors import LastAdmin, StrataError
from strata.model.origin import NOWHERE
from strata.model.user import Caller
from strata.observability import direct
from strata.platform import Platform
from strata.store import users as stored
from tests.account import BUCKET, CLIENTS, TABLE
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.held_platform import add_user, held_platform
from tests.inhabitants import settled

ADMIN = Caller("usr_" + "9" * 26, frozenset())


@pytest.fixture
def platform(aws: Platform, tmp_path: Path) -> Iterator[Platform]:
    """Machines that stand still, on AWS' table and bucket."""
    direct(StringIO())
    held = held_platform(tmp_path, aws.clock)
    yield replace(held, table=aws.table, blobs=aws.blobs)
    direct(None)


def rows() -> list[str]:
    pages = CLIENTS.get("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    items: list[dict[str, Any]] = [item for page in pages for item in page["Items"]]
    return [str(item) for item in items if "#AUDIT" not in item["pk"]["S"]]


def objects() -> list[str]:
    found = CLIENTS.get("s3").list_objects_v2(Bucket=BUCKET)
    return [one["Key"] for one in found.get("Contents", [])]


def test_who_leaves_leaves_nothing(platform: Platform) -> None:
    ada = settled(platform)
    assert len([row for row in rows() if ada.user_id in row]) > 50
    assert objects()
    departures.remove(ada.user_id, ADMIN, NOWHERE, platform=platform)
    cast("HeldClock", platform.clock).sleep(1_200)
    assert departures.sweep(120, platform=platform) == {"leaving": 0, "departed": 1}
    assert [row for row in rows() if ada.user_id in row or ada.email in row] == []
    assert objects() == []


def test_of_five_admins_who_go_at_once_one_remains(platform: Platform) -> None:
    ids = [f"usr_{number:026}" for number in range(5)]
    for one in ids:
        add_user(platform, one)
        users.set_role(f"{one}@example.com", "admin", platform=platform)

    def go(number: int) -> str:
        while True:
            user = stored.by_id(ids[number], platform)
            assert user is not None
            try:
                return stored.change_standing(user, "member", "active", platform).role
            except LastAdmin as error:
                return error.code
            except StrataError:
                continue

    assert sorted(at_once(5, go)) == ["last_admin", "member", "member", "member", "member"]
