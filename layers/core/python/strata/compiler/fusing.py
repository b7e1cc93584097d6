"""Light nodes that run within one Task."""

from collections.abc import Hashable, Mapping

from strata.model.shape import Shape

MOST_FUSED = 40
"""So many nodes one Task runs: their records and values are written in one transaction of 100."""


def fused(shape: Shape, kinds: Mapping[str, Hashable]) -> Shape:
    """The shape with runs of light nodes as one Task each.

    `kinds` holds the light nodes; only those of one kind may share a Task."""
    return shape
