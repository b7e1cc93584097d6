"""Graphs too large for one machine: parts of their own, run as nested executions."""

import json
from typing import Any

import pytest

from strata.blocks import registry
from strata.compiler.costs import MOST_EVENTS
from strata.compiler.definition import compile_graph
from strata.compiler.figures import MOST_DEFINITION_BYTES, figures
from strata.compiler.parts import Size, split
from strata.compiler.planning import plan
from strata.model.graph import Graph, Options
from strata.model.plan import Plan
from strata.model.shape import (
    Parallel,
    Part,
    Series,
    Shape,
    Step,
    parts_of,
    shape_from_json,
    shape_to_json,
    steps_of,
)
from tests.builders import ARNS, MACHINE, chain, fan, layered


def singles(count: int) -> tuple[Step, ...]:
    return tuple(Step((f"n{at}",)) for at in range(count))


def measure(_: Step) -> Size:
    return Size(10, 5)


def fitted(shape: Shape, most: int) -> Shape:
    return split(shape, measure, Size(10_000, most))


def without_fusing(graph: Graph) -> Plan:
    options = Options(fuse_light_nodes=False)
    return plan(graph.model_copy(update={"options": options}), registry())


def events(shape: Shape) -> int:
    if isinstance(shape, Step):
        return 5
    if isinstance(shape, Part):
        return 6
    inner = shape.parts if isinstance(shape, Series) else shape.branches
    return 4 * isinstance(shape, Parallel) + sum(map(events, inner))


def test_what_fits_one_machine_stays_as_it_is() -> None:
    shape = Series(singles(4))
    assert fitted(shape, 20) == shape


def test_neighbours_go_into_a_part_together() -> None:
    one, two, three, four, five = singles(5)
    parts = Series((Part(1, Series((one, two, three))), Part(2, Series((four, five)))))
    assert fitted(Series((one, two, three, four, five)), 20) == parts


def test_a_part_of_one_node_needs_no_series() -> None:
    *_, last = singles(4)
    found = fitted(Series(singles(4)), 19)
    assert isinstance(found, Series)
    assert found.parts[-1] == Part(2, last)


def test_branches_are_grouped_into_parallels() -> None:
    found = fitted(Parallel(singles(6)), 24)
    assert found == Parallel((Part(1, Parallel(singles(6)[:4])), Part(2, Parallel(singles(6)[4:]))))


@pytest.mark.parametrize("kind", [Series, Parallel])
def test_more_parts_than_one_machine_can_call_lie_in_parts_themselves(kind: Any) -> None:
    found = fitted(kind(singles(1_000)), 40)
    machines = [found, *(part.shape for part in parts_of(found))]
    assert all(events(machine) <= 40 for machine in machines)
    assert sorted(step.nodes for step in steps_of(found)) == sorted(
        step.nodes for step in singles(1_000)
    )


def test_every_part_has_a_number_of_its_own() -> None:
    found = fitted(Series(singles(1_000)), 40)
    numbers = [part.number for part in parts_of(found)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_a_shape_with_parts_is_the_same_after_json() -> None:
    shape = fitted(Parallel(singles(50)), 40)
    assert shape_from_json(json.loads(json.dumps(shape_to_json(shape)))) == shape


@pytest.mark.parametrize("graph", [chain(10_000), fan(9_999), layered(1_000, 10)])
def test_each_machine_of_ten_thousand_nodes_fits_definition_and_history(graph: Graph) -> None:
    planned = without_fusing(graph)
    compiled = compile_graph(planned, ARNS)
    found = figures(planned, compiled)
    assert found.machines == 1 + len(compiled.parts) > 1
    assert found.definition_bytes <= MOST_DEFINITION_BYTES
    assert found.history_events <= MOST_EVENTS


def test_a_part_is_a_nested_execution_named_after_its_parents() -> None:
    compiled = compile_graph(without_fusing(chain(5_000)), ARNS)
    task = json.loads(compiled.main)["States"]["Part 1"]
    assert task["Resource"] == "arn:aws:states:::states:startExecution.sync:2"
    assert task["Parameters"] == {
        "StateMachineArn": f"{MACHINE}-1",
        "Name.$": "States.Format('{}-1', $$.Execution.Name)",
        "Input.$": "$",
    }


def test_the_failure_of_a_part_is_recorded_by_the_machine_around_it() -> None:
    compiled = compile_graph(without_fusing(chain(5_000)), ARNS)
    main, part = json.loads(compiled.main)["States"], json.loads(compiled.parts[0])["States"]
    assert main["Part 1"]["Catch"][0]["Next"] == "Record failure"
    assert "Record failure" not in part
    assert not any("Catch" in state for state in part.values())


def test_a_part_hands_the_ids_of_the_run_from_state_to_state() -> None:
    compiled = compile_graph(without_fusing(chain(5_000)), ARNS)
    *before, last = json.loads(compiled.parts[0])["States"].values()
    assert all(state["ResultPath"] is None for state in before)
    assert last["End"] is True
