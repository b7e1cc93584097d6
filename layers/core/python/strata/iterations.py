"""Iterations of loops: where their nodes find what enters them, and when they are over.

The run of a body for one item is a region of its own. What its nodes read from outside lies in the
regions around it, what the loop gives them with the item.
"""

from collections.abc import Iterator, Mapping

from strata.model.execution import NodeStatus, Run, Status
from strata.model.plan import Plan
from strata.model.shape import last_steps
from strata.platform import Platform
from strata.ports import Item, Key
from strata.store import keys
from strata.store.loops import Track
from strata.store.node_records import Record, record_of

Items = Mapping[Key, Item]


def around(run: Run) -> Iterator[Run]:
    """The iteration and those around it, the innermost first; none outside of loops."""
    while run.iteration:
        yield run
        run = run.around


def source_key(run: Run, plan: Plan, source: str) -> Key:
    """Where that lies which a source hands to a node of this run: what it emitted, in the region
    that it belongs to, or the item, where it is a loop around the node."""
    home = plan.by_id[source].parent
    while run.loop not in (source, home):
        run = run.around
    return keys.item(run) if run.loop == source else keys.value(run, source)


def last_nodes(plan: Plan, loop: str) -> list[str]:
    """Of the loop's body: when all of them have ended, all have."""
    return [step.nodes[-1] for step in last_steps(plan.bodies[loop])]


def track_of(run: Run, plan: Plan, loop: str) -> Track:
    """`run` is the one that the loop itself belongs to."""
    return Track(run, loop, len(last_nodes(plan, loop)))


def record_in(run: Run, items: Items) -> Record:
    """The record of the loop that this iteration is of."""
    return record_of(run.loop, items.get(keys.node_run(run.around, run.loop)))


def surroundings(run: Run, plan: Plan) -> list[Key]:
    """Of each loop around: its record, and how this iteration of it fares."""
    found = []
    for one in around(run):
        track = track_of(one.around, plan, one.loop)
        found += [keys.node_run(one.around, one.loop), track.key(one.index)]
    return found


def reach_of_end(run: Run, plan: Plan, items: Items) -> str:
    """How the names begin of all iterations that are over where this one is: its own name, that of
    one around it, or of a loop around it that has ended; empty where it is not over."""
    reach = ""
    for one in around(run):
        key = track_of(one.around, plan, one.loop).key(one.index)
        if record_in(one, items).status.is_final:
            reach = one.iteration.rpartition(":")[0] + ":"
        elif str(one.index) in items.get(key, ()):
            reach = one.iteration + "/"
    return reach


def is_over(run: Run, plan: Plan, items: Items) -> bool:
    """Whether no node of the iteration begins any more: a node of it has failed, or a loop around
    has ended. `items` are what lies under the keys of `surroundings`."""
    return bool(reach_of_end(run, plan, items))


def is_closed(head: Item) -> bool:
    """Whether no node of the execution begins any more."""
    return Status(head["status"]).is_final or "cancelling" in head


def mark_end(run: Run, plan: Plan, own: Record, platform: Platform) -> None:
    """Notes for those who watch the loop that a last node of this iteration has ended."""
    last = last_nodes(plan, run.loop)
    ended = own.status.is_final and own.status is not NodeStatus.CANCELLED
    if ended and own.node in last:
        track = Track(run.around, run.loop, len(last))
        platform.table.write(track.ended(run.index, last.index(own.node)))
