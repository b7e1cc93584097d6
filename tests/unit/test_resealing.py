"""Secrets sealed anew: all of them, each once, none lost on the way."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strata import keeping_keys, resealing
from strata.memory import Memory
from strata.model.errors import InvalidRequest, Unavailable
from strata.model.user import User
from strata.opened_keys import OpenedKeys
from strata.paging import cursor_key
from strata.platform import Platform
from strata.store import credentials, keys, providers, users
from strata.store.credentials import Credential
from strata.store.providers import Configured
from strata.store.sealing import open_sealed, seal
from tests.held_clock import HeldClock
from tests.watched_table import watched

AT = "2026-03-01T12:00:00.000Z"


def new_user(number: int, platform: Platform) -> str:
    user_id = f"usr_{number:026}"
    users.add(User(user_id, f"{number}@example.com", "Ada", "$argon2id$", AT), platform)
    return user_id


def new_credential(user_id: str, number: int, platform: Platform, **fields: Any) -> Credential:
    made = Credential(
        id=f"crd_{number:026}",
        user_id=user_id,
        kind="header",
        name="A",
        provider="github",
        allowed_hosts=[],
        placement=None,
        masked="****",
        sealed="",
        created_at=AT,
        updated_at=AT,
        **fields,
    )
    made = replace(made, sealed=seal(secret_of(made), made.context, platform))
    platform.table.write(credentials.put(made))
    return made


def secret_of(credential: Credential) -> bytes:
    return json.dumps({"X-Key": credential.id}).encode()


@pytest.fixture
def made(held: Platform) -> list[Credential]:
    """Of three users: two, none and one."""
    first, _, third = (new_user(number, held) for number in (1, 2, 3))
    return [
        new_credential(user, number, held) for user, number in ((first, 1), (first, 2), (third, 3))
    ]


def now(credential: Credential, platform: Platform) -> Credential:
    found = credentials.by_id(credential.user_id, credential.id, platform)
    assert found is not None
    return found


def opened(credential: Credential, platform: Platform) -> bytes:
    """By a process that remembers nothing."""
    new = replace(platform, opened_keys=OpenedKeys())
    return open_sealed(credential.sealed, credential.context, new)


def reseal(platform: Platform, cursor: str = "", **given: Any) -> dict[str, Any]:
    return resealing.reseal(cursor, platform=platform, **given)


def told(resealed: int = 0, skipped: int = 0, failed: int = 0, cursor: str = "") -> Any:
    return {"resealed": resealed, "skipped": skipped, "failed": failed, "cursor": cursor}


def test_where_there_is_nothing_there_is_nothing_to_do(held: Platform) -> None:
    assert reseal(held) == told()


def test_every_credential_opens_as_before_under_another_key_and_version(
    held: Platform, made: list[Credential]
) -> None:
    assert reseal(held) == told(resealed=3)
    for before in made:
        after = now(before, held)
        assert opened(after, held) == secret_of(before)
        assert (after.version, after.revision) == (before.version + 1, before.revision)
        assert after.sealed != before.sealed
        assert replace(after, sealed="", version=0) == replace(before, sealed="", version=0)


def test_after_a_rotation_the_old_wrapping_key_opens_nothing_that_is_in_use(
    held: Platform, made: list[Credential]
) -> None:
    keeping_keys.rotate_wrapping_key(platform=held)
    cursor_key(held)
    reseal(held)
    first_form = b"\1"
    for one in made:
        assert wrapped(now(one, held).sealed)[:1] != first_form


def wrapped(sealed: str) -> bytes:
    return base64.b64decode(sealed)[3:]


def test_the_key_of_cursors_is_the_same_afterwards(held: Platform) -> None:
    before, key = cursor_key(held), keys.secret("cursor")
    sealed = held.table.get(key)
    assert reseal(held) == told(resealed=1)
    assert held.table.get(key) != sealed
    assert cursor_key(replace(held, memory=Memory(), opened_keys=OpenedKeys())) == before


def test_the_secrets_of_providers_are_resealed_and_public_clients_have_none(
    held: Platform,
) -> None:
    for name, secret in (("one", b"client secret"), ("two", b"")):
        configured = Configured(name, "client", "", None, AT, AT)
        sealed = seal(secret, configured.context, held) if secret else ""
        providers.save(replace(configured, sealed=sealed), None, held)
    assert reseal(held) == told(resealed=1)
    after = providers.by_id("one", held)
    assert after is not None
    assert after.revision == 2
    assert open_sealed(after.sealed, after.context, held) == b"client secret"


class TestBounds:
    def test_a_run_that_is_out_of_time_says_where_the_next_goes_on(
        self, held: Platform, made: list[Credential]
    ) -> None:
        runs = [reseal(held, goes_on=lambda: False)]
        while runs[-1]["cursor"]:
            runs.append(reseal(held, runs[-1]["cursor"], goes_on=lambda: False))
        assert [run["resealed"] for run in runs] == [1, 1, 1]
        assert [run["cursor"] for run in runs[:-1]] == [f"{c.user_id}/{c.id}" for c in made[1:]]
        assert {now(one, held).version for one in made} == {2}

    def test_what_comes_after_the_page_is_done_too(self, held: Platform) -> None:
        user = new_user(1, held)
        small, table = watched(held)
        for number in range(5):
            new_credential(user, number, held)

        class Paged:
            def __getattr__(self, name: str) -> Any:
                return getattr(table, name)

            def query(self, query: Any) -> Any:
                return table.query(replace(query, limit=2))

        assert reseal(replace(small, table=Paged())) == told(resealed=5)

    @pytest.mark.parametrize("cursor", ["x", "usr_1", "usr_1/", "usr_1/x", "/crd_1", "a/b/c"])
    def test_a_cursor_that_no_run_has_told_is_refused(self, held: Platform, cursor: str) -> None:
        with pytest.raises(InvalidRequest):
            reseal(held, cursor)

    def test_where_the_user_of_the_cursor_has_gone_the_next_one_is_done(
        self, held: Platform, made: list[Credential]
    ) -> None:
        assert reseal(held, f"usr_{2:026}/crd_{9:026}") == told(resealed=1)


class TestMeanwhile:
    def reseal_with(self, platform: Platform, change: Callable[[], object]) -> dict[str, Any]:
        """The change happens after the secret was read and before it is written."""
        done: list[object] = []

        def step(operation: str, given: Any) -> None:
            if operation == "write" and not done:
                done.append(change())

        return reseal(watched(platform, before=step)[0])

    def test_a_secret_that_changes_stays_as_it_was_changed(
        self, held: Platform, made: list[Credential]
    ) -> None:
        one = made[0]
        later = replace(one, version=2)
        sealed = seal(b"{}", later.context, held)
        changes = {"sealed": sealed, "version": 2}
        done = self.reseal_with(held, lambda: credentials.change(one, changes, held))
        assert done == told(resealed=2, skipped=1)
        assert opened(now(one, held), held) == b"{}"

    def test_one_that_is_deleted_stays_deleted(
        self, held: Platform, made: list[Credential]
    ) -> None:
        one = made[0]
        done = self.reseal_with(held, lambda: credentials.remove(one.user_id, one.id, held))
        assert done == told(resealed=2, skipped=1)
        assert credentials.by_id(one.user_id, one.id, held) is None

    def test_one_whose_tokens_are_just_being_renewed_is_left_to_who_does(
        self, held: Platform, made: list[Credential], clock: HeldClock
    ) -> None:
        one, start = made[0], int(clock.now().timestamp())
        credentials.take_lease(one, "holder", start, start + 30, held)
        assert reseal(held) == told(resealed=2, skipped=1)
        clock.sleep(31)
        assert reseal(held) == told(resealed=3)

    def test_one_whose_tokens_begin_to_be_renewed_too(
        self, held: Platform, made: list[Credential], clock: HeldClock
    ) -> None:
        one, start = made[0], int(clock.now().timestamp())
        done = self.reseal_with(
            held, lambda: credentials.take_lease(one, "holder", start, start + 30, held)
        )
        assert done == told(resealed=2, skipped=1)
        renewed = {"sealed": "new", "version": 2}
        assert credentials.renew(one, renewed, held)[0]

    def test_what_else_its_user_changes_stays_changed(
        self, held: Platform, made: list[Credential]
    ) -> None:
        done = self.reseal_with(held, lambda: credentials.change(made[0], {"name": "B"}, held))
        assert done == told(resealed=3)
        assert now(made[0], held).name == "B"


class TestFailures:
    def test_one_that_nothing_opens_is_counted_and_left_and_logged_by_its_id(
        self, held: Platform, made: list[Credential], told_lines: Any
    ) -> None:
        one = made[0]
        spoilt = credentials.change(one, {"sealed": made[1].sealed, "version": 1}, held)
        assert reseal(held) == told(resealed=2, failed=1)
        assert now(one, held) == spoilt
        assert f"{one.user_id}/{one.id}" in told_lines.getvalue()

    def test_a_vault_that_is_down_from_the_start_is_unavailable(
        self, held: Platform, made: list[Credential]
    ) -> None:
        with pytest.raises(Unavailable):
            reseal(replace(held, vault=Weary(held.vault, 0)))

    def test_one_that_goes_down_on_the_way_leaves_a_cursor_and_all_as_it_was(
        self, held: Platform, made: list[Credential]
    ) -> None:
        done = reseal(replace(held, vault=Weary(held.vault, 1)))
        assert done == told(resealed=1, cursor=f"{made[1].user_id}/{made[1].id}")
        assert now(made[1], held) == made[1]
        assert reseal(held, done["cursor"]) == told(resealed=2)


class Weary:
    """Makes so many data keys, and no more."""

    def __init__(self, vault: Any, left: int) -> None:
        self._vault, self._left = vault, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)

    def new_data_key(self, context: Any) -> Any:
        if not self._left:
            raise Unavailable
        self._left -= 1
        return self._vault.new_data_key(context)


@pytest.fixture
def told_lines(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("told")
