"""The platform on AWS."""

from collections.abc import Mapping
from functools import cached_property

from strata.aws.blobs import S3Blobs
from strata.aws.clients import Clients
from strata.aws.letters import SesNotifier
from strata.aws.machines import StepFunctionsMachines
from strata.aws.queue import SqsQueue
from strata.aws.table import DynamoTable
from strata.aws.vault import KmsVault
from strata.blocks import registry
from strata.clock import Clock
from strata.model.block import HttpAnswer, HttpCall
from strata.platform import Outbound, Platform
from strata.settings import Settings


def connect(settings: Settings, clock: Clock, clients: Clients | None = None) -> Platform:
    """Every part from its setting; a client is made when it is first used.

    Raises ValueError where the settings open a way that the embedded platform alone may have."""
    if settings.allowed_upstream:
        raise ValueError("STRATA_ALLOWED_UPSTREAM is for the embedded platform only")
    clients = clients or Clients()
    return Platform(
        settings=settings,
        clock=clock,
        table=DynamoTable(clients, settings.table, clock),
        blobs=S3Blobs(clients, settings.bucket, clock),
        vault=KmsVault(clients, settings.key, settings.signing_key, settings.stage, clock),
        machines=StepFunctionsMachines(clients, settings),
        queue=SqsQueue(clients, settings.queue_url),
        notifier=SesNotifier(clients, settings.mail_from),
        outbound=LazyOutbound(clock),
        blocks=registry,
    )


class LazyOutbound:
    """The guarded client, imported when a node first sends something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def send(
        self, call: HttpCall, headers: Mapping[str, str], hosts: frozenset[str] | None
    ) -> HttpAnswer:
        return self._client.send(call, headers, hosts)

    @cached_property
    def _client(self) -> Outbound:
        from strata.outbound import GuardedClient

        return GuardedClient(clock=self._clock)
