"""State machines and their executions, as a use case sees them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strata.model.execution import Run
from strata.ports import MachineDiffers, MachineMissing
from tests.contract.conftest import WatchedMachines

MACHINE = "gph_01jv0000000000000000000000-12-1"
RUN = Run("exe_01jv0000000000000000000001", "usr_1", "gph_1", 12).to_json()


def definition(**more: Any) -> str:
    return json.dumps(
        {"StartAt": "Pause", "States": {"Pause": {"Type": "Pass", "End": True, **more}}}
    )


def test_an_execution_gets_its_input(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.start(MACHINE, "exe_1", RUN)
    assert watched_machines.started() == {"exe_1": RUN}


def test_two_executions_of_a_machine(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.start(MACHINE, "exe_1", {"n": 1})
    watched_machines.machines.start(MACHINE, "exe_2", {"n": 2})
    assert watched_machines.started() == {"exe_1": {"n": 1}, "exe_2": {"n": 2}}


@pytest.mark.parametrize("again", [RUN, {"other": 1}], ids=["same input", "another input"])
def test_an_execution_that_was_started_stays_as_it_is(
    watched_machines: WatchedMachines, again: dict[str, Any]
) -> None:
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.start(MACHINE, "exe_1", RUN)
    watched_machines.machines.start(MACHINE, "exe_1", again)
    assert watched_machines.started() == {"exe_1": RUN}


def test_of_20_starts_at_once_one_counts(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: watched_machines.machines.start(MACHINE, "exe_1", RUN), range(20)))
    assert watched_machines.started() == {"exe_1": RUN}


def test_a_machine_that_was_never_made_is_missing(watched_machines: WatchedMachines) -> None:
    with pytest.raises(MachineMissing):
        watched_machines.machines.start(MACHINE, "exe_1", RUN)
    assert watched_machines.started() == {}


def test_a_machine_is_made_once(watched_machines: WatchedMachines) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: watched_machines.machines.create(MACHINE, definition()), range(10)))
    watched_machines.machines.start(MACHINE, "exe_1", RUN)
    assert watched_machines.started() == {"exe_1": RUN}


def test_a_machine_does_not_get_another_definition(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    with pytest.raises(MachineDiffers):
        watched_machines.machines.create(MACHINE, definition(Comment="another"))
    watched_machines.machines.create(MACHINE, definition())


def test_a_deleted_machine_is_missing(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.delete(MACHINE)
    with pytest.raises(MachineMissing):
        watched_machines.machines.start(MACHINE, "exe_1", RUN)


def test_a_deleted_machine_can_be_made_again(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.delete(MACHINE)
    watched_machines.machines.create(MACHINE, definition())
    watched_machines.machines.start(MACHINE, "exe_1", RUN)
    assert watched_machines.started() == {"exe_1": RUN}


def test_the_deletion_of_an_absent_machine_is_done(watched_machines: WatchedMachines) -> None:
    watched_machines.machines.delete(MACHINE)


def test_the_functions_behind_the_states_are_named_by_their_arns(
    watched_machines: WatchedMachines,
) -> None:
    machines = watched_machines.machines
    for arn, name in ((machines.run_node, "run_node"), (machines.end_execution, "end_execution")):
        assert arn.startswith("arn:aws:lambda:")
        assert arn.endswith(name)


def test_an_execution_that_was_never_started_is_forgotten(
    watched_machines: WatchedMachines,
) -> None:
    assert watched_machines.machines.forget(MACHINE, "exe_absent")
