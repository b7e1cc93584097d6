"""How large a Task becomes in a definition and in a history: bounds, before it is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass

from strata.compiler.parts import NO_SIZE, Size, size_of
from strata.model.plan import PlannedNode
from strata.model.shape import Shape, Step

_TASK, _WAITING, _DELAY, _LOOP = Size(480, 5), Size(640, 6), Size(1300, 12), Size(3000, 16)
"""Without names, the longest ARN that we expect within."""
_NAMED = 4
"""So often a state's name stands in a definition at most: it leads to it, and it is told."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Of a Task: call it with its step."""

    nodes: Mapping[str, PlannedNode]
    bodies: Mapping[str, Shape]

    def __call__(self, step: Step) -> Size:
        if not step.nodes:
            return NO_SIZE
        node = self.nodes[step.nodes[0]]
        ids = sum(len(one) + len('"",') for one in step.nodes)
        names = Size(_NAMED * len(node.state.encode()) + ids, 0)
        return self._own(node).plus(names)

    def _own(self, node: PlannedNode) -> Size:
        if node.behaviour == "loop":
            # Its body stands in the machine twice; how often it runs is seen to when it does.
            body = size_of(self.bodies[node.id], self)
            return _LOOP.plus(Size(2 * body.bytes, 0))
        return {"delay": _DELAY, "wait": _WAITING}.get(node.behaviour, _TASK)
