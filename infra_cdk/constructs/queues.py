"""The queue that starts executions, and where what failed too often waits for a person."""

from aws_cdk import Duration
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_sqs import DeadLetterQueue, Queue, QueueEncryption
from constructs import Construct

from strata.catalogue import BY_NAME

_ATTEMPTS = 5


class Queues(Construct):
    def __init__(self, scope: Construct, key: IKey) -> None:
        super().__init__(scope, "Queues")
        self.dead_letters = self._queue("DeadLetters", key, retention_period=Duration.days(14))
        self.starts = self._queue(
            "Starts",
            key,
            # Lambda's advice: six times as long as the function may take, for its own retries.
            visibility_timeout=Duration.seconds(6 * BY_NAME["start_queued"].timeout),
            retention_period=Duration.days(4),
            dead_letter_queue=DeadLetterQueue(queue=self.dead_letters, max_receive_count=_ATTEMPTS),
        )

    def _queue(self, name: str, key: IKey, **settings: object) -> Queue:
        return Queue(
            self,
            name,
            encryption=QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            **settings,  # type: ignore[arg-type]
        )
