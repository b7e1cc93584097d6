"""The shape of a machine: which Tasks wait for which, as series and parallels within each other.

Standard library only, as all that a plan is made of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One Task: a node, or light nodes that run in it one after the other."""

    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Two or more parts; each begins when the one before it has ended as a whole."""

    parts: "tuple[Shape, ...]"


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two or more branches that know nothing of each other."""

    branches: "tuple[Shape, ...]"


Shape = Step | Series | Parallel

MAX_DEPTH = 24
"""So deep parts lie within each other at most: whoever reads a shape may recurse."""


def shape_to_json(shape: Shape) -> Any:
    """A list of node ids for a Task, {"series": […]} and {"parallel": […]}."""
    if isinstance(shape, Step):
        return list(shape.nodes)
    if isinstance(shape, Series):
        return {"series": [shape_to_json(part) for part in shape.parts]}
    return {"parallel": [shape_to_json(branch) for branch in shape.branches]}


def shape_from_json(document: Any) -> Shape:
    """The shape that `shape_to_json` wrote."""
    if isinstance(document, list):
        return Step(tuple(document))
    if "series" in document:
        return Series(tuple(map(shape_from_json, document["series"])))
    return Parallel(tuple(map(shape_from_json, document["parallel"])))


def steps_of(shape: Shape) -> Iterator[Step]:
    """Every Task, in an order in which they can run."""
    if isinstance(shape, Step):
        yield shape
    else:
        for part in shape.parts if isinstance(shape, Series) else shape.branches:
            yield from steps_of(part)


def last_steps(shape: Shape) -> list[Step]:
    """The Tasks after which nothing comes: when all of them have ended, all have."""
    if isinstance(shape, Step):
        return [shape]
    if isinstance(shape, Series):
        return last_steps(shape.parts[-1])
    return [step for branch in shape.branches for step in last_steps(branch)]
