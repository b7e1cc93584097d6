"""From nodes and links to the shape of their machine."""

from collections.abc import Iterable, Sequence

from strata.compiler.levels import levels
from strata.model.shape import Parallel, Series, Shape, Step


def shape_of(nodes: Sequence[str], links: Iterable[tuple[str, str]]) -> Shape:
    """The shape in which these nodes (one or more, without cycle) run; `links` are (source, target).

    Every node comes after all that it depends on."""
    parts = [_row(row) for row in levels(nodes, links)]
    return parts[0] if len(parts) == 1 else Series(tuple(parts))


def _row(nodes: Sequence[str]) -> Shape:
    if len(nodes) == 1:
        return Step((nodes[0],))
    return Parallel(tuple(Step((node,)) for node in nodes))
