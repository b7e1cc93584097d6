"""Regions: the graph itself, and the body of each loop, an execution region of its own.

A link that leads from one region into a body within it makes the loop of that body wait, since the
body begins with its loop.
"""

from collections.abc import Iterator, Mapping

Edge = tuple[str, str]
Parents = Mapping[str, str]
"""The loop that a node is in the body of; a node that is in none is left out."""

MAX_NESTING = 4
"""So many loops lie within each other at most."""


def loops_around(node: str, parents: Parents) -> Iterator[str]:
    """The loops that the node is in, the innermost first; one too many where they are too many,
    or in a circle."""
    for _ in range(MAX_NESTING + 1):
        if node not in parents:
            return
        node = parents[node]
        yield node


def edge(source: str, target: str, parents: Parents) -> Edge | None:
    """Which of two nodes of one region waits for which because of a link between these two.

    None for a link between a loop and its own body, and for one that leads out of a body."""
    region = parents.get(source)
    for at in (target, *loops_around(target, parents)):
        if parents.get(at) == region:
            return None if at == source else (source, at)
    return None


def leads_out(source: str, target: str, parents: Parents) -> bool:
    """Whether the link leaves a body in another way than back to its own loop."""
    if parents.get(source) in (None, parents.get(target), target):
        return False
    return parents[source] not in loops_around(target, parents)
