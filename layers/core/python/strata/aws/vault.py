"""Keys in KMS."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.catalogue import SIGNING_TAG
from strata.clock import Clock
from strata.model.errors import Unavailable
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
_GONE = frozenset(("KMSInvalidStateException", "NotFoundException"))
_MAX_WRAPPED_BYTES = 6144
_DAYS_TO_THINK_AGAIN = 7
"""The least that KMS allows before it deletes a key."""
_LOOKS, _LOOK_SECONDS = 30, 10.0


class KmsVault:
    """`key` wraps data keys; `signing_key` is the first ECC_NIST_P256 key for SIGN_VERIFY, and
    further ones are made for `stage`. A key that no setting names is Unavailable: there is none to
    fall back to."""

    settle_seconds = 300
    """So long it may take until a tag counts for who may use its key."""

    def __init__(
        self, clients: Clients, key: str, signing_key: str, stage: str, clock: Clock
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._wrapping = key
        self._first = signing_key
        self._stage = stage

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

    def rotate(self) -> None:
        """KMS keeps what is behind the key, under the same ARN."""
        try:
            with dependency(_SERVICE, *_SHUT):
                self._client.rotate_key_on_demand(KeyId=self._key)
        except ClientError as error:
            # KMS turns the key over of itself at this very moment.
            if error_code(error) != "ConflictException":
                raise

    def first_signing_key(self) -> str:
        if not self._first:
            raise Unavailable("No signing key is set.")
        return self._first

    def new_signing_key(self) -> str:
        with dependency(_SERVICE, *_SHUT):
            made = self._client.create_key(
                KeySpec="ECC_NIST_P256",
                KeyUsage="SIGN_VERIFY",
                Description=f"Strata {self._stage}: signs access tokens (ES256)",
                Tags=[{"TagKey": SIGNING_TAG, "TagValue": self._stage}],
            )
        arn = made["KeyMetadata"]["Arn"]
        self._wait_until_usable(arn)
        return arn

    def signing_keys(self) -> list[str]:
        others = (arn for arn in self._all_keys() if arn != self._first)
        return [arn for arn in others if self._signs_here(arn)]

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

    def retire_signing_key(self, key: str) -> None:
        """KMS deletes it a week later: until then a person can call it back."""
        if key == self._first:
            return
        try:
            with dependency(_SERVICE, "AccessDeniedException"):
                self._client.schedule_key_deletion(
                    KeyId=key, PendingWindowInDays=_DAYS_TO_THINK_AGAIN
                )
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise

    def _wait_until_usable(self, key: str) -> None:
        for _ in range(_LOOKS):
            with suppress(Unavailable):
                self.public_key(key)
                return
            self._clock.sleep(_LOOK_SECONDS)
        raise Unavailable("The new signing key cannot be used yet.")

    def _all_keys(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_keys").paginate()
        with dependency(_SERVICE, *_SHUT):
            for page in pages:
                yield from (key["KeyArn"] for key in page["Keys"])

    def _signs_here(self, arn: str) -> bool:
        """The role may look at this environment's signing keys alone: to be refused is an answer,
        and a key that vanished meanwhile is one as well."""
        try:
            with dependency(_SERVICE):
                tags = self._client.list_resource_tags(KeyId=arn)["Tags"]
                if {"TagKey": SIGNING_TAG, "TagValue": self._stage} not in tags:
                    return False
                state = self._client.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
        except ClientError as error:
            if error_code(error) not in ("AccessDeniedException", *_GONE):
                raise
            return False
        return state != "PendingDeletion"

    @property
    def _key(self) -> str:
        if not self._wrapping:
            raise Unavailable("No key for data keys is set.")
        return self._wrapping

    @property
    def _client(self) -> "KMSClient":
        client: KMSClient = self._clients.get("kms")
        return client
