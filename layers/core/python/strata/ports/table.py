"""The table of a platform: items under two keys, writes with conditions.

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
