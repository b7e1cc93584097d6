"""A block: a kind of node. Its pins are JSON Schemas, its work is one function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Schema = Mapping[str, Any]
Values = Mapping[str, Any]
"""Values by pin name; each is JSON as `json.loads` gives it."""

ERROR_PIN = "error"
"""The output pin that every block has besides its own."""

ERROR_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "attempts": {"type": "integer"},
    },
    "required": ["code", "message", "attempts"],
}


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to the outside; `host` headers of a credential never follow a redirect."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout_seconds: float
    max_bytes: int
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: header names in lower case, the body whole and bounded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Context(Protocol):
    """What a running block may reach of the world: this and nothing else."""

    @property
    def idempotency_key(self) -> str:
        """`execution/node/iteration`: the same for each attempt of this node."""
        ...

    @property
    def deadline(self) -> datetime:
        """When the node's time is up."""
        ...

    def now(self) -> datetime: ...

    def send(self, call: HttpCall) -> HttpAnswer:
        """Sends through the guarded client, with the credential's headers laid on if one is named.

        Raises NodeError: `forbidden_address`, `upstream_timeout`, `upstream_unreachable`,
        `too_large`, `invalid_credential`, `credential_host` ….
        """
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs and the outputs that they must give: documentation and test at once."""

    inputs: Values
    outputs: Values


@dataclass(frozen=True, slots=True)
class Block:
    """`run` takes the values of the input pins, defaults laid in and checked against the schemas,
    and returns the pins that it emits; it raises NodeError when it cannot."""

    name: str
    title: str
    description: str
    category: str
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    run: Callable[[Values, Context], Values]
    example: Example
    required: tuple[str, ...] = ()
    has_effect: bool = False
    """Whether a second run could be noticed outside; such a run is told as `possibly_repeated`."""
    may_hang: bool = False
    """Whether it waits for others; such a block runs in a thread that can be given up. The bounds
    of all others are their own, and a thread costs more than most of them do."""
    credential_pins: tuple[str, ...] = field(default=())
    """The input pins whose value is the id of a credential; only a constant may stand there."""

    def output_schema(self, pin: str) -> Schema | None:
        """The schema of an output pin, `error` included; None where there is no such pin."""
        return ERROR_SCHEMA if pin == ERROR_PIN else self.outputs.get(pin)


Registry = Mapping[str, Block]
"""The blocks by name."""
