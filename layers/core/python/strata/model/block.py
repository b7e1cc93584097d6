"""A block: a kind of node. Its pins are JSON Schemas, its work is one function."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

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
    follows: bool = True
    """Whether redirects are followed; they would take a body along that is a secret itself."""


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

    def callback_url(self, node: str) -> str:
        """Where the event is to be sent that this node of the graph waits for."""
        ...

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
    error: str = ""
    """The code that the block fails with, where that is what it is for."""


Behaviour = Literal["run", "delay", "wait", "loop"]
"""How the run of a node goes:

    run     at once, in one Task
    delay   its end comes at a time that its beginning tells
    wait    its end is told from outside: by a person, an event, another execution
    loop    its body runs once per item, then it ends with their results
"""

ANSWER = "$answer"
"""The key under which a block that delays, waits or loops finds what came of that when it runs at
its end: `run` turns the inputs and this into outputs."""


@dataclass(frozen=True, slots=True)
class Inner:
    """The pins that a loop has towards its body."""

    outputs: Mapping[str, Schema]
    """What each item's run of the body is given, by links from the loop's node."""
    inputs: Mapping[str, Schema]
    """What it hands back, by links into the loop's node."""


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
    is_light: bool = False
    """Whether it is pure and quick: light nodes next to each other share a Task."""
    behaviour: Behaviour = "run"
    credential_pins: tuple[str, ...] = field(default=())
    """The input pins whose value is the id of a credential; only a constant may stand there."""
    constant_pins: tuple[str, ...] = ()
    """The input pins that take no link besides those: what the machine is built from."""
    inner: Inner | None = None
    """Of a loop."""
    named_outputs: Callable[[Values], Mapping[str, Schema]] | None = None
    """Output pins besides `outputs` that the constants of a node give it: the arms of a switch.
    They may be wrong in every way."""
    faults: Callable[[Values, Collection[str]], Iterable[tuple[str, str]]] | None = None
    """What is wrong with a node's constants and no schema tells: the pin and the end of a sentence
    on its value. Also takes the pins that links enter; the constants may be wrong in every way."""

    def output_schema(self, pin: str, constants: Values) -> Schema | None:
        """The schema of an output pin of a node with these constants, `error` included; None where
        there is no such pin."""
        if pin == ERROR_PIN:
            return ERROR_SCHEMA
        if pin in self.outputs or self.named_outputs is None:
            return self.outputs.get(pin)
        return self.named_outputs(constants).get(pin)


Registry = Mapping[str, Block]
"""The blocks by name."""
