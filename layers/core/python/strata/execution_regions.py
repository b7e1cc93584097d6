"""Where nodes of an execution are looked at: in the graph itself, or in an iteration of a loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strata import iterations
from strata.model.errors import NotFound
from strata.model.execution import Run, Status
from strata.model.plan import Plan, PlannedNode
from strata.platform import Platform
from strata.ports import Item
from strata.store import executions
from strata.store.graphs import load_plan


@dataclass(frozen=True, slots=True)
class Region:
    """`is_over` tells that no node of it begins any more, `has_ended` that the execution has."""

    head: Item
    plan: Plan
    run: Run
    is_over: bool

    @property
    def has_ended(self) -> bool:
        return Status(self.head["status"]).is_final

    @property
    def nodes(self) -> Sequence[PlannedNode]:
        return self.plan.by_parent[self.run.loop]

    def node(self, node_id: str) -> PlannedNode:
        """Raises NotFound, also for a node of another region."""
        node = self.plan.by_id.get(node_id)
        if node is None:
            raise NotFound
        if node.parent != self.run.loop:
            around = f"the body of '{node.parent}'" if node.parent else "no loop"
            raise NotFound(f"The node lies in {around}, which is not where it was looked for.")
        return node


def region_of(user_id: str, execution_id: str, iteration: str | None, platform: Platform) -> Region:
    """The graph's own region, or that of the iteration (`loop:3`, `loop:3/inner:0`).

    Raises NotFound, for an iteration that there is not, or not yet."""
    head = executions.head_of(user_id, execution_id, platform)
    run = executions.run_of(head)
    plan = load_plan(user_id, run.graph_id, run.version, platform)
    has_ended = Status(head["status"]).is_final
    if not iteration:
        return Region(head, plan, run, has_ended)
    run = replace(run, iteration=iteration)
    is_over = _is_over(run, plan, platform)
    return Region(head, plan, run, has_ended or is_over)


def _is_over(run: Run, plan: Plan, platform: Platform) -> bool:
    loops = list(iterations.around(run))
    if any(one.loop not in plan.bodies for one in loops):
        raise NotFound
    if any(plan.by_id[one.loop].parent != one.around.loop for one in loops):
        raise NotFound
    found = platform.table.get_many(iterations.surroundings(run, plan))
    for one in loops:
        loop = iterations.record_in(one, found).loop
        if loop is None or one.index >= loop.count:
            raise NotFound
    return iterations.is_over(run, plan, found)
