"""Light nodes that run within one Task.

From the inside out: steps of one kind that follow each other in a series become one, and so do
those beside each other in a parallel. What was light as a whole is one step then, which may become
one with others in its turn. So whatever waits longer than before waits for light nodes alone.
"""

from collections.abc import Hashable, Iterable, Mapping

from strata.compiler.composing import in_parallel, in_series
from strata.model.shape import Part, Series, Shape, Step, within

MOST_FUSED = 40
"""So many nodes one Task runs: their records and values are written in one transaction of 100."""

Kinds = Mapping[str, Hashable]


def fused(shape: Shape, kinds: Kinds, most: int = MOST_FUSED) -> Shape:
    """The shape in which light nodes share Tasks, up to `most` in each.

    `kinds` holds the light nodes; only those of one kind may share a Task. A node still comes after
    all that it came after."""
    if isinstance(shape, Step | Part):
        return shape
    shapes = [fused(one, kinds, most) for one in within(shape)]
    if isinstance(shape, Series):
        return in_series(_runs_fused(shapes, kinds, most))
    return in_parallel(_branches_fused(shapes, kinds, most))


def _runs_fused(parts: Iterable[Shape], kinds: Kinds, most: int) -> list[Shape]:
    kept: list[Shape] = []
    for part in parts:
        joined = _joined(kept[-1], part, kinds, most) if kept else None
        if joined:
            kept[-1] = joined
        else:
            kept.append(part)
    return kept


def _branches_fused(branches: Iterable[Shape], kinds: Kinds, most: int) -> list[Shape]:
    """Light branches go to the last one of their kind while it has room, in its place."""
    kept: list[Shape] = []
    places: dict[Hashable, int] = {}
    for branch in branches:
        kind = _kind(branch, kinds)
        joined = _joined(kept[places[kind]], branch, kinds, most) if kind in places else None
        if joined:
            kept[places[kind]] = joined
        else:
            places[kind] = len(kept)
            kept.append(branch)
    return kept


def _joined(one: Shape, other: Shape, kinds: Kinds, most: int) -> Step | None:
    """Both as one step, if they may share a Task."""
    if not isinstance(one, Step) or not isinstance(other, Step):
        return None
    kind = _kind(one, kinds)
    alike = kind is not None and kind == _kind(other, kinds)
    nodes = one.nodes + other.nodes
    return Step(nodes) if alike and len(nodes) <= most else None


def _kind(shape: Shape, kinds: Kinds) -> tuple[Hashable] | None:
    """None of what is not light; of a step its first node tells, since all are of one kind."""
    if isinstance(shape, Step) and shape.nodes and shape.nodes[0] in kinds:
        return (kinds[shape.nodes[0]],)
    return None
