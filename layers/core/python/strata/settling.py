"""What the end of a node means for what is around it."""

from strata import item_failures, iterations
from strata.model.execution import NodeStatus
from strata.node_work import Work
from strata.store.node_records import Record


def failure_of(work: Work, own: Record) -> str | None:
    """Notes the end where the node's iteration is watched. Why the machine is to fail, where the
    node's failure ends the execution; done again, it changes nothing."""
    if own.status is NodeStatus.FAILED and not work.node.continues:
        if item_failures.ends_execution(work):
            error = own.error or {}
            return f"{own.node}: {error.get('code')}: {error.get('message')}"
    elif work.run.iteration:
        iterations.mark_end(work.run, work.plan, own, work.platform)
    return None
