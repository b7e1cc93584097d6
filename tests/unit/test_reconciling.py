"""What was lost on the way is brought to the truth by one sweep; what is healthy is not touched."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from strata import approvals, cancelling, executions, graphs, nodes, reconciling
from strata.model.errors import Unavailable
from strata.model.execution import Run
from strata.model.graph import Options
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import MachineStatus, Update
from strata.settings import Settings
from strata.store import keys
from strata.store.executions import asked_to_cancel, open_query
from tests.builders import chain, graph, node
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, play, run_until_ended, started
from tests.watched_table import watched

MINUTE = 60


class EndedMachines(HeldMachines):
    """Every execution has ended in that way."""

    def __init__(self, status: MachineStatus) -> None:
        super().__init__()
        self.ended = status

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        return self.ended if execution_id in self.started else None


class ExpressMachines(HeldMachines):
    """Tells nothing of any execution, as AWS does of Express ones."""

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        return None


def swept(platform: Platform, clock: HeldClock, after: float = 5 * MINUTE) -> dict[str, Any]:
    clock.sleep(after)
    return reconciling.sweep(platform=platform)


def status(run: Run, platform: Platform) -> str:
    shown = executions.get(USER, run.execution_id, platform=platform)
    return str(shown["status"])


def still_open(platform: Platform) -> int:
    shards = range(keys.OPEN_SHARDS)
    return sum(len(platform.table.query(open_query(shard)).items) for shard in shards)


def without_machine(platform: Platform) -> Run:
    """An execution whose start stopped before its machine's."""
    graph_id = graphs.create(USER, chain(2), platform=platform)["id"]
    down = HeldMachines()
    down.down = True
    with pytest.raises(Unavailable):
        executions.start(USER, graph_id, {}, platform=replace(platform, machines=down))
    [found] = executions.listing(USER, page=PageRequest(), platform=platform)["items"]
    return Run(found["id"], USER, graph_id, 1)


def test_nothing_at_all_needs_no_repair(held: Platform, clock: HeldClock) -> None:
    assert swept(held, clock) == {"checked": 0, "repaired": {}, "failed": 0}


def test_a_start_that_stopped_halfway_is_launched(held: Platform, clock: HeldClock) -> None:
    run = without_machine(held)
    assert swept(held, clock)["repaired"] == {"launched": 1}
    assert run.execution_id in held.machines.started  # type: ignore[attr-defined]
    assert play(run, held)["status"] == "COMPLETED"


def test_what_was_repaired_needs_no_second_repair(held: Platform, clock: HeldClock) -> None:
    without_machine(held)
    swept(held, clock)
    assert swept(held, clock)["repaired"] == {}


def test_what_may_be_under_way_is_left_alone(held: Platform, clock: HeldClock) -> None:
    without_machine(held)
    assert swept(held, clock, MINUTE) == {"checked": 0, "repaired": {}, "failed": 0}


def test_a_healthy_execution_is_checked_and_nothing_is_written(
    held: Platform, clock: HeldClock
) -> None:
    started(chain(2), held)
    seen, table = watched(held)
    assert swept(seen, clock) == {"checked": 1, "repaired": {}, "failed": 0}
    assert not {"write", "write_all"} & set(table.calls)


@pytest.mark.parametrize(
    ("machine", "ends"),
    [("FAILED", "FAILED"), ("ABORTED", "FAILED"), ("TIMED_OUT", "TIMED_OUT")],
)
def test_an_end_whose_event_was_lost_is_written(
    held: Platform, clock: HeldClock, machine: MachineStatus, ends: str
) -> None:
    platform = replace(held, machines=EndedMachines(machine))
    run = started(chain(2), platform)
    assert swept(platform, clock)["repaired"] == {"ended": 1}
    assert status(run, platform) == ends
    assert still_open(platform) == 0


def test_an_end_is_what_the_nodes_say(held: Platform, clock: HeldClock) -> None:
    platform = replace(held, machines=EndedMachines("SUCCEEDED"))
    wide = chain(2).model_copy(update={"options": Options(fuse_light_nodes=False)})
    run = started(wide, platform)
    run_until_ended(run, "n000", platform)
    swept(platform, clock)
    assert status(run, platform) == "FAILED"


def test_a_cancel_that_stopped_halfway_is_brought_to_its_end(
    held: Platform, clock: HeldClock
) -> None:
    run = started(chain(2), held)
    held.table.write(asked_to_cancel(USER, run.execution_id, "req_1"))
    assert swept(held, clock)["repaired"] == {"cancelled": 1}
    assert status(run, held) == "CANCELLED"
    assert still_open(held) == 0


def test_a_machine_that_could_not_be_stopped_is_stopped(held: Platform, clock: HeldClock) -> None:
    run = started(chain(2), held)
    machines = held.machines
    assert isinstance(machines, HeldMachines)
    machines.down = True
    cancelling.cancel(USER, run.execution_id, platform=held)
    assert swept(held, clock)["repaired"] == {}
    machines.down = False
    assert swept(held, clock)["repaired"] == {"stopped": 1}
    assert machines.stopped == {run.execution_id}
    assert still_open(held) == 0


def test_whoever_waits_though_there_is_room_is_admitted(held: Platform, clock: HeldClock) -> None:
    one = replace(held, settings=Settings(most_running="1"))
    first = started(chain(2), one)
    second = started(chain(2), one)
    two = replace(held, settings=Settings(most_running="2"))
    assert swept(two, clock)["repaired"] == {"admitted": 1}
    assert {first.execution_id, second.execution_id} <= set(held.machines.started)  # type: ignore[attr-defined]


def test_one_that_cannot_be_repaired_keeps_no_other_from_it(
    held: Platform, clock: HeldClock
) -> None:
    broken, whole = without_machine(held), started(chain(2), held)
    platform = replace(held, machines=EndedMachines("FAILED"))
    platform.machines.down = True  # type: ignore[attr-defined]
    platform.machines.started[whole.execution_id] = {}  # type: ignore[attr-defined]
    told = swept(platform, clock)
    assert (told["repaired"], told["failed"]) == ({"ended": 1}, 1)
    assert status(broken, platform) == "QUEUED"


def test_what_an_older_compiler_made_is_looked_for_under_its_own_name(
    held: Platform, clock: HeldClock
) -> None:
    class Watching(HeldMachines):
        asked: ClassVar[list[str]] = []

        def status(self, machine: str, execution_id: str) -> MachineStatus | None:
            self.asked.append(machine)
            return "RUNNING"

    run = started(chain(2), held)
    held.table.write(Update(keys.execution(run), set={"compiler": 1}))
    swept(replace(held, machines=Watching()), clock)
    assert Watching.asked == [f"{run.graph_id}-1-1"]


class TestWaits:
    GRAPH = graph([node("ask", "approval", data=1), node("b")], "ask.approved -> b.value")

    def test_an_answer_that_its_machine_never_heard_is_given_again(
        self, held: Platform, clock: HeldClock
    ) -> None:
        run = started(self.GRAPH, held)
        nodes.run(run, "ask", token="token", platform=held)
        machines = held.machines
        assert isinstance(machines, HeldMachines)
        machines.down = True
        decision = approvals.Decision(approve=True, changes={})
        approvals.decide(USER, run.execution_id, "ask", decision, platform=held)
        machines.down = False
        assert swept(held, clock)["repaired"] == {"answered": 1}
        assert machines.answers == {"token": None}
        assert swept(held, clock)["repaired"] == {}

    def test_a_node_that_still_waits_is_left_alone(self, held: Platform, clock: HeldClock) -> None:
        run = started(self.GRAPH, held)
        nodes.run(run, "ask", token="token", platform=held)
        seen, table = watched(held)
        assert swept(seen, clock)["repaired"] == {}
        assert not {"write", "write_all"} & set(table.calls)


class TestExpress:
    GRAPH = chain(2).model_copy(update={"options": Options(execution_type="express")})

    def test_one_that_runs_within_its_time_is_left_alone(
        self, held: Platform, clock: HeldClock
    ) -> None:
        platform = replace(held, machines=ExpressMachines())
        run = started(self.GRAPH, platform)
        run_until_ended(run, "n000", platform)
        assert swept(platform, clock, 3 * MINUTE)["repaired"] == {}

    def test_one_whose_time_is_over_has_timed_out(self, held: Platform, clock: HeldClock) -> None:
        platform = replace(held, machines=ExpressMachines())
        run = started(self.GRAPH, platform)
        run_until_ended(run, "n000", platform)
        assert swept(platform, clock, 8 * MINUTE)["repaired"] == {"ended": 1}
        assert status(run, platform) == "TIMED_OUT"
