"""A machine too large for one definition, or for one history, falls into parts.

Each part is a machine of its own that the one around it runs as a nested execution. The author of
the graph sees nothing of it: nodes, their order and their records are the same.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from strata.model.shape import Parallel, Part, Series, Shape, Step


class Size(NamedTuple):
    """Bytes of a definition, and events of the history of its run."""

    bytes: int
    events: int

    def plus(self, other: "Size") -> "Size":
        return Size(self.bytes + other.bytes, self.events + other.events)

    def fits(self, most: "Size") -> bool:
        return self.bytes <= most.bytes and self.events <= most.events


NO_SIZE = Size(0, 0)
SIZE_OF_A_PART = Size(700, 6)
SIZE_OF_A_PARALLEL = Size(300, 4)
MOST = Size(900_000, 20_000)
"""Of the 1 MB and the 25,000 events that one machine may have; the rest is for retries."""

Measure = Callable[[Step], Size]


def split(shape: Shape, measure: Measure, most: Size = MOST) -> Shape:
    """The shape with parts where it is too large as a whole. A single Task never is."""
    numbers = count(1)
    return _fitted(shape, measure, most, numbers)


def size_of(shape: Shape, measure: Measure) -> Size:
    """What it takes of the machine that it stands in."""
    if isinstance(shape, Part):
        return SIZE_OF_A_PART
    if isinstance(shape, Step):
        return measure(shape)
    total = SIZE_OF_A_PARALLEL if isinstance(shape, Parallel) else NO_SIZE
    for inner in shape.parts if isinstance(shape, Series) else shape.branches:
        total = total.plus(size_of(inner, measure))
    return total


def _fitted(shape: Shape, measure: Measure, most: Size, numbers: Iterator[int]) -> Shape:
    """The shape, small enough for one machine."""
    if isinstance(shape, Step | Part) or size_of(shape, measure).fits(most):
        return shape
    inner = shape.parts if isinstance(shape, Series) else shape.branches
    fitted = [_fitted(one, measure, most, numbers) for one in inner]
    groups = _grouped(fitted, measure, most)
    if len(groups) == 1:
        return _joined(shape, fitted)
    parts = [Part(next(numbers), _joined(shape, group)) for group in groups]
    # The calls of so many parts may be too many for one machine in their turn.
    return _fitted(_joined(shape, parts), measure, most, numbers)


def _grouped(shapes: Sequence[Shape], measure: Measure, most: Size) -> list[list[Shape]]:
    """Neighbours, as many together as fit one machine."""
    groups: list[list[Shape]] = []
    taken = NO_SIZE
    for one in shapes:
        size = size_of(one, measure)
        taken = taken.plus(size)
        if not groups or not taken.plus(SIZE_OF_A_PARALLEL).fits(most):
            groups.append([])
            taken = size
        groups[-1].append(one)
    return groups


def _joined(like: Series | Parallel, shapes: Sequence[Shape]) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    return Series(tuple(shapes)) if isinstance(like, Series) else Parallel(tuple(shapes))
