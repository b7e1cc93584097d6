"""The platform: all that lies outside the process, in one value that is passed along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from os import environ
from typing import Protocol

from strata.clock import Clock, SystemClock
from strata.memory import Memory
from strata.model.block import HttpAnswer, HttpCall, Registry
from strata.opened_keys import OpenedKeys
from strata.ports import Blobs, Machines, Notifier, Queue, Table, Vault
from strata.settings import Settings


class Outbound(Protocol):
    """The one way out to the network; see `strata.outbound`."""

    def send(
        self, call: HttpCall, headers: Mapping[str, str], hosts: frozenset[str] | None
    ) -> HttpAnswer:
        """`headers` are a credential's and go to `hosts` alone. Raises NodeError."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Platform:
    """One environment's parts; built once per process and handed to every use case."""

    settings: Settings
    clock: Clock
    table: Table
    blobs: Blobs
    vault: Vault
    machines: Machines
    queue: Queue
    notifier: Notifier
    outbound: Outbound
    blocks: Callable[[], Registry]
    """The registry of blocks, loaded when first asked for: not every function needs it."""
    process: str = ""
    """An id of this process where one process runs all nodes: whatever was running when it
    died was lost with it, and is not to blame. Empty where functions die one by one."""
    memory: Memory = field(default_factory=Memory)
    """What this process remembers of things that never change."""
    opened_keys: OpenedKeys = field(default_factory=OpenedKeys)
    """The data keys that it has opened lately."""


@cache
def aws_platform() -> Platform:
    """The platform of this Lambda function, from its environment; clients are made when used."""
    from strata.aws.platform import connect

    return connect(Settings.from_mapping(environ), SystemClock())


def platform_of(context: object) -> Platform:
    """The platform that an invocation runs on: the embedded one hands itself over in the context
    of the invocation, Lambda's own context has none and means AWS."""
    handed: Platform | None = getattr(context, "platform", None)
    return handed or aws_platform()
