"""From nodes and links to the shape of their machine: what need not wait does not.

1. What is not linked at all runs in parallel, each section on its own.
2. A section is cut where that is free, and what lies between two cuts is taken as a graph again.
3. A section without free cuts is cut where it is likely to cost least: a short one by looking at
   all cuts, a long one in the middle first.

No shape is ever slower than plain levels, whatever the nodes take (`barriers` tells why).
"""

from collections.abc import Iterable, Sequence

from strata.compiler.barriers import middle_cut
from strata.compiler.composing import in_parallel, in_series
from strata.compiler.searching import is_short, shortest
from strata.compiler.sections import Section, net_of, sections
from strata.model.shape import MAX_DEPTH, Shape, Step

_DEPTH_FOR_CUTS = 6
"""With less a section is run by its levels, which take 3: steps in parallel in series."""


def shape_of(nodes: Sequence[str], links: Iterable[tuple[str, str]]) -> Shape:
    """The shape in which these nodes, one or more without cycle, run; `links` are (source, target).

    Every node comes after all that it depends on; branches stand in the author's order. The same
    nodes and links give the same shape."""
    net = net_of(nodes, links)
    return _beside(sections(net, range(len(net.names))), MAX_DEPTH)


def _beside(branches: Sequence[Section], depth: int) -> Shape:
    if len(branches) == 1:
        return _shape(branches[0], depth)
    return in_parallel([_shape(branch, depth - 1) for branch in branches])


def _shape(section: Section, depth: int) -> Shape:
    if section.levels > 1 and len(section.pieces) > 1 and _fits(section, depth):
        return _one_by_one(section.pieces, depth)
    if section.levels == 1 or depth < _DEPTH_FOR_CUTS:
        return _levels(section)
    if is_short(section):
        return shortest(section, depth)
    return _one_by_one(section.cut([middle_cut(section)]), depth)


def _one_by_one(pieces: Iterable[Sequence[Section]], depth: int) -> Shape:
    # A piece that is one section becomes part of the series itself.
    return in_series(_beside(piece, depth - (len(piece) > 1)) for piece in pieces)


def _levels(section: Section) -> Shape:
    names = section.net.names
    return in_series(in_parallel([Step((names[node],)) for node in row]) for row in section.rows())


def _fits(section: Section, depth: int) -> bool:
    """Whether the free cuts, and those of the sections between them, fit the depth.

    A section much shorter than the one around it does not count: where it goes too deep it is
    better cut itself, at a price, than all that is around it."""
    if len(section.pieces) == 1:
        return depth >= _DEPTH_FOR_CUTS
    between = [
        (one, depth - 2 * (len(piece) > 1))
        for piece in section.pieces
        for one in piece
        if one.levels > 1
    ]
    if depth < _DEPTH_FOR_CUTS:
        return not between
    return all(_fits(one, left) for one, left in between if 2 * one.levels > section.levels)
