"""Cancelling: no node begins any more, what ran is recorded, what still runs is stopped.

ask ──▶ the end, written once ──▶ stop the machine
 └─ from here no node begins        └─ again later, if the platform does not answer
"""

from contextlib import suppress
from typing import Any

from strata import ends
from strata.execution_views import owner_of_links, view
from strata.model.errors import Conflict, ExecutionEnded, NotFound, Unavailable
from strata.model.execution import Run, Status
from strata.model.idempotency import Idempotency
from strata.platform import Platform
from strata.ports import ConditionFailed, Item
from strata.stopping import stop
from strata.store import executions
from strata.store.values import show_within

Json = dict[str, Any]


def cancel(
    user_id: str,
    execution_id: str,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The execution, CANCELLED. With an idempotency key the same request may be sent again.

    Raises NotFound, ExecutionEnded (also where its own end came first), Unavailable."""
    by = idempotency.key if idempotency else platform.clock.new_id("req")
    run, was_mine = _ended(user_id, execution_id, by, platform)
    head = executions.head_of(user_id, execution_id, platform)
    with suppress(Conflict, Unavailable):
        # The end stands; a sweep finds whom it did not reach.
        ends.tell_relatives(run, head, platform=platform)
    if head["status"] != Status.CANCELLED or not (was_mine or head.get("cancelled_by") == by):
        raise ExecutionEnded(f"The execution is {head['status']}, which is final.")
    if "stop_pending" in head:
        stop(run, platform=platform)
    return view(head, show_within(platform, owner=owner_of_links(head)))


def _ended(user_id: str, execution_id: str, by: str, platform: Platform) -> tuple[Run, bool]:
    """The run once it has ended, and whether this call ended it."""
    try:
        head = platform.table.write(executions.asked_to_cancel(user_id, execution_id, by))
    except ConditionFailed as failed:
        return executions.run_of(_found(failed)), False
    run = executions.run_of(head)
    try:
        return run, ends.bring_to_end(run, None, platform=platform).is_first
    except Conflict:
        raise Unavailable("Other executions end at the same time.") from None


def _found(failed: ConditionFailed) -> Item:
    if failed.item is None:
        raise NotFound
    return failed.item
