"""What is sealed opens for its context, unchanged and whole, or not at all."""

import base64

import pytest

from strata.platform import Platform
from strata.ports import InvalidCiphertext
from strata.store.sealing import open_sealed, seal

CONTEXT = {"purpose": "test", "owner": "usr_1"}
SECRET = b"hunter2-hunter2"


@pytest.fixture
def sealed(held: Platform) -> str:
    return seal(SECRET, CONTEXT, held)


def assert_shut(sealed: str, platform: Platform, context: dict[str, str] = CONTEXT) -> None:
    with pytest.raises(InvalidCiphertext):
        open_sealed(sealed, context, platform)


def test_it_opens_for_its_context(held: Platform, sealed: str) -> None:
    assert open_sealed(sealed, CONTEXT, held) == SECRET


def test_the_order_of_the_context_s_names_makes_no_difference(held: Platform, sealed: str) -> None:
    assert open_sealed(sealed, dict(reversed(CONTEXT.items())), held) == SECRET


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"purpose": "test"},
        {**CONTEXT, "owner": "usr_2"},
        {**CONTEXT, "more": "1"},
        {"purpose": "usr_1", "owner": "test"},
    ],
)
def test_it_opens_for_no_other(held: Platform, sealed: str, context: dict[str, str]) -> None:
    assert_shut(sealed, held, context)


def test_it_holds_no_plaintext(sealed: str) -> None:
    assert SECRET not in base64.b64decode(sealed)


def test_the_same_is_sealed_otherwise_each_time(held: Platform, sealed: str) -> None:
    assert seal(SECRET, CONTEXT, held) != sealed


def test_with_any_byte_changed_it_stays_shut(held: Platform, sealed: str) -> None:
    data = base64.b64decode(sealed)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        assert_shut(base64.b64encode(changed).decode(), held)


def test_cut_short_it_stays_shut(held: Platform, sealed: str) -> None:
    data = base64.b64decode(sealed)
    for length in range(len(data)):
        assert_shut(base64.b64encode(data[:length]).decode(), held)


def test_with_more_behind_it_it_stays_shut(held: Platform, sealed: str) -> None:
    assert_shut(base64.b64encode(base64.b64decode(sealed) + b"x").decode(), held)


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", "AQAA", "not base64!", "AQD/" + "A" * 40])
def test_what_was_never_sealed_stays_shut(held: Platform, text: str) -> None:
    assert_shut(text, held)


def test_the_key_of_one_opens_no_other(held: Platform, sealed: str) -> None:
    one, other = (base64.b64decode(text) for text in (sealed, seal(b"other", CONTEXT, held)))
    length = 3 + int.from_bytes(one[1:3], "big")
    assert_shut(base64.b64encode(one[:length] + other[length:]).decode(), held)
