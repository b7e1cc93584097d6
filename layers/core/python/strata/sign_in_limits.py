"""Limits of what strangers may try: passwords, registrations, letters.

An attempt takes its place before the password is looked at, so that fifty at once try no more than
ten one after the other. Whether an account exists makes no difference: places are counted by the
hash of the address. What the source of a request is, only the gateway says.

An account has ten places in a quarter of an hour. A right password frees them all; while none is
free, the right one is refused too. A source has fifty in an hour (an office may share one), and
gets one more at a time after that, each later than the one before. A right password gives its own
place back alone, lest somebody with an account of their own may try those of others without end.

Who is signed in and confirms it by the password has ten places apart from those, by user and
wherever they are: no stranger can take them away, or lock anybody out by them.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from strata.model.errors import TooManyAttempts, TooManyRequests
from strata.model.rate import Quota
from strata.model.user import User
from strata.platform import Platform
from strata.ports import Key
from strata.store import keys, windows
from strata.store.windows import Window

ATTEMPTS_ON_ACCOUNT, ACCOUNT_SECONDS = 10, 15 * 60
ATTEMPTS_OF_SOURCE = 50
HOUR_SECONDS = 3600
LONGEST_DELAY_SECONDS = 30
LETTERS_TO_ADDRESS = 5
NETWORK_BITS = 64
"""Of an IPv6 address: what a provider gives to one customer."""

_UNDER_WAY_SECONDS = 5
_WAITS = (0.05, 0.1, 0.2, 0.4, *[0.8] * 12)
"""Places may be held by attempts that are not over: many who sign in at once, and all know the
password, are not refused but wait."""


@dataclass(frozen=True, slots=True)
class Place:
    key: Key
    window: Window


@dataclass(frozen=True, slots=True)
class Attempt:
    """Of somebody to prove who they are; `source` is None where no request brought it."""

    account: Place
    source: Place | None

    @property
    def is_last(self) -> bool:
        """Whether the account is locked if this one fails too."""
        return self.account.window.taken >= ATTEMPTS_ON_ACCOUNT


def begin(address: str, source: str, *, platform: Platform) -> Attempt:
    """A place for one attempt, before it is made. Raises TooManyAttempts."""
    by_source = _place_of_source(source, platform) if source else None
    try:
        return Attempt(_place_on(keys.sign_ins(_named(address)), platform), by_source)
    except TooManyAttempts:
        # No password was tried: whoever knocks at a locked account learns nothing by it.
        _give_back(by_source, platform)
        raise


def begin_confirmation(user_id: str, *, platform: Platform) -> Attempt:
    """The same for somebody who is signed in. Raises TooManyAttempts."""
    return Attempt(_place_on(keys.confirmations(user_id), platform), None)


def wrong(attempt: Attempt, *, platform: Platform) -> None:
    """It has failed."""
    _failed(attempt.account, platform)
    _failed(attempt.source, platform)


def right(attempt: Attempt, *, platform: Platform) -> None:
    """It has succeeded."""
    windows.clear(attempt.account.key, platform)
    _give_back(attempt.source, platform)


def unlock(user: User, *, platform: Platform) -> None:
    """Whoever has the mailbox may try again at once."""
    windows.clear(keys.sign_ins(_named(user.email)), platform)
    windows.clear(keys.confirmations(user.id), platform)


def count_sign_up(source: str, *, platform: Platform) -> None:
    """Raises TooManyRequests."""
    if source:
        _count(keys.sign_ups(network_of(source)), platform.settings.sign_up_limit, platform)


def count_letter(address: str, purpose: str, source: str, *, platform: Platform) -> None:
    """A letter that somebody asks for, sent or not. Each purpose counts by itself, lest strangers,
    who may ask for one kind, use up the other. Raises TooManyRequests."""
    if source:
        _count(keys.letters(network_of(source)), platform.settings.sign_up_limit, platform)
    _count(keys.letters(_named(f"{purpose} {address}")), LETTERS_TO_ADDRESS, platform)


def network_of(source: str) -> str:
    """The address itself of IPv4, the network of IPv6; however they are written."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), NETWORK_BITS), strict=False))


def _named(address: str) -> str:
    """An address of which nobody knows whether it is one: of any length, with anything in it."""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def _place_on(key: Key, platform: Platform) -> Place:
    """Of an account."""
    window, has_place = _take(key, ATTEMPTS_ON_ACCOUNT, ACCOUNT_SECONDS, platform)
    if not has_place:
        raise TooManyAttempts(
            quota=_used_up(ATTEMPTS_ON_ACCOUNT, ACCOUNT_SECONDS, window.until, platform)
        )
    return Place(key, window)


def _place_of_source(source: str, platform: Platform) -> Place:
    key = keys.sign_ins(network_of(source))
    window, has_place = _take(key, ATTEMPTS_OF_SOURCE, HOUR_SECONDS, platform)
    if not has_place:
        allowed_at = window.last + _delay_seconds(window.taken) * 1000
        is_early = windows.milliseconds(platform) < allowed_at
        if is_early or not windows.take_beyond(key, window, platform):
            raise TooManyAttempts(
                quota=_used_up(ATTEMPTS_OF_SOURCE, HOUR_SECONDS, allowed_at, platform)
            )
    return Place(key, window)


def _delay_seconds(taken: int) -> int:
    """What the next attempt has to wait after so many."""
    doublings = min(taken - ATTEMPTS_OF_SOURCE, LONGEST_DELAY_SECONDS.bit_length())
    return min(1 << doublings, LONGEST_DELAY_SECONDS)


def _take(key: Key, most: int, seconds: int, platform: Platform) -> tuple[Window, bool]:
    for wait in _WAITS:
        window, has_place = windows.take(key, most, seconds, platform)
        if has_place or not _some_are_under_way(window, platform):
            return window, has_place
        platform.clock.sleep(wait)
    return windows.take(key, most, seconds, platform)


def _some_are_under_way(window: Window, platform: Platform) -> bool:
    """A process that died in the middle of its attempt is waited for no longer than that."""
    is_recent = windows.milliseconds(platform) - window.last < _UNDER_WAY_SECONDS * 1000
    return is_recent and window.taken > window.failed


def _failed(place: Place | None, platform: Platform) -> None:
    if place:
        windows.fail(place.key, place.window, platform)


def _give_back(place: Place | None, platform: Platform) -> None:
    if place:
        windows.give_back(place.key, place.window, platform)


def _count(key: Key, most: int, platform: Platform) -> None:
    window, has_place = windows.take(key, most, HOUR_SECONDS, platform)
    if not has_place:
        raise TooManyRequests(quota=_used_up(most, HOUR_SECONDS, window.until, platform))


def _used_up(most: int, seconds: int, until: int, platform: Platform) -> Quota:
    return Quota(seconds, most, remaining=0, reset=_seconds_until(until, platform))


def _seconds_until(moment: int, platform: Platform) -> int:
    """Whole ones, and so many that it is over then."""
    return max(1, -(-(moment - windows.milliseconds(platform)) // 1000))
