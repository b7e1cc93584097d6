"""What enters a node: live links over constants over defaults, and whether it runs at all."""

import copy
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from strata.model.block import Block
from strata.model.plan import Incoming, PlannedNode
from strata.store.values import Packed

Emitted = Mapping[str, Mapping[str, Packed]]
"""Packed values by node and by pin; a pin that is not there was not emitted."""

_ABSENT = object()


def gather(
    node: PlannedNode, block: Block, emitted: Emitted, load: Callable[[Packed], Any]
) -> dict[str, Any] | None:
    """The values of the input pins, or None if the node is to be skipped."""
    if node.incoming and not _live(node, emitted):
        return None
    values = laid_out(node, block, emitted, load)
    needed = (pin for pin in block.required if "default" not in block.inputs[pin])
    return values if all(pin in values for pin in needed) else None


def _live(node: PlannedNode, emitted: Emitted) -> list[Incoming]:
    return [link for link in node.incoming if link.output in emitted.get(link.source, {})]


def laid_out(
    node: PlannedNode, block: Block, emitted: Emitted, load: Callable[[Packed], Any]
) -> dict[str, Any]:
    """The values of the input pins that have one, whether or not the node is to be skipped.

    The first live link of a pin, in the order of the graph's links, gives its value. Links into
    parts of a pin lay their values over its constant."""
    live = _live(node, emitted)
    values = copy.deepcopy(dict(node.inputs))
    first: dict[tuple[str, str], Incoming] = {}
    for link in live:
        first.setdefault((link.pin, link.part), link)
    for (pin, part), link in first.items():
        if not part:
            values[pin] = load(emitted[link.source][link.output])
    return values | _with_parts(
        first, values, block, lambda one: load(emitted[one.source][one.output])
    )


def _with_parts(
    links: Mapping[tuple[str, str], Incoming],
    values: Mapping[str, Any],
    block: Block,
    load: Callable[[Incoming], Any],
) -> dict[str, Any]:
    trees: dict[str, _Tree] = {}
    for (pin, part), link in links.items():
        if part:
            tree = trees.setdefault(pin, _tree(_base(pin, values, block)))
            tree.place(part.split("."), load(link))
    return {pin: tree.value() for pin, tree in trees.items()}


def _base(pin: str, values: Mapping[str, Any], block: Block) -> Any:
    """The constant that the parts are laid over; else an empty one of the pin's type."""
    if isinstance(values.get(pin), dict | list):
        return values[pin]
    return [] if block.inputs[pin].get("type") == "array" else {}


class _Tree:
    """An object or array under construction; an array keeps its gaps until it is read."""

    def __init__(self, parts: dict[Any, Any], is_list: bool) -> None:
        self.parts = parts
        self.is_list = is_list

    def place(self, path: list[str], value: Any) -> None:
        """Lays the value at the path, over what stands there; a scalar on the way gives way, and
        so does an array where an object's name is wanted."""
        tree = self
        for step, next_step in pairwise(path):
            below = _tree(tree.parts.get(tree._key(step), _ABSENT))
            if below.is_list and not next_step.isdecimal():
                below = _tree(_ABSENT)
            tree.parts[tree._key(step)] = below
            tree = below
        tree.parts[tree._key(path[-1])] = value

    def value(self) -> Any:
        """Plain JSON; missing parts of an array close up."""
        if self.is_list:
            return [_plain(part) for _, part in sorted(self.parts.items())]
        return {name: _plain(part) for name, part in self.parts.items()}

    def _key(self, step: str) -> Any:
        return int(step) if self.is_list and step.isdecimal() else step


def _tree(base: Any) -> _Tree:
    if isinstance(base, _Tree):
        return base
    if isinstance(base, list):
        return _Tree(dict(enumerate(base)), is_list=True)
    return _Tree(dict(base) if isinstance(base, dict) else {}, is_list=False)


def _plain(part: Any) -> Any:
    return part.value() if isinstance(part, _Tree) else part
