"""The ring of signing keys as its processes see it: what signs, what is believed, for how long."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from strata import keeping_keys, signing_keys, tokens
from strata.memory import Memory
from strata.model.errors import InvalidToken, Unavailable
from strata.model.user import User
from strata.platform import Platform
from strata.ports import Put
from strata.store import keys
from tests.held_clock import HeldClock
from tests.held_platform import USER
from tests.watched_table import WatchedTable, watched

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
Hold = Callable[..., Platform]


@pytest.fixture
def other(held: Platform) -> Platform:
    """Another process on the same store."""
    return replace(held, memory=Memory())


def issued(platform: Platform) -> str:
    return tokens.issue(ADA, "ses_00000000000000000000000001", platform=platform)


def believed(token: str, platform: Platform) -> bool:
    try:
        tokens.verify(token, platform=platform)
    except InvalidToken:
        return False
    return True


def rotated(platform: Platform) -> str:
    """The kid of the new key, which does not sign yet."""
    told = keeping_keys.rotate_signing_key(platform=platform)
    assert told["rotated"]
    return str(told["kid"])


def published(platform: Platform) -> set[str]:
    return {key["kid"] for key in tokens.jwks(platform=platform)["keys"]}


def signer(platform: Platform) -> str:
    return signing_keys.current(platform=platform).kid


def test_without_a_ring_the_first_key_signs_and_is_all_there_is(held: Platform) -> None:
    assert signing_keys.current(platform=held).name == held.vault.first_signing_key()
    assert published(held) == {signer(held)}
    assert held.table.get(keys.signing_ring()) is None


def test_a_new_key_is_published_before_it_signs(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    first = signer(other)
    new = rotated(held)
    assert signer(held) == first
    clock.sleep(signing_keys.SETTLE_SECONDS)
    assert signer(held) == signer(other) == new
    assert published(held) == published(other) == {first, new}


def test_tokens_of_both_keys_are_believed_by_all(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    old = issued(other)
    rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS)
    new = issued(held)
    assert all(believed(token, world) for token in (old, new) for world in (held, other))


def test_the_last_token_of_the_old_key_is_believed_to_its_end(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS - 0.5)
    last = issued(held)
    clock.sleep(tokens.LIFETIME_SECONDS - 1)
    assert believed(last, held)
    assert believed(last, other)


def test_after_an_hour_the_old_key_is_neither_believed_nor_published(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    first = signer(other)
    new = rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS + keeping_keys.KEEP_SECONDS - 1)
    assert signing_keys.named(first, platform=other).kid == first
    clock.sleep(1)
    for world in (held, other):
        assert published(world) == {new}
        with pytest.raises(InvalidToken):
            signing_keys.named(first, platform=world)


def test_a_process_that_read_the_ring_just_before_believes_the_first_token_of_the_new_key(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    signer(other)
    rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS)
    assert believed(issued(held), other)


@pytest.mark.parametrize("kid", ["", "AAAAAAAAAAAAAAAA", "../signing", None, 7, [], {"a": 1}])
def test_no_other_kid_is_known(held: Platform, kid: object) -> None:
    with pytest.raises(InvalidToken):
        signing_keys.named(kid, platform=held)


class Reads:
    """How often the ring was read."""

    def __init__(self, table: WatchedTable) -> None:
        self._table = table

    def __call__(self) -> int:
        return self._table.calls["get"]


@pytest.fixture
def reads(held: Platform) -> tuple[Platform, Reads]:
    platform, table = watched(held)
    return platform, Reads(table)


def test_for_a_key_that_it_knows_a_process_reads_the_ring_once_a_minute(
    reads: tuple[Platform, Reads], clock: HeldClock
) -> None:
    platform, count = reads
    kid = signer(platform)
    for _ in range(59):
        signing_keys.named(kid, platform=platform)
        clock.sleep(1)
    assert count() == 1
    clock.sleep(1)
    signing_keys.named(kid, platform=platform)
    assert count() == 2


def test_forged_kids_do_not_beat_the_table(reads: tuple[Platform, Reads], clock: HeldClock) -> None:
    platform, count = reads
    for number in range(100):
        with pytest.raises(InvalidToken):
            signing_keys.named(f"forged{number}", platform=platform)
        clock.sleep(0.1)
    assert count() == 10 / signing_keys.FRESH_SECONDS


def test_forged_kids_do_not_keep_a_good_one_out(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS - 1.5)
    with pytest.raises(InvalidToken):
        signing_keys.named("forged", platform=other)
    clock.sleep(1.5)
    assert believed(issued(held), other)


def test_a_key_is_asked_for_once(held: Platform) -> None:
    asked: list[str] = []
    vault = held.vault

    class Counted:
        first_signing_key = staticmethod(vault.first_signing_key)

        def public_key(self, name: str) -> bytes:
            asked.append(name)
            return vault.public_key(name)

    platform = replace(held, vault=Counted())  # type: ignore[arg-type]
    for _ in range(3):
        signer(platform)
        published(platform)
    assert len(asked) == 1


class TestUnavailable:
    @pytest.fixture
    def shut(self, held: Platform) -> Platform:
        def down(_: str, key: object) -> None:
            if key == keys.signing_ring():
                raise Unavailable

        return watched(held, before=down)[0]

    def test_a_ring_that_cannot_be_read_lets_nobody_in(
        self, held: Platform, shut: Platform
    ) -> None:
        token, unread = issued(held), replace(shut, memory=Memory())
        for act in (
            lambda: issued(unread),
            lambda: tokens.verify(token, platform=unread),
            lambda: tokens.jwks(platform=unread),
        ):
            with pytest.raises(Unavailable):
                act()

    def test_what_was_read_counts_for_a_minute_and_no_longer(
        self, held: Platform, shut: Platform, clock: HeldClock
    ) -> None:
        token = issued(held)
        clock.sleep(signing_keys.KNOWN_SECONDS - 1)
        assert believed(token, shut)
        clock.sleep(1)
        with pytest.raises(Unavailable):
            tokens.verify(token, platform=shut)

    def test_a_kid_that_is_unknown_then_is_not_called_forged(self, shut: Platform) -> None:
        with pytest.raises(Unavailable):
            signing_keys.named("unknown", platform=shut)


def test_a_ring_that_points_elsewhere_believes_nobody(
    held: Platform, other: Platform, clock: HeldClock
) -> None:
    """Who can write to the table makes no key believed that is not the vault's."""
    rotated(held)
    clock.sleep(signing_keys.SETTLE_SECONDS)
    token = issued(held)
    item = dict(held.table.get(keys.signing_ring()) or {})
    item["keys"] = [{**key, "name": "../../elsewhere"} for key in item["keys"]]
    held.table.write(Put(item))
    with pytest.raises(Unavailable):
        tokens.verify(token, platform=other)
