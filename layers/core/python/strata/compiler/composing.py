"""Shapes put together: no series directly within a series, and nothing around a single one."""

from collections.abc import Iterable, Sequence

from strata.model.shape import Parallel, Series, Shape


def in_series(shapes: Iterable[Shape]) -> Shape:
    """One after the other; at least one."""
    parts: list[Shape] = []
    for shape in shapes:
        parts += shape.parts if isinstance(shape, Series) else (shape,)
    return parts[0] if len(parts) == 1 else Series(tuple(parts))


def in_parallel(shapes: Sequence[Shape]) -> Shape:
    """At the same time; at least one, and none of them a Parallel."""
    return shapes[0] if len(shapes) == 1 else Parallel(tuple(shapes))
