"""Light nodes that share a Task: run one after the other, their ends written together.

read ──▶ each node: ended before? ──▶ its record counts
 │         └──── run it ──▶ its record and values wait to be written
 └─ again, where another invocation, or the execution's end, wrote one of these records first

They are written when a transaction is full, when they are large or have taken their time, when a
node asks for another attempt or ends the execution, and at the end. What a node emits goes on to
the next one in memory: a value that JSON can carry reads the same from there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from strata import iterations, node_attempts
from strata.compiler.retrying import together
from strata.light_attempts import conclude
from strata.memory import Memory
from strata.model.errors import Conflict, NodeFailed, NodeRetry, NotFound
from strata.model.execution import NodeStatus, Status
from strata.model.plan import Plan
from strata.node_ends import tell
from strata.node_work import Work, is_first, taking, values_key
from strata.ports import MAX_WRITES, ConditionFailed, Write
from strata.store import keys, light_runs
from strata.store.light_runs import Concluded, GroupFacts
from strata.store.node_records import Record
from strata.store.node_runs import Facts
from strata.store.values import Packed, size_of, unpack

MOST_NODES = (MAX_WRITES - 1) // 2
"""Of one transaction: each with its record and its values, besides the start of the execution."""
MOST_BYTES = 3_000_000
"""The same; DynamoDB takes 4 MB."""
MOST_SECONDS_UNWRITTEN = 1.0
"""So long what has ended may wait to be written: not more is lost with the function."""
LOOKS = 3
"""So often a group looks by itself, before its Task is asked to try again later."""
KEPT_KILOBYTES = 16_000
"""Of the values' JSON that stays in memory for the nodes that follow; the rest is read again."""


def facts_of(works: Sequence[Work]) -> GroupFacts:
    """What is known before the first of them runs."""
    inner = [work.node.id for work in works]
    sources = {
        link.source: values_key(work, link.source)
        for work in works
        for link in work.node.incoming
        if link.source not in inner
    }
    run, around = works[0].run, iterations.surroundings(works[0].run, works[0].plan)
    return light_runs.read(run, inner, sources, works[0].platform, around)


def bring_to_end(work: Work, facts: Facts) -> Record:
    """The final record of a node that has a Task of its own, light or not. Raises NodeRetry,
    NodeFailed."""
    if not work.block.is_light:
        return node_attempts.bring_to_end(work, facts)
    own = {work.node.id: facts.own}
    known = GroupFacts(facts.head, own, facts.emitted, facts.around)
    return bring_together([work], known)[0]


def bring_together(works: Sequence[Work], facts: GroupFacts | None = None) -> list[Record]:
    """The final records of these nodes of one run, in their order, up to the first whose failure
    lets none after it begin. One that does not begin, since the loop around has ended, is CANCELLED
    and keeps no record.

    Raises NodeRetry if another attempt is due, NodeFailed if the execution has ended meanwhile,
    NotFound if there is none."""
    for _ in range(LOOKS - 1):
        try:
            return _Look(works, facts or facts_of(works)).records()
        except (ConditionFailed, Conflict):
            facts = None
    with taking(works[0]):
        return _Look(works, facts or facts_of(works)).records()


class _Look:
    """What one look at the nodes has found, and what came of it that waits to be written."""

    def __init__(self, works: Sequence[Work], facts: GroupFacts) -> None:
        if facts.head is None:
            raise NotFound
        self._works = works
        self._run = works[0].run
        self._platform = works[0].platform
        self._head = facts.head
        self._around = facts.around
        self._is_old = False
        self._own = facts.own
        self._emitted = dict(facts.emitted)
        self._values = Memory(KEPT_KILOBYTES)
        self._waiting: list[tuple[Work, Concluded]] = []
        self._size = 0
        self._begun = self._written = self._platform.clock.monotonic()

    def records(self) -> list[Record]:
        found = []
        for work in self._works:
            record = self._record(work)
            found.append(record)
            if record.status is NodeStatus.FAILED and not work.node.continues:
                break
        self._write()
        return found

    def _record(self, work: Work) -> Record:
        own = self._own[work.node.id]
        if own.status.is_final and own.status is not NodeStatus.CANCELLED:
            return own
        self._check_goes_on(work)
        if iterations.is_over(self._run, work.plan, self._around):
            return replace(own, status=NodeStatus.CANCELLED)
        if own.status is NodeStatus.CANCELLED:
            # Whoever ends the execution is not done with that.
            raise NodeRetry(f"{own.node} was taken by the end of the execution")
        return self._concluded(work, own)

    def _check_goes_on(self, work: Work) -> None:
        if self._is_old:
            self._look_around(work.plan)
            self._check_time()
        if iterations.is_closed(self._head):
            raise NodeFailed(f"{work.node.id}: the execution has ended")

    def _look_around(self, plan: Plan) -> None:
        """At the execution, and at the loops around."""
        head, around = keys.execution(self._run), iterations.surroundings(self._run, plan)
        found = self._platform.table.get_many([head, *around])
        self._head, self._around, self._is_old = found[head], found, False

    def _check_time(self) -> None:
        """A Task whose time is up is invoked again, while this invocation would still run."""
        most = together([work.node.timeout_seconds for work in self._works])
        if self._platform.clock.monotonic() - self._begun >= most:
            raise NodeRetry("the time of the nodes' Task is up")

    def _concluded(self, work: Work, own: Record) -> Record:
        try:
            concluded = conclude(work, own, self._head, self._emitted, self._load, self._keep)
        except Exception:
            # What came before is not lost with it; and whoever asks which node failed the platform
            # finds the first one without a record.
            self._write()
            raise
        self._take(work, concluded)
        record = concluded.record
        if not record.status.is_final:
            self._write()
            told = record.error or {}
            raise NodeRetry(f"{told.get('code')}: {told.get('message')}")
        return record

    def _take(self, work: Work, concluded: Concluded) -> None:
        if len(self._waiting) == MOST_NODES or self._size + concluded.size > MOST_BYTES:
            self._write()
        self._waiting.append((work, concluded))
        self._size += concluded.size
        if concluded.emitted is not None:
            self._emitted[work.node.id] = concluded.emitted
        unwritten = self._platform.clock.monotonic() - self._written
        if concluded.is_large or unwritten > MOST_SECONDS_UNWRITTEN:
            self._write()

    def _write(self) -> None:
        """All that waits, or nothing. Raises ConditionFailed, Conflict."""
        if not self._waiting:
            return
        if self._run.iteration:
            # The end of an execution takes the records of its own nodes, but no body's.
            self._is_old = True
            self._check_goes_on(self._waiting[0][0])
        writes = self._start()
        for _, concluded in self._waiting:
            writes += light_runs.writes(self._run, concluded)
        light_runs.write(writes, self._platform)
        for work, concluded in self._waiting:
            if concluded.record.status.is_final:
                tell(work, concluded.record)
        self._waiting, self._size = [], 0
        self._written = self._platform.clock.monotonic()
        self._is_old = True

    def _start(self) -> list[Write]:
        """The first node of the plan starts the execution."""
        if self._head["status"] != Status.QUEUED:
            return []
        first = [one.record for work, one in self._waiting if is_first(work)]
        return [light_runs.started(self._run, record) for record in first]

    def _load(self, packed: Packed) -> Any:
        def read() -> Any:
            return unpack(packed, self._platform)

        return self._values.recall(_name(packed), read, lambda _: size_of(packed))

    def _keep(self, packed: Packed, value: Any) -> None:
        self._values.recall(_name(packed), lambda: value, lambda _: size_of(packed))


def _name(packed: Packed) -> str:
    """The same for the same value: its JSON, or the name of its blob, which is no JSON."""
    name: str = packed["json"] if "json" in packed else packed["blob"]
    return name
