"""Keys that never leave the vault."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strata.ports import InvalidCiphertext, Vault

CONTEXT = {"owner": "usr_1", "credential": "crd_1", "version": "1"}


def public_key(vault: Vault) -> EllipticCurvePublicKey:
    key = load_der_public_key(vault.public_keys()[vault.signing_key_id()])
    assert isinstance(key, EllipticCurvePublicKey)
    return key


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


@pytest.mark.parametrize("message", [b"a", b"x" * 4096], ids=len)
def test_a_signature_is_verified_by_the_public_key(vault: Vault, message: bytes) -> None:
    public_key(vault).verify(vault.sign(message), message, ECDSA(SHA256()))


def test_a_signature_fits_no_other_message(vault: Vault) -> None:
    signature = vault.sign(b"message")
    with pytest.raises(InvalidSignature):
        public_key(vault).verify(signature, b"messagf", ECDSA(SHA256()))


def test_the_signing_key_is_on_p_256(vault: Vault) -> None:
    assert isinstance(public_key(vault).curve, SECP256R1)


def test_the_key_id_is_short_and_stays_and_names_nothing(vault: Vault) -> None:
    key_id = vault.signing_key_id()
    assert key_id == vault.signing_key_id()
    assert len(key_id) == 16
    assert ":" not in key_id
    assert "/" not in key_id
