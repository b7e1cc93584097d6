"""Reconciling: what was lost on the way is brought to the truth, what is healthy is not touched.

Events of Step Functions may be lost, and a process may stop between two of its writes. Whatever
there is still something to do about stands in one index (`executions.open_query`); each sweep looks
at all of it.

never launched, or halfway ──▶ launched          machine ended, execution not ──▶ ended
waits, though there is room ──▶ admitted         cancelled, machine still runs ──▶ stopped
cancel asked for, not done ──▶ cancelled         node ended, its Task waits    ──▶ answered
sub-graph of nobody        ──▶ cancelled         its user may not be here ──▶ cancelled
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from typing import Any

from strata import cancelling, ends, machines, relatives, slots, waits
from strata.clock import moment, timestamp
from strata.compiler.definition import EXPRESS_SECONDS
from strata.launching import launch
from strata.model.execution import Run, Status
from strata.observability import record_failure, record_repairs
from strata.platform import Platform
from strata.ports import Item
from strata.stopping import stop
from strata.store import executions, graphs, keys, users
from strata.store.reading import read_whole

Json = dict[str, Any]

GRACE_SECONDS = 120
"""What was made less than so long ago may be under way."""


def sweep(grace_seconds: float = GRACE_SECONDS, *, platform: Platform) -> Json:
    """Looks at every execution that is not done with: {"checked", "repaired": {what: count},
    "failed"}. What fails is told in the log, and tried again by the next sweep."""
    repaired = Counter[str]()
    checked = failed = 0
    is_barred = cache(partial(users.is_barred, platform=platform))
    for head in _open(grace_seconds, platform):
        checked += 1
        try:
            repaired.update(_repaired(head, is_barred, platform))
        except Exception as error:
            # One execution must not keep the others from their repair.
            failed += 1
            told = head["execution_id"]
            record_failure("reconcile", error, platform=platform, execution_id=told)
    record_repairs(repaired, failed, platform=platform)
    return {"checked": checked, "repaired": dict(repaired), "failed": failed}


def _open(grace_seconds: float, platform: Platform) -> Iterator[Item]:
    before = timestamp(platform.clock.now() - timedelta(seconds=grace_seconds))
    for shard in range(keys.OPEN_SHARDS):
        query = executions.open_query(shard, f"{before}#{keys.LAST}")
        yield from read_whole(query, platform)


def _repaired(found: Item, is_barred: Callable[[str], bool], platform: Platform) -> list[str]:
    """What had to be done. The index may lag behind, so the head itself counts."""
    run = executions.run_of(found)
    head = executions.head_of(run.user_id, run.execution_id, platform)
    if Status(head["status"]).is_final:
        return ["stopped"] if _stopped(run, head, platform) else []
    if "cancelling" in head:
        ends.end(run, None, platform=platform)
        stop(run, platform=platform)
        return ["cancelled"]
    if is_barred(run.user_id) or relatives.is_adrift(head, platform=platform):
        cancelling.cancel(run.user_id, run.execution_id, platform=platform)
        return ["cancelled"]
    if "waiting" in head:
        return ["admitted"] if _admitted(run, platform) else []
    return _started_or_ended(run, head, platform)


def _stopped(run: Run, head: Item, platform: Platform) -> bool:
    return "stop_pending" in head and stop(run, platform=platform)


def _admitted(run: Run, platform: Platform) -> bool:
    slots.admit(run.user_id, platform=platform)
    head = executions.head_of(run.user_id, run.execution_id, platform)
    return "waiting" not in head


def _started_or_ended(run: Run, head: Item, platform: Platform) -> list[str]:
    status = platform.machines.status(machines.name_of(run, head), run.execution_id)
    if status == "RUNNING":
        return ["answered"] * sum(
            waits.mend(one.run, one.node, platform=platform)
            for one in waits.left(run, platform=platform)
        )
    if status is not None:
        error = None if status == "SUCCEEDED" else {"Error": status}
        ends.end(run, error, platform=platform)
        return ["ended"]
    if head["status"] == Status.RUNNING and _is_express(run, platform):
        return _ended_by_time(run, head, platform)
    launch(run, platform=platform)
    return ["launched"]


def _is_express(run: Run, platform: Platform) -> bool:
    return graphs.load_plan(run.user_id, run.graph_id, run.version, platform).express


def _ended_by_time(run: Run, head: Item, platform: Platform) -> list[str]:
    """Nobody tells how an Express execution fares: it is over when its time is."""
    age = platform.clock.now() - moment(head["started_at"])
    if age < timedelta(seconds=EXPRESS_SECONDS + GRACE_SECONDS):
        return []
    ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
    return ["ended"]
