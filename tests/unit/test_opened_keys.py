"""Opened data keys: asked for once, kept for a while, and overwritten when they go."""

import threading

import pytest

from strata.model.errors import Unavailable
from strata.opened_keys import CAPACITY, SECONDS, Name, OpenedKeys
from tests.at_once import at_once
from tests.held_clock import HeldClock

NAME = Name(b"wrapped", b"context")
KEY = bytes(range(32))


class Vault:
    """Counts, and keeps the buffers that the keys lie in."""

    def __init__(self) -> None:
        self.asked = 0
        self.buffers: list[bytearray] = []

    def unwrap(self) -> bytes:
        self.asked += 1
        return KEY

    def look(self, key: bytearray) -> bytes:
        self.buffers.append(key)
        return bytes(key)


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def keys() -> OpenedKeys:
    return OpenedKeys()


def use(keys: OpenedKeys, vault: Vault, clock: HeldClock, name: Name = NAME) -> bytes:
    return keys.use(name, vault.unwrap, vault.look, clock)


def test_a_key_is_opened_once(keys: OpenedKeys, vault: Vault, clock: HeldClock) -> None:
    assert [use(keys, vault, clock) for _ in range(3)] == [KEY] * 3
    assert vault.asked == 1


def test_in_another_context_it_is_another_key(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    use(keys, vault, clock)
    use(keys, vault, clock, Name(NAME.wrapped, b"other"))
    assert vault.asked == 2


def test_it_is_kept_for_five_minutes_however_often_it_is_used(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    use(keys, vault, clock)
    for _ in range(5):
        clock.sleep(SECONDS / 5 - 0.1)
        use(keys, vault, clock)
    assert vault.asked == 1
    clock.sleep(0.5)
    use(keys, vault, clock)
    assert (SECONDS, vault.asked) == (300, 2)


def test_it_is_overwritten_when_its_time_is_over(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    use(keys, vault, clock)
    keys.drop_old(clock)
    assert vault.buffers[0] == KEY
    clock.sleep(SECONDS)
    keys.drop_old(clock)
    assert vault.buffers[0] == bytes(32)
    assert len(keys) == 0


def test_it_is_overwritten_when_it_is_forgotten_in_whatever_context(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    use(keys, vault, clock)
    use(keys, vault, clock, Name(NAME.wrapped, b"other"))
    use(keys, vault, clock, Name(b"another key", b"context"))
    keys.forget(NAME.wrapped)
    assert vault.buffers == [bytes(32), bytes(32), KEY]
    assert len(keys) == 1


def test_of_many_those_that_were_used_last_stay(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    names = [Name(str(number).encode(), b"") for number in range(CAPACITY)]
    for name in names:
        use(keys, vault, clock, name)
    use(keys, vault, clock, names[0])
    use(keys, vault, clock, NAME)
    assert (len(keys), vault.asked) == (CAPACITY, CAPACITY + 1)
    assert vault.buffers[:2] == [KEY, bytes(32)]


def test_those_who_want_it_at_once_ask_the_vault_once(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    assert at_once(16, lambda _: use(keys, vault, clock)) == [KEY] * 16
    assert vault.asked == 1


def waiting_for(keys: OpenedKeys, clock: HeldClock, open_it: threading.Event) -> threading.Thread:
    """A thread that is in the midst of opening the key."""
    begun = threading.Event()

    def unwrap() -> bytes:
        begun.set()
        assert open_it.wait(30)
        return KEY

    thread = threading.Thread(target=lambda: keys.use(NAME, unwrap, bytes, clock))
    thread.start()
    assert begun.wait(30)
    return thread


def test_one_that_is_forgotten_while_it_is_opened_is_not_kept(
    keys: OpenedKeys, clock: HeldClock
) -> None:
    open_it = threading.Event()
    thread = waiting_for(keys, clock, open_it)
    keys.forget(NAME.wrapped)
    open_it.set()
    thread.join()
    assert len(keys) == 0


def test_one_vault_that_is_down_is_told_to_all_and_the_next_asks_again(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    asked = []

    def down() -> bytes:
        asked.append(1)
        raise Unavailable

    def refused(_: int) -> None:
        with pytest.raises(Unavailable):
            keys.use(NAME, down, bytes, clock)

    at_once(8, refused)
    assert len(asked) <= 8
    assert use(keys, vault, clock) == KEY


def test_where_the_thread_that_opens_it_is_ended_another_one_does(
    keys: OpenedKeys, vault: Vault, clock: HeldClock
) -> None:
    def ended() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keys.use(NAME, ended, bytes, clock)
    assert use(keys, vault, clock) == KEY


def test_what_work_cannot_use_is_not_kept(keys: OpenedKeys, clock: HeldClock) -> None:
    def wrong(_: bytearray) -> None:
        raise ValueError("32 bytes")

    with pytest.raises(ValueError, match="32 bytes"):
        keys.use(NAME, lambda: b"short", wrong, clock)
    assert len(keys) == 0
