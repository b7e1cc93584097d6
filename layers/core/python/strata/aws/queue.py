"""The queue in SQS."""

from typing import TYPE_CHECKING

from strata.aws.clients import Clients
from strata.aws.failures import dependency

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE_BYTES = 1_048_576


class SqsQueue:
    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    def send(self, body: str) -> None:
        """Raises ValueError for an empty body or one over 1 MiB, Unavailable."""
        if not 1 <= len(body.encode()) <= MAX_MESSAGE_BYTES:
            raise ValueError(f"a message has 1 to {MAX_MESSAGE_BYTES} bytes")
        client: SQSClient = self._clients.get("sqs")
        with dependency("The queue"):
            client.send_message(QueueUrl=self._url, MessageBody=body)
