"""Large values in S3."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from strata.aws.backoff import through_conflicts
from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.clock import Clock
from strata.model.errors import Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SERVICE = "The store of large values"


class S3Blobs:
    def __init__(self, clients: Clients, bucket: str, clock: Clock) -> None:
        self._clients = clients
        self._bucket = bucket
        self._clock = clock

    def put(self, name: str, data: bytes) -> None:
        try:
            through_conflicts(lambda: self._put(name, data), self._clock)
        except Conflict as conflict:
            raise Unavailable(f"{_SERVICE} does not take the request now.") from conflict

    def get(self, name: str) -> bytes:
        """Needs s3:ListBucket besides s3:GetObject: without it S3 says 403 of an absent object."""
        try:
            with dependency(_SERVICE):
                return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                raise NotFound("No such value.") from error
            raise

    def _put(self, name: str, data: bytes) -> None:
        """A name is written once: one that has its content already is done."""
        try:
            with dependency(_SERVICE):
                self._client.put_object(Bucket=self._bucket, Key=name, Body=data, IfNoneMatch="*")
        except ClientError as error:
            if error_code(error) == "ConditionalRequestConflict":
                raise Conflict from error
            if error_code(error) != "PreconditionFailed":
                raise

    @property
    def _client(self) -> "S3Client":
        client: S3Client = self._clients.get("s3")
        return client
