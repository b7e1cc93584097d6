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


@dataclass(frozen=True, slots=True)
class Part:
    """A shape with a machine of its own, the one with that number (from 1), which the machine
    around it runs as a nested execution: all of it would not fit one definition or one history."""

    number: int
    shape: "Shape"


Shape = Step | Series | Parallel | Part

MAX_DEPTH = 24
"""So deep parts lie within each other at most: whoever reads a shape may recurse."""


def shape_to_json(shape: Shape) -> Any:
    """A list of node ids for a Task, {"series": […]}, {"parallel": […]}, {"part", "shape"}."""
    if isinstance(shape, Step):
        return list(shape.nodes)
    if isinstance(shape, Part):
        return {"part": shape.number, "shape": shape_to_json(shape.shape)}
    if isinstance(shape, Series):
        return {"series": [shape_to_json(part) for part in shape.parts]}
    return {"parallel": [shape_to_json(branch) for branch in shape.branches]}


def shape_from_json(document: Any) -> Shape:
    """The shape that `shape_to_json` wrote."""
    if isinstance(document, list):
        return Step(tuple(document))
    if "part" in document:
        return Part(document["part"], shape_from_json(document["shape"]))
    if "series" in document:
        return Series(tuple(map(shape_from_json, document["series"])))
    return Parallel(tuple(map(shape_from_json, document["parallel"])))


def steps_of(shape: Shape) -> Iterator[Step]:
    """Every Task, in an order in which they can run."""
    if isinstance(shape, Step):
        yield shape
    else:
        for inner in within(shape):
            yield from steps_of(inner)


def within(shape: Series | Parallel | Part) -> "tuple[Shape, ...]":
    """The shapes directly within this one."""
    if isinstance(shape, Part):
        return (shape.shape,)
    return shape.parts if isinstance(shape, Series) else shape.branches


def parts_of(shape: Shape) -> Iterator[Part]:
    """Every part of its own, those within parts first."""
    if not isinstance(shape, Step):
        for inner in within(shape):
            yield from parts_of(inner)
        if isinstance(shape, Part):
            yield shape


def last_steps(shape: Shape) -> list[Step]:
    """The Tasks after which nothing comes: when all of them have ended, all have."""
    if isinstance(shape, Step):
        return [shape]
    if isinstance(shape, Series):
        return last_steps(shape.parts[-1])
    return [step for inner in within(shape) for step in last_steps(inner)]
