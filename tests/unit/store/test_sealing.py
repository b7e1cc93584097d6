"""What is sealed opens for its context, unchanged and whole, or not at all."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import DataKey, InvalidCiphertext, Vault
from strata.store.credentials import context as bound
from strata.store.sealing import forget, open_sealed, seal

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


def test_with_any_bit_changed_it_stays_shut(held: Platform, sealed: str) -> None:
    data = base64.b64decode(sealed)
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        assert_shut(base64.b64encode(changed).decode(), held)


@pytest.mark.parametrize("version", [0, 2, 3, 127, 255])
def test_a_form_of_another_version_stays_shut(held: Platform, sealed: str, version: int) -> None:
    data = bytes([version]) + base64.b64decode(sealed)[1:]
    assert_shut(base64.b64encode(data).decode(), held)


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


# One secret in each place; only that in its own place opens.
PLACES = [
    bound("crd_1", "usr_1", "github", 1),
    bound("crd_2", "usr_1", "github", 1),
    bound("crd_1", "usr_2", "github", 1),
    bound("crd_1", "usr_1", "gitlab", 1),
    bound("crd_1", "usr_1", "github", 2),
    {**bound("crd_1", "usr_1", "github", 1), "purpose": "cursor"},
]


@pytest.mark.parametrize("opened_before", [False, True], ids=["cold", "keys in memory"])
def test_swapped_between_rows_users_providers_or_versions_none_opens(
    held: Platform, opened_before: bool
) -> None:
    there = [(seal(SECRET, place, held), place) for place in PLACES]
    if opened_before:
        assert {open_sealed(sealed, place, held) for sealed, place in there} == {SECRET}
    for (sealed, _), (_, place) in permutations(there, 2):
        assert_shut(sealed, held, place)


class CountedVault:
    """The vault, and how often it opened a key; `down` refuses."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.opened = 0
        self.down = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._vault, name)

    def new_data_key(self, context: Mapping[str, str]) -> DataKey:
        return self._vault.new_data_key(context)

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        self.opened += 1
        if self.down:
            raise Unavailable
        return self._vault.open_data_key(wrapped, context)


@pytest.fixture
def counted(held: Platform) -> CountedVault:
    return CountedVault(held.vault)


@pytest.fixture
def watched(held: Platform, counted: CountedVault) -> Platform:
    vault: Vault = counted  # type: ignore[assignment]
    return replace(held, vault=vault)


class TestMemory:
    def test_what_was_opened_opens_again_without_the_vault(
        self, watched: Platform, counted: CountedVault, sealed: str
    ) -> None:
        for _ in range(3):
            assert open_sealed(sealed, CONTEXT, watched) == SECRET
        assert counted.opened == 1

    def test_after_five_minutes_the_vault_is_asked_again(
        self, watched: Platform, counted: CountedVault, sealed: str
    ) -> None:
        open_sealed(sealed, CONTEXT, watched)
        counted.down = True
        watched.clock.sleep(299)
        open_sealed(sealed, CONTEXT, watched)
        watched.clock.sleep(1)
        with pytest.raises(Unavailable):
            open_sealed(sealed, CONTEXT, watched)

    def test_what_was_forgotten_needs_the_vault(
        self, watched: Platform, counted: CountedVault, sealed: str
    ) -> None:
        open_sealed(sealed, CONTEXT, watched)
        forget(sealed, watched)
        counted.down = True
        with pytest.raises(Unavailable):
            open_sealed(sealed, CONTEXT, watched)

    def test_one_is_forgotten_and_no_other(
        self, watched: Platform, counted: CountedVault, sealed: str
    ) -> None:
        other = seal(b"other", CONTEXT, watched)
        open_sealed(sealed, CONTEXT, watched)
        open_sealed(other, CONTEXT, watched)
        forget(sealed, watched)
        open_sealed(other, CONTEXT, watched)
        assert counted.opened == 2

    @pytest.mark.parametrize("text", ["", "AAAA", "not base64!"])
    def test_what_was_never_sealed_is_forgotten_already(self, held: Platform, text: str) -> None:
        forget(text, held)

    def test_a_vault_that_is_down_is_told(
        self, watched: Platform, counted: CountedVault, sealed: str
    ) -> None:
        counted.down = True
        with pytest.raises(Unavailable):
            open_sealed(sealed, CONTEXT, watched)
