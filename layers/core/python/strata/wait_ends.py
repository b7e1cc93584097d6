"""The end of a node that waits to be told it, whoever tells it.

answer ─▶ block ─▶ the end, written once ─▶ the token of the machine's Task is answered
                                             └─ again later, if the platform does not answer
"""

from contextlib import suppress
from typing import Any

from strata import iterations
from strata.clock import moment
from strata.model.control import EXPIRED
from strata.model.errors import Conflict, NotFound, Unavailable
from strata.model.execution import NodeStatus, Run
from strata.model.plan import Plan
from strata.node_attempts import conclude
from strata.node_work import Work, facts_of
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.settling import failure_of
from strata.store import graphs, waits
from strata.store.node_records import Record
from strata.store.node_runs import Facts

Json = dict[str, Any]

MOST_TRIES = 10
"""Of an end that others change beneath it."""


def work_of(run: Run, node: str, platform: Platform) -> Work:
    """Raises NotFound where the graph has no such node, or that no such iteration."""
    plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    if node not in plan.by_id or not _lies_in(node, run, plan):
        raise NotFound
    planned = plan.by_id[node]
    return Work(run, plan, planned, platform.blocks()[planned.block], platform)


def _lies_in(node: str, run: Run, plan: Plan) -> bool:
    """Whether the node is of the loops that the run's iteration names."""
    parent = plan.by_id[node].parent
    while run.iteration and run.loop == parent:
        run, parent = run.around, plan.by_id[parent].parent
    return not (run.iteration or parent)


def is_awaited(work: Work, facts: Facts) -> bool:
    """Whether the node waits, in an execution and an iteration that still go on."""
    return (
        facts.own.status is NodeStatus.WAITING
        and facts.head is not None
        and not iterations.is_closed(facts.head)
        and not iterations.is_over(work.run, work.plan, facts.around)
    )


def is_given_up(work: Work, facts: Facts) -> bool:
    """Whether the node waits in an iteration that is over, of an execution that goes on."""
    return (
        facts.own.status is NodeStatus.WAITING
        and facts.head is not None
        and not iterations.is_closed(facts.head)
        and iterations.is_over(work.run, work.plan, facts.around)
    )


def is_expired(work: Work, own: Record) -> bool:
    return own.wait is not None and moment(own.wait.until) <= work.platform.clock.now()


def conclude_awaited(work: Work, answer: Json) -> Record:
    """The node's record, ended with the answer if it waited for one. Raises Unavailable."""
    for _ in range(MOST_TRIES):
        facts = facts_of(work)
        if not is_awaited(work, facts):
            return facts.own
        with suppress(ConditionFailed, Conflict):
            return conclude(work, facts, answer)
    raise Unavailable("The node is being changed without a pause.")


def expire(work: Work, facts: Facts) -> Record:
    """The end of a wait that nobody answered in time."""
    return conclude(work, facts, {EXPIRED: work.now()})


def tell(work: Work, own: Record) -> None:
    """Lets the machine go on from a node that has ended, unless it has already. Raises
    Unavailable."""
    if own.wait and own.status.is_final:
        if own.wait.token:
            work.platform.machines.answer(own.wait.token, failure_of(work, own))
        acknowledge(work, own)


def try_to_tell(work: Work, own: Record) -> None:
    """The same where the end counts whatever the machine says: the token stays with the record."""
    with suppress(Unavailable):
        tell(work, own)


def acknowledge(work: Work, own: Record) -> None:
    """Nothing is left to do about the node; several may find that at once."""
    token = own.wait.token if own.wait else ""
    with suppress(ConditionFailed, Conflict):
        work.platform.table.write_all(waits.acknowledged(work.run, own.node, token))
