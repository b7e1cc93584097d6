"""What an item may be and how a write changes it, after the rules of DynamoDB.

A write that DynamoDB would refuse as malformed is a fault of the program: ValueError, TypeError,
or ItemTooLarge.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from strata.ports import (
    INDEXES,
    MAX_ITEM_BYTES,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    ItemTooLarge,
    Key,
    Put,
    Update,
    Write,
)

MAX_DIGITS = 38
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_DEPTH = 32

KEY_ATTRIBUTES = ("pk", "sk")
_INDEX_ATTRIBUTES = tuple(f"{index}{part}" for index in INDEXES for part in KEY_ATTRIBUTES)


def applied(write: Write, before: Item | None, position: int) -> Item | None:
    """The item after the write, None where there is none; what it was before stays untouched.

    Raises ConditionFailed with the position of the write in its call."""
    if not all(holds(condition, before or {}) for condition in write.when):
        raise ConditionFailed(position, before)
    if isinstance(write, Put):
        return write.item
    if isinstance(write, Update):
        return _updated(write, before)
    return None if isinstance(write, Delete) else before


def holds(condition: Condition, item: Mapping[str, Any]) -> bool:
    """Whether the item fulfils the condition."""
    name, operator, wanted = condition.attribute, condition.operator, condition.value
    if operator in ("absent", "present"):
        return (name in item) == (operator == "present")
    if name not in item:
        return operator == "!="
    return _compared(item[name], operator, wanted)


def _compared(found: Any, operator: str, wanted: Any) -> bool:
    if operator == "=":
        return _same(found, wanted)
    if operator == "!=":
        return not _same(found, wanted)
    if operator == "in":
        return any(_same(found, one) for one in wanted)
    if operator == "contains":
        return isinstance(found, str) and wanted in found
    if type(wanted) not in (str, int):
        raise ValueError(f"Operator {operator} takes a string or a number")
    if type(found) is not type(wanted):
        return False
    return bool(found < wanted if operator == "<" else found >= wanted)


def _same(one: Any, other: Any) -> bool:
    """Equality by type and value: true is not 1, as it is in Python."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if isinstance(one, (str, int)) and isinstance(other, (str, int)):
        return type(one) is type(other) and one == other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _updated(update: Update, before: Item | None) -> Item:
    _check_overlap(update)
    item = dict(before) if before is not None else update.key._asdict()
    for name, step in update.add.items():
        item[name] = _number(item.get(name, 0), name) + _number(step, name)
    for name, value in update.initial.items():
        item.setdefault(name, value)
    item.update(update.set)
    for name in update.remove:
        item.pop(name, None)
    return item


def _check_overlap(update: Update) -> None:
    names = [*KEY_ATTRIBUTES, *update.set, *update.add, *update.initial, *update.remove]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"An update names attributes twice, or its key: {sorted(twice)}")


def _number(value: Any, name: str) -> int:
    if type(value) is not int:
        raise ValueError(f"Attribute {name} is no number that could be added to")
    return value


def check_item(item: Item) -> None:
    """Refuses an item that DynamoDB would refuse: types, keys, numbers, depth, size."""
    for name, most in (("pk", MAX_PARTITION_KEY_BYTES), ("sk", MAX_SORT_KEY_BYTES)):
        _check_key(item.get(name), name, most)
    for name in _INDEX_ATTRIBUTES:
        if name in item:
            _check_key(item[name], name, MAX_SORT_KEY_BYTES)
    if _size_of_entries(item, 1) > MAX_ITEM_BYTES:
        raise ItemTooLarge(f"Item size has exceeded {MAX_ITEM_BYTES} bytes")


def _check_key(value: Any, name: str, most: int) -> None:
    if not isinstance(value, str) or not value or len(value.encode()) > most:
        raise ValueError(f"Key attribute {name} must be a string of 1 to {most} bytes")


def _size_of_entries(entries: Mapping[str, Any], depth: int) -> int:
    size = 0
    for name, value in entries.items():
        size += (len(name) if name.isascii() else len(name.encode())) + _size(value, depth)
    return size


def _size(value: Any, depth: int) -> int:
    """Bytes that DynamoDB counts for a value."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return _number_size(value)
    if depth > MAX_DEPTH:
        raise ValueError(f"Nesting levels have exceeded {MAX_DEPTH}")
    if isinstance(value, dict):
        return 3 + len(value) + _size_of_entries(value, depth + 1)
    if isinstance(value, (list, tuple)):
        return 3 + sum(1 + _size(one, depth + 1) for one in value)
    raise TypeError(f"An item cannot hold a value of type {type(value).__name__}")


def _number_size(value: int) -> int:
    digits = str(abs(value))
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"Number has more than {MAX_DIGITS} digits")
    return (len(digits.rstrip("0")) + 1) // 2 + 1


def index_keys(item: Item) -> Iterator[str | None]:
    """The values of the index columns; an index holds the item only if it has both of its keys."""
    for index in INDEXES:
        pair = item.get(f"{index}pk"), item.get(f"{index}sk")
        yield from pair if None not in pair else (None, None)


def expires_at(item: Item) -> int | None:
    """When the item may be deleted; anything but a whole number means never."""
    value = item.get("expires")
    return value if type(value) is int else None


def check_transaction(writes: Sequence[Write], most: int) -> None:
    """Refuses a call with no writes, too many, or two on one item."""
    if not 1 <= len(writes) <= most:
        raise ValueError(f"A transaction takes 1 to {most} writes, not {len(writes)}")
    keys = {write.key for write in writes}
    if len(keys) < len(writes):
        raise ValueError("A transaction cannot include two writes on one item")
    if any(isinstance(write, Check) and not write.when for write in writes):
        raise ValueError("A check without a condition checks nothing")


def key_of(item: Item) -> Key:
    return Key(item["pk"], item["sk"])
