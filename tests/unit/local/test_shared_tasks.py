"""Light nodes that share a Task, run by the embedded engine from the definition that AWS gets."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from strata import executions, graphs, node_views
from strata.clock import SystemClock
from strata.compiler.definition import compile_graph
from strata.compiler.figures import Figures, figures
from strata.local.platform import LocalPlatform, open_platform
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.store.graphs import load_plan
from tests.builders import ARNS, chain, graph, layered, node, traced
from tests.held_platform import USER

LENGTH = 40
MOST_TRANSITIONS, MOST_EVENTS = 0.3, 1.5
"""Of each node of a chain of light nodes."""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[LocalPlatform]:
    """With the functions of the repository, and time that passes."""
    with open_platform(tmp_path, clock=SystemClock()) as opened:
        yield opened


class Ran(NamedTuple):
    execution: str
    figures: Figures
    events: list[str]


def run(real: LocalPlatform, made: Graph) -> Ran:
    graph_id = graphs.create(USER, made, platform=real.platform)["id"]
    plan = load_plan(USER, graph_id, 1, real.platform)
    execution = executions.start(USER, graph_id, {}, platform=real.platform)["id"]
    real.machines.wait(execution, 60)
    shown = executions.get(USER, execution, platform=real.platform)
    assert shown["status"] == "COMPLETED"
    events = [event.type for event in real.machines.history(execution)]
    return Ran(execution, figures(plan, compile_graph(plan, ARNS)), events)


def entered(events: list[str]) -> int:
    return sum(event.endswith("StateEntered") for event in events)


def test_a_chain_of_light_nodes_takes_next_to_no_transitions_and_events(
    real: LocalPlatform,
) -> None:
    ran = run(real, chain(LENGTH))
    assert entered(ran.events) <= MOST_TRANSITIONS * LENGTH
    assert len(ran.events) <= MOST_EVENTS * LENGTH


@pytest.mark.parametrize("made", [chain(LENGTH), traced(chain(LENGTH)), layered(3, 10)])
def test_the_figures_tell_what_a_run_takes(real: LocalPlatform, made: Graph) -> None:
    ran = run(real, made)
    assert (entered(ran.events), len(ran.events)) == (
        ran.figures.transitions,
        ran.figures.history_events,
    )


def test_each_node_has_a_record_and_times_of_its_own(real: LocalPlatform) -> None:
    ran = run(real, chain(LENGTH))
    page = PageRequest(100)
    shown = node_views.listing(USER, ran.execution, page=page, platform=real.platform)["items"]
    assert [(one["status"], one["attempts"]) for one in shown] == [("COMPLETED", 1)] * LENGTH
    times = [time for one in shown for time in (one["started_at"], one["ended_at"])]
    assert times == sorted(times)


@pytest.mark.parametrize("shares", [True, False])
def test_the_result_is_the_same_with_shared_tasks_and_without(
    real: LocalPlatform, shares: bool
) -> None:
    made = graph(
        [
            node("a", value={"city": "Zürich", "rain": [1, 2.5, None]}),
            node("text", "text_template", template="{{ city }}: {{ rain }}"),
            node("sum", "calculate", expression="sum(rain) / 3"),
            node("wet", "condition", operator=">", right=1),
            node("yes", "output", name="yes"),
            node("no", "output", name="no"),
            node("said", "output", name="said"),
        ],
        "a.value -> text.values",
        "a.value -> sum.values",
        "sum.error -> wet.left",
        "wet.else -> no.value",
        "wet.error -> yes.value",
        "text.text -> said.value",
    )
    ran = run(real, made if shares else traced(made))
    shown = executions.get(USER, ran.execution, platform=real.platform)
    assert shown["outputs"]["said"] == "Zürich: [1, 2.5, null]"
    assert shown["outputs"]["yes"]["code"] == "not_comparable"
    assert shown["node_counts"] == {"COMPLETED": 4, "FAILED": 2, "SKIPPED": 1}
