"""What Strata asks of a platform: the parts that AWS and the embedded platform both implement.

    Table      items under (pk, sk) with four indexes; every write may carry conditions
    Blobs      bytes under a name
    Vault      data keys bound to a context, and signatures
    Machines   state machines and their executions
    Queue      messages that start executions

An item is a JSON object of strings, integers, booleans, null, lists and maps: no floats. Its keys
are the attributes `pk` and `sk`; `gsi1pk`/`gsi1sk` … `gsi4pk`/`gsi4sk` put it into an index;
`expires` (epoch seconds) lets the platform delete it some time later, so a reader checks it itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

Item = dict[str, Any]
INDEXES = ("gsi1", "gsi2", "gsi3", "gsi4")
MAX_ITEM_BYTES = 400_000
MAX_WRITES = 100
REFRESH_DAYS = 7
"""A value that is put again begins a new life if its old one is older than this."""


class Key(NamedTuple):
    pk: str
    sk: str


Operator = Literal["absent", "present", "=", "!=", "<", ">=", "in", "contains"]


@dataclass(frozen=True, slots=True)
class Condition:
    """On one attribute of the item as it is; `absent` on `pk` means that there is no such item.

    `in` wants one of the values given, `contains` a text within the attribute's text. An attribute
    that is missing fulfils `absent` and `!=`, and nothing else."""

    attribute: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Put:
    """The item as a whole; it holds its own pk and sk."""

    item: Item
    when: tuple[Condition, ...] = ()
    may_be_lost: bool = False
    """See `Update`."""

    @property
    def key(self) -> Key:
        return Key(self.item["pk"], self.item["sk"])


@dataclass(frozen=True, slots=True)
class Update:
    """Some attributes; an item that is not there is made, unless a condition forbids it.

    `add` counts up a number (a missing one counts from 0); `initial` sets an attribute only where
    it is missing."""

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    when: tuple[Condition, ...] = ()
    may_be_lost: bool = False
    """Whether a loss of power (never of the process) may undo this write, if all that are written
    with it may be lost and nothing durable was written after it: cheaper where a disk must be
    waited for."""


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Writes nothing; its conditions must hold for the other writes to happen."""

    key: Key
    when: tuple[Condition, ...]


Write = Put | Update | Delete | Check

ABSENT = (Condition("pk", "absent"),)
PRESENT = (Condition("pk", "present"),)


@dataclass(frozen=True, slots=True)
class Query:
    """Items of one partition, of the table or of an index, in the order of the sort key.

    `after` is the key of the last item seen (as `Page.next` gave it); `filters` are applied by the
    platform after reading, so a page may hold fewer items than `limit` and still have a next."""

    pk: str
    index: str | None = None
    prefix: str = ""
    first: str | None = None
    """The lowest sort key (inclusive); with `last`, instead of `prefix`."""
    last: str | None = None
    limit: int | None = None
    descending: bool = False
    after: Mapping[str, str] | None = None
    filters: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Item]
    next: Mapping[str, str] | None


class ConditionFailed(Exception):
    """A write's condition does not hold: which write of the call, and the item as it is."""

    def __init__(self, position: int, item: Item | None) -> None:
        super().__init__(f"condition of write {position}")
        self.position = position
        self.item = item


class ItemTooLarge(Exception):
    """A write would make an item larger than the 400 KB that the platform keeps."""


class Table(Protocol):
    """Reads of the table itself are consistent; reads of an index may lag. Raises Unavailable.

    Writes raise ItemTooLarge, TypeError for a value that cannot stand in an item (a float, bytes)
    and ValueError for an integer over 38 digits."""

    def get(self, key: Key) -> Item | None: ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Those of the items that exist; keys without limit in number, repeated ones read once."""
        ...

    def query(self, query: Query) -> Page: ...

    def write(self, write: Put | Update | Delete) -> Item:
        """Does one write and returns the item as it now is ({} once deleted).

        Raises ConditionFailed; never for a write that this very call has done."""
        ...

    def write_all(self, writes: Sequence[Write]) -> None:
        """All or none of up to 100 writes on different keys. Raises ConditionFailed, Conflict
        (another write had the same items at the same time and kept them), ValueError for more
        writes than that, or two on one key."""
        ...


class Blobs(Protocol):
    """Bytes under a name, written once and never changed. A platform may end what was put under
    `values/`, long after it was last put."""

    def put(self, name: str, data: bytes) -> None: ...

    def get(self, name: str) -> bytes:
        """Raises NotFound."""
        ...

    def link(self, name: str, seconds: int) -> str:
        """An address where anybody may read the bytes for so long: absolute, or a path of the
        server that answers. Does not look whether there are any."""
        ...


class DataKey(NamedTuple):
    plaintext: bytes
    """32 bytes."""
    wrapped: bytes


class Vault(Protocol):
    """Keys that never leave it. `context` is bound to a data key: without the very same map the
    wrapped key does not open. Raises Unavailable; never falls back."""

    def new_data_key(self, context: Mapping[str, str]) -> DataKey: ...

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Raises InvalidCiphertext."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA on P-256 with SHA-256 over the message (up to 4,096 bytes), as DER, by the
        signing key."""
        ...

    def signing_key_id(self) -> str: ...

    def public_keys(self) -> Mapping[str, bytes]:
        """Key id to public key in DER (SubjectPublicKeyInfo), for each key that verifies."""
        ...


class InvalidCiphertext(Exception):
    """What was to be opened was not sealed here, or not for this context."""


class MachineMissing(Exception):
    """No state machine has that name."""


class MachineDiffers(Exception):
    """A state machine has that name already, and another definition."""


MachineStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class Machines(Protocol):
    """State machines by name: `<graph id>-<version>-<revision of the compiler>`, and a part of one
    that is too large for one definition: the same with `-<number of the part>`."""

    @property
    def run_node(self) -> str:
        """The ARN of the function behind every node."""
        ...

    @property
    def end_execution(self) -> str:
        """The ARN of the function that writes an execution's end."""
        ...

    def arn(self, machine: str) -> str:
        """The ARN of the machine of that name, whether it exists or not."""
        ...

    def create(self, machine: str, definition: str, *, express: bool = False) -> None:
        """Makes the machine; one that exists already with this definition is left as it is.

        Raises MachineDiffers, Unavailable."""
        ...

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        """Starts an execution under that name with that input; one that was started stays as it is.

        Raises MachineMissing, Unavailable."""
        ...

    def stop(self, machine: str, execution_id: str) -> None:
        """Ends the execution as ABORTED: no state of it begins after that. One that has ended, or
        was never started, is left as it is. Raises Unavailable."""
        ...

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        """How the execution fares; None where there is none of that name, or where the platform
        does not tell (an Express machine). Raises Unavailable."""
        ...

    def answer(self, token: str, failure: str | None = None) -> bool:
        """Lets the Task go on that waits for this token: with the result {}, or with the error
        `NodeFailed` and that cause. False where nothing waits for it: it was answered, its time
        was up, its execution has ended, or it was never given out. Raises Unavailable."""
        ...

    def delete(self, machine: str) -> None:
        """Raises Unavailable. On AWS an execution that still runs ends at its next state."""
        ...


class Queue(Protocol):
    """At least once, in any order."""

    def send(self, body: str) -> None: ...
