"""Keys that never leave the vault."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strata.model.errors import Unavailable
from strata.ports import InvalidCiphertext, Vault

CONTEXT = {"owner": "usr_1", "credential": "crd_1", "version": "1"}


def public_key(vault: Vault, name: str) -> EllipticCurvePublicKey:
    key = load_der_public_key(vault.public_key(name))
    assert isinstance(key, EllipticCurvePublicKey)
    return key


@pytest.fixture
def first(vault: Vault) -> str:
    return vault.first_signing_key()


def test_a_data_key_has_256_bits_and_opens_again(vault: Vault) -> None:
    key = vault.new_data_key(CONTEXT)
    assert len(key.plaintext) == 32
    assert vault.open_data_key(key.wrapped, CONTEXT) == key.plaintext


def test_the_order_of_the_context_means_nothing(vault: Vault) -> None:
    key = vault.new_data_key(CONTEXT)
    turned = dict(reversed(CONTEXT.items()))
    assert vault.open_data_key(key.wrapped, turned) == key.plaintext


def test_every_data_key_is_new(vault: Vault) -> None:
    keys = [vault.new_data_key(CONTEXT) for _ in range(5)]
    assert len({key.plaintext for key in keys}) == len({key.wrapped for key in keys}) == 5


def test_a_wrapped_key_does_not_show_the_key(vault: Vault) -> None:
    key = vault.new_data_key(CONTEXT)
    assert key.plaintext not in key.wrapped


@pytest.mark.parametrize(
    "context",
    [
        {},
        {**CONTEXT, "owner": "usr_2"},
        {**CONTEXT, "more": "x"},
        {"owner": "usr_1", "credential": "crd_1"},
        {"Owner": "usr_1", "credential": "crd_1", "version": "1"},
    ],
    ids=["none", "another owner", "one more", "one less", "another name"],
)
def test_another_context_opens_nothing(vault: Vault, context: dict[str, str]) -> None:
    wrapped = vault.new_data_key(CONTEXT).wrapped
    with pytest.raises(InvalidCiphertext):
        vault.open_data_key(wrapped, context)


def test_a_changed_byte_opens_nothing(vault: Vault) -> None:
    wrapped = bytearray(vault.new_data_key(CONTEXT).wrapped)
    wrapped[-1] ^= 1
    with pytest.raises(InvalidCiphertext):
        vault.open_data_key(bytes(wrapped), CONTEXT)


@pytest.mark.parametrize("wrapped", [b"", b"x", b"x" * 10_000], ids=len)
def test_what_was_never_sealed_opens_nothing(vault: Vault, wrapped: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        vault.open_data_key(wrapped, CONTEXT)


class TestRotation:
    def test_what_the_last_key_wrapped_still_opens(self, vault: Vault) -> None:
        old = vault.new_data_key(CONTEXT)
        vault.rotate()
        new = vault.new_data_key(CONTEXT)
        vault.rotate()
        for key in (old, new):
            assert vault.open_data_key(key.wrapped, CONTEXT) == key.plaintext

    def test_the_context_is_bound_after_it_too(self, vault: Vault) -> None:
        vault.rotate()
        wrapped = vault.new_data_key(CONTEXT).wrapped
        with pytest.raises(InvalidCiphertext):
            vault.open_data_key(wrapped, {**CONTEXT, "owner": "usr_2"})

    def test_a_changed_bit_opens_nothing(self, vault: Vault) -> None:
        vault.rotate()
        wrapped = vault.new_data_key(CONTEXT).wrapped
        for at in (len(wrapped) // 2, len(wrapped) - 1):
            changed = bytearray(wrapped)
            changed[at] ^= 4
            with pytest.raises(InvalidCiphertext):
                vault.open_data_key(bytes(changed), CONTEXT)

    def test_signing_keys_stay_what_they_are(self, vault: Vault, first: str) -> None:
        names = [first, vault.new_signing_key()]
        before = [vault.public_key(name) for name in names]
        vault.rotate()
        assert [vault.public_key(name) for name in names] == before


@pytest.fixture(params=["the first", "a later one"])
def signing_key(request: pytest.FixtureRequest, vault: Vault, first: str) -> str:
    return first if request.param == "the first" else vault.new_signing_key()


class TestSigning:
    @pytest.mark.parametrize("message", [b"a", b"x" * 4096], ids=len)
    def test_a_signature_is_verified_by_the_public_key(
        self, vault: Vault, signing_key: str, message: bytes
    ) -> None:
        signature = vault.sign(signing_key, message)
        public_key(vault, signing_key).verify(signature, message, ECDSA(SHA256()))

    def test_a_signature_fits_no_other_message(self, vault: Vault, signing_key: str) -> None:
        signature = vault.sign(signing_key, b"message")
        with pytest.raises(InvalidSignature):
            public_key(vault, signing_key).verify(signature, b"messagf", ECDSA(SHA256()))

    def test_a_signature_fits_no_other_key(self, vault: Vault, signing_key: str) -> None:
        signature = vault.sign(vault.new_signing_key(), b"message")
        with pytest.raises(InvalidSignature):
            public_key(vault, signing_key).verify(signature, b"message", ECDSA(SHA256()))

    def test_the_key_is_on_p_256(self, vault: Vault, signing_key: str) -> None:
        assert isinstance(public_key(vault, signing_key).curve, SECP256R1)

    def test_a_key_stays_the_same(self, vault: Vault, signing_key: str) -> None:
        assert vault.public_key(signing_key) == vault.public_key(signing_key)
        assert vault.first_signing_key() == vault.first_signing_key()


class TestFurtherSigningKeys:
    def test_those_that_were_made_are_listed_without_the_first(
        self, vault: Vault, first: str
    ) -> None:
        assert vault.signing_keys() == []
        made = {vault.new_signing_key() for _ in range(3)}
        assert len(made) == 3
        assert first not in made
        assert set(vault.signing_keys()) == made

    def test_one_that_is_retired_signs_no_more(self, vault: Vault) -> None:
        name, other = vault.new_signing_key(), vault.new_signing_key()
        vault.sign(name, b"message")
        vault.retire_signing_key(name)
        with pytest.raises(Unavailable):
            vault.sign(name, b"message")
        assert vault.signing_keys() == [other]

    def test_to_retire_it_twice_is_to_retire_it_once(self, vault: Vault) -> None:
        name = vault.new_signing_key()
        vault.retire_signing_key(name)
        vault.retire_signing_key(name)
        assert vault.signing_keys() == []

    def test_the_first_stays(self, vault: Vault, first: str) -> None:
        vault.retire_signing_key(first)
        public_key(vault, first).verify(vault.sign(first, b"a"), b"a", ECDSA(SHA256()))

    @pytest.mark.parametrize("name", ["../signing", "master", "signing_x", "a/b", "x" * 3000])
    def test_a_name_that_none_has_finds_none(self, vault: Vault, name: str) -> None:
        with pytest.raises(Unavailable):
            vault.public_key(name)
        vault.retire_signing_key(name)
        assert vault.signing_keys() == []
