"""Large values in S3.

The bucket ends an object so many days after it was written. What is put again while it is there
keeps its bytes and begins a new life, but not more often than every REFRESH_DAYS: each new life
leaves the old object behind as a version.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from strata.aws.backoff import through_conflicts
from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.clock import Clock
from strata.model.errors import Conflict, NotFound, Unavailable
from strata.ports import REFRESH_DAYS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_SERVICE = "The store of large values"
_GONE = frozenset(("404", "NoSuchKey"))


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

    def keep(self, name: str) -> bool:
        try:
            self._refresh(name)
        except Conflict:
            return False
        return True

    def get(self, name: str) -> bytes:
        """Needs s3:ListBucket besides s3:GetObject: without it S3 says 403 of an absent object."""
        try:
            with dependency(_SERVICE):
                return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                raise NotFound("No such value.") from error
            raise

    def delete(self, name: str) -> None:
        with dependency(_SERVICE):
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def delete_under(self, folder: str, most: int) -> bool:
        """Each leaves its last version behind, which the bucket ends some days later."""
        bucket = self._bucket
        with dependency(_SERVICE):
            found = self._client.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/", MaxKeys=most)
            names: list[ObjectIdentifierTypeDef] = [
                {"Key": one["Key"]} for one in found.get("Contents", [])
            ]
            if names:
                told = self._client.delete_objects(Bucket=bucket, Delete={"Objects": names})
                if told.get("Errors"):
                    raise Unavailable(f"{_SERVICE} does not take the request now.")
        return not found["IsTruncated"]

    def link(self, name: str, seconds: int) -> str:
        """Ends earlier where the credentials that sign it do: those of a function last hours."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": name,
                "ResponseContentType": "application/json",
            },
            ExpiresIn=seconds,
        )

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
            self._refresh(name)

    def _refresh(self, name: str) -> None:
        """Raises Conflict where the object has just come to its end."""
        try:
            with dependency(_SERVICE):
                written = self._client.head_object(Bucket=self._bucket, Key=name)["LastModified"]
                if self._clock.now() - written > timedelta(days=REFRESH_DAYS):
                    self._copy_onto_itself(name)
        except ClientError as error:
            if error_code(error) in _GONE:
                raise Conflict from error
            raise

    def _copy_onto_itself(self, name: str) -> None:
        """The bytes stay in S3; S3 wants something to change, and metadata is what may."""
        self._client.copy_object(
            Bucket=self._bucket,
            Key=name,
            CopySource={"Bucket": self._bucket, "Key": name},
            MetadataDirective="REPLACE",
        )

    @property
    def _client(self) -> "S3Client":
        client: S3Client = self._clients.get("s3")
        return client
