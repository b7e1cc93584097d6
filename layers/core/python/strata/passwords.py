"""Passwords: which are taken, and how they are kept.

Kept is Argon2id (RFC 9106) in PHC form, which tells its own parameters: a hash that was made with
less than today's is made anew at the next sign-in. Refused are those that a guesser would try in a
million guesses, and those that are the user's own address or name.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strata.clock import Clock
from strata.guessing import is_guessed
from strata.model.errors import Detail

MIN_PASSWORD, MAX_PASSWORD = 15, 128
GUESSES = 1_000_000
"""A password that is found in fewer is refused."""
FEW = 6
"""With up to so many characters added, an address is still the address."""


class Cost(NamedTuple):
    memory_kib: int
    passes: int
    lanes: int


# OWASP's least: 19 MiB of memory, 2 passes, 1 lane.
COST = Cost(19 * 1024, 2, 1)
_SALT, _LENGTH = 16, 32
_PARAMETERS = re.compile(r"\$argon2id\$v=19\$m=([0-9]+),t=([0-9]+),p=([0-9]+)\$.*")

NOBODY = (
    f"$argon2id$v=19$m={COST.memory_kib},t={COST.passes},p={COST.lanes}$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""The hash of nothing that anyone could type, so that an unknown address costs the same time."""


def hashed(password: str, clock: Clock, cost: Cost = COST) -> str:
    """In PHC form, with a salt of its own."""
    function = Argon2id(
        salt=clock.random_bytes(_SALT),
        length=_LENGTH,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return function.derive_phc_encoded(_bytes(password))


def matches(password: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(_bytes(password), phc)
    except InvalidKey:
        return False
    return True


def are_same(one: str, other: str) -> bool:
    """However they are composed."""
    return _normal(one) == _normal(other)


def grown(phc: str) -> Cost | None:
    """With what the hash is to be made anew: all that it has, and today's where that is more; None
    where it has all of it already."""
    found = _PARAMETERS.fullmatch(phc)
    if found is None:
        return COST
    had = Cost(*map(int, found.groups()))
    wanted = Cost(*map(max, had, COST))
    return None if wanted == had else wanted


def problems(password: str, address: str, name: str, pointer: str) -> list[Detail]:
    """Why the user of that address and name cannot have it; `pointer` says where it stood."""
    return [Detail(pointer, code, sentence) for code, sentence in _faults(password, address, name)]


def _faults(password: str, address: str, name: str) -> Iterator[tuple[str, str]]:
    """One at the most: a further one would say nothing new."""
    normal = _normal(password)
    # One character may stand for eighteen: as many must have been typed, too.
    if min(len(password), len(normal)) < MIN_PASSWORD or len(normal) > MAX_PASSWORD:
        yield "password_length", "A password has 15 to 128 characters."
    elif any(unicodedata.category(one) in ("Cc", "Cs") for one in normal):
        yield "password_characters", "A password has no control characters."
    elif any(_is_nearly(normal, one) for one in (address, address.partition("@")[0])):
        yield "password_is_email", "A password is not the address."
    elif _is_nearly(normal, name):
        yield "password_is_name", "A password is not the name."
    elif _is_guessable(normal, address, name):
        yield "password_common", "This password is easily guessed; four words of your own are not."


def _is_nearly(password: str, own: str) -> bool:
    """Whether its letters are those, once or again and again, and little else was added."""
    word, letters = _letters(own), _letters(password)
    added = len(password) - len(letters) - (len(own) - len(word))
    return bool(word) and word * (len(letters) // len(word)) == letters and added <= FEW


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, _normal(text).casefold()))


def _is_guessable(password: str, address: str, name: str) -> bool:
    own = [address, name, *re.split(r"[^\w]+", address), *name.split()]
    return is_guessed(password, own, GUESSES)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    # Half of a surrogate pair is no text, but may be tried.
    return _normal(password).encode("utf-8", "surrogatepass")
