"""What a shape makes wait for what, and how long it takes: read from the shape itself."""

from collections.abc import Mapping

from strata.model.shape import Parallel, Shape, Step, steps_of, within


def places(shape: Shape) -> dict[str, tuple[tuple[str, int], ...]]:
    """For each node the way to it: the kind of each shape around it and its place there."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    waiting: list[tuple[Shape, tuple[tuple[str, int], ...]]] = [(shape, ())]
    while waiting:
        one, way = waiting.pop()
        if isinstance(one, Step):
            found |= {node: (*way, ("step", at)) for at, node in enumerate(one.nodes)}
        else:
            kind = "parallel" if isinstance(one, Parallel) else "series"
            waiting += [(inner, (*way, (kind, at))) for at, inner in enumerate(within(one))]
    return found


def comes_before(one: tuple[tuple[str, int], ...], other: tuple[tuple[str, int], ...]) -> bool:
    """Whether the second of two nodes begins after the first one has ended, whatever they take."""
    for (kind, at), (_, other_at) in zip(one, other, strict=False):
        if at != other_at:
            return kind != "parallel" and at < other_at
    return False


def takes(shape: Shape, times: Mapping[str, float]) -> float:
    """From its start to its end; a Task takes as long as all of its nodes."""
    if isinstance(shape, Step):
        return sum(times[node] for node in shape.nodes)
    inner = [takes(one, times) for one in within(shape)]
    return max(inner) if isinstance(shape, Parallel) else sum(inner)


def nodes_of(shape: Shape) -> list[str]:
    return [node for step in steps_of(shape) for node in step.nodes]


def depth(shape: Shape) -> int:
    return 1 if isinstance(shape, Step) else 1 + max(map(depth, within(shape)))


def is_tidy(shape: Shape) -> bool:
    """Nothing around a single shape, no series directly in a series, no parallel in a parallel."""
    if isinstance(shape, Step):
        return True
    inner = within(shape)
    return (
        len(inner) > 1
        and not any(type(one) is type(shape) for one in inner)
        and all(map(is_tidy, inner))
    )


def transitions(shape: Shape) -> int:
    return len(list(steps_of(shape))) + parallels(shape)


def parallels(shape: Shape) -> int:
    if isinstance(shape, Step):
        return 0
    return isinstance(shape, Parallel) + sum(map(parallels, within(shape)))
