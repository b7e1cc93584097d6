"""A machine too large for one definition, or for one history, falls into parts.

Each part is a machine of its own that the one around it runs as a nested execution. The author of
the graph sees nothing of it: nodes, their order and their records are the same.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from strata.model.shape import Parallel, Part, Series, Shape, Step, within


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
_UNBOUNDED = Size(10**12, 10**12)
MOST = Size(900_000, 20_000)
"""Of the 1 MB and the 25,000 events that one machine may have; the rest is for retries."""

Measure = Callable[[Step], Size]


def split(shape: Shape, measure: Measure, most: Size = MOST) -> Shape:
    """The shape with parts where it is too large as a whole. A single Task never is."""
    return _fitted(shape, measure, most, count(1)).shape


class _Sized(NamedTuple):
    """A shape, and what it takes of the machine that it stands in."""

    shape: Shape
    size: Size


def size_of(shape: Shape, measure: Measure) -> Size:
    """What the shape takes of a machine as a whole."""
    return _fitted(shape, measure, _UNBOUNDED, count(1)).size


def _fitted(shape: Shape, measure: Measure, most: Size, numbers: Iterator[int]) -> _Sized:
    """The shape, small enough for one machine."""
    if isinstance(shape, Step):
        return _Sized(shape, measure(shape))
    if isinstance(shape, Part):
        return _Sized(shape, SIZE_OF_A_PART)
    fitted = [_fitted(one, measure, most, numbers) for one in within(shape)]
    return _regrouped(shape, fitted, most, numbers)


def _regrouped(
    like: Series | Parallel, shapes: Sequence[_Sized], most: Size, numbers: Iterator[int]
) -> _Sized:
    whole = _joined(like, shapes)
    if whole.size.fits(most):
        return whole
    parts = [
        _Sized(Part(next(numbers), _joined(like, group).shape), SIZE_OF_A_PART)
        for group in _grouped(shapes, most)
    ]
    # The calls of so many parts may be too many for one machine in their turn.
    return _regrouped(like, parts, most, numbers)


def _grouped(shapes: Sequence[_Sized], most: Size) -> list[list[_Sized]]:
    """Neighbours, as many together as fit one machine."""
    groups: list[list[_Sized]] = []
    taken = NO_SIZE
    for one in shapes:
        taken = taken.plus(one.size)
        if not groups or not taken.plus(SIZE_OF_A_PARALLEL).fits(most):
            groups.append([])
            taken = one.size
        groups[-1].append(one)
    return groups


def _joined(like: Series | Parallel, shapes: Sequence[_Sized]) -> _Sized:
    if len(shapes) == 1:
        return shapes[0]
    inner = tuple(one.shape for one in shapes)
    own = SIZE_OF_A_PARALLEL if isinstance(like, Parallel) else NO_SIZE
    size = Size(
        sum(one.size.bytes for one in shapes) + own.bytes,
        sum(one.size.events for one in shapes) + own.events,
    )
    return _Sized(Series(inner) if isinstance(like, Series) else Parallel(inner), size)
