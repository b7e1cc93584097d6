"""From shapes to states: chains of them, and the regions that chains make up."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from strata.compiler import states
from strata.compiler.costs import MOST_SECONDS, cost_of, items_at_once, seconds_of
from strata.compiler.names import Names, levels_name
from strata.compiler.retrying import platform_retries
from strata.compiler.states import State
from strata.model.plan import Plan, PlannedNode
from strata.model.shape import Parallel, Part, Series, Shape, Step, steps_of

Chain = list[tuple[str, State]]
"""States by name, one after the other; `Next` and `End` are still to be set."""

WIDE = 100
"""Up to here a level's previews, 2 KB each, fit together into the 256 KiB of a state's result."""

ROOM_SECONDS = 60
"""What the platform may take to start and to join states, for each machine."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Of one machine; `machine` is its ARN, which those of its parts begin with."""

    plan: Plan
    run_node: str
    machine: str
    names: Names

    def chain(self, shape: Shape, width: int = 1) -> Chain:
        """`width` is how many branches begin beside it."""
        if isinstance(shape, Step):
            return self._step(shape, platform_retries(width))
        if isinstance(shape, Series):
            return [one for part in shape.parts for one in self.chain(part, width)]
        if isinstance(shape, Part):
            return [self._nested(shape)]
        return [self._parallel(shape, width)]

    def _step(self, step: Step, retries: int) -> Chain:
        nodes = [self.plan.by_id[node] for node in step.nodes]
        if len(nodes) > 1:
            name = self.names.new(f"{nodes[0].state[:36]} ... {nodes[-1].state[:36]}")
            seconds = seconds_of(step, self.plan)
            return [(name, states.fused_task(nodes, self.run_node, retries, seconds))]
        node = nodes[0]
        if node.behaviour == "delay":
            return self._delay(node, retries)
        if node.behaviour == "loop":
            return self._loop(node, retries)
        task = states.waiting_task if node.behaviour == "wait" else states.node_task
        return [(self._name(node), task(node, self.run_node, retries))]

    def _delay(self, node: PlannedNode, retries: int) -> Chain:
        task = states.node_task(node, self.run_node, retries)
        return [
            (self._name(node), states.beginning_of_delay(task)),
            (self._of(node, "waits"), states.wait()),
            (self._of(node, "ends"), states.node_task(node, self.run_node, retries, "end")),
        ]

    def _loop(self, node: PlannedNode, retries: int) -> Chain:
        inline, distributed, end = (self._of(node, it) for it in ("items", "many items", "ends"))
        at_once = items_at_once(node)
        body = self.plan.bodies[node.id]
        begin = states.beginning_of_loop(states.node_task(node, self.run_node, retries))
        few = states.inline_map(self.region(body, at_once, is_item=True), at_once)
        many = states.distributed_map(self.region(body, at_once, is_item=True), at_once)
        return [
            (self._name(node), begin),
            (self._of(node, "mode"), states.choice_of_mode(inline, distributed)),
            (inline, {**few, "Next": end}),
            (distributed, many),
            (end, states.node_task(node, self.run_node, retries, "end")),
        ]

    def _nested(self, part: Part) -> tuple[str, State]:
        seconds = min(ceil(cost_of(part.shape, self.plan).seconds) + ROOM_SECONDS, MOST_SECONDS)
        arn = f"{self.machine}-{part.number}"
        return self.names.new(f"Part {part.number}"), states.nested_execution(
            arn, part.number, seconds
        )

    def _parallel(self, shape: Parallel, width: int) -> tuple[str, State]:
        width = max(width, len(shape.branches))
        levels = [self.plan.by_id[node].level for one in steps_of(shape) for node in one.nodes]
        name = self.names.new(levels_name(min(levels), max(levels)))
        branches = [self.region(branch, width) for branch in shape.branches]
        return name, {"Type": "Parallel", "Branches": branches}

    def region(self, shape: Shape, width: int, *, is_item: bool = False) -> State:
        """A branch, or the body of a loop; each name of a state is one of its own."""
        chain = self.chain(shape, width)
        if is_item or width > WIDE:
            # It ends with {}; previews stay in the history.
            chain[-1] = (chain[-1][0], {**chain[-1][1], "OutputPath": None})
        kept = [*(_handing_on(name, state) for name, state in chain[:-1]), chain[-1]]
        return {"StartAt": kept[0][0], "States": linked(kept)}

    def _name(self, node: PlannedNode) -> str:
        return self.names.of_node(node.state)

    def _of(self, node: PlannedNode, what: str) -> str:
        return self.names.new(f"{node.state[:60]} - {what}")


def _handing_on(name: str, state: State) -> tuple[str, State]:
    """The result would take the place of the run's ids, which the next state needs."""
    takes_result = state["Type"] in ("Task", "Parallel") and "ResultPath" not in state
    return name, {**state, "ResultPath": None} if takes_result else state


def caught(chain: Chain) -> Chain:
    """As the states of a machine itself, whose failures are recorded."""
    handed = (_handing_on(name, state) for name, state in chain)
    can_fail = ("Task", "Parallel", "Map")
    return [
        (name, {**state, "Catch": states.catch()} if state["Type"] in can_fail else state)
        for name, state in handed
    ]


def linked(chain: Chain) -> dict[str, State]:
    """The states, each leading to the next one unless it says itself where it leads."""
    following: Iterable[str] = [name for name, _ in chain[1:]]
    found = {
        name: state if _leads(state) else {**state, "Next": after}
        for (name, state), after in zip(chain[:-1], following, strict=True)
    }
    name, last = chain[-1]
    return {**found, name: {**last, "End": True}}


def _leads(state: State) -> bool:
    return "Next" in state or state["Type"] == "Choice"
