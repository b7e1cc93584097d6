"""Keys in KMS."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.ports import DataKey, InvalidCiphertext

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_SERVICE = "The key service"
_SHUT = (
    "AccessDeniedException",
    "DisabledException",
    "KMSInvalidStateException",
    "NotFoundException",
)
"""A key that was withdrawn is a dependency that is down: nothing is kept or opened without it."""
_NOT_SEALED_HERE = frozenset(("InvalidCiphertextException", "IncorrectKeyException"))
_MAX_WRAPPED_BYTES = 6144


class KmsVault:
    """`key` wraps data keys; `signing_key` is an ECC_NIST_P256 key for SIGN_VERIFY."""

    def __init__(self, clients: Clients, key: str, signing_key: str) -> None:
        self._clients = clients
        self._key = key
        self._signing_key = signing_key

    def new_data_key(self, context: Mapping[str, str]) -> DataKey:
        with dependency(_SERVICE, *_SHUT):
            answer = self._client.generate_data_key(
                KeyId=self._key, KeySpec="AES_256", EncryptionContext=context
            )
        return DataKey(answer["Plaintext"], answer["CiphertextBlob"])

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        if not 0 < len(wrapped) <= _MAX_WRAPPED_BYTES:
            raise InvalidCiphertext
        try:
            with dependency(_SERVICE, *_SHUT):
                answer = self._client.decrypt(
                    KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=context
                )
        except ClientError as error:
            if error_code(error) in _NOT_SEALED_HERE:
                raise InvalidCiphertext from error
            raise
        return answer["Plaintext"]

    def first_signing_key(self) -> str:
        return self._signing_key

    def sign(self, key: str, message: bytes) -> bytes:
        with dependency(_SERVICE, *_SHUT):
            answer = self._client.sign(
                KeyId=key,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        return answer["Signature"]

    def public_key(self, key: str) -> bytes:
        with dependency(_SERVICE, *_SHUT):
            return self._client.get_public_key(KeyId=key)["PublicKey"]

    @property
    def _client(self) -> "KMSClient":
        client: KMSClient = self._clients.get("kms")
        return client
