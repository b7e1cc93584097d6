"""What is in a definition: policies as retriers, the way to the end, sizes and figures."""

import itertools
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from strata.blocks import registry
from strata.compiler.checks import check
from strata.compiler.costs import MOST_SECONDS
from strata.compiler.definition import compile_graph
from strata.compiler.figures import Figures, figures
from strata.compiler.planning import plan
from strata.model.graph import Graph
from strata.model.plan import Plan
from tests.builders import ARNS, END_EXECUTION, chain, fan, graph, layered, node, traced
from tests.golden import compiled, compiled_whole

Json = dict[str, Any]


def machine(some: Graph) -> Json:
    found: Json = json.loads(compiled(traced(some)))
    return found


def measured(some: Graph) -> Figures:
    some = traced(some)
    return figures(plan(some, registry()), compiled_whole(some))


def retrier(**policy: Any) -> Json:
    states = machine(graph([node("a", value=1, retry=policy)]))["States"]
    found: Json = states["a"]["Retry"][-1]
    return found


def test_the_defaults_of_the_language_are_not_repeated() -> None:
    assert retrier() == {"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}


def test_the_platform_may_retry_three_times_besides_the_nodes_own_attempts() -> None:
    assert retrier(max_attempts=4)["MaxAttempts"] == 6


def test_a_maximum_delay_is_told_where_a_delay_would_pass_it() -> None:
    assert retrier(max_attempts=4)["MaxDelaySeconds"] == 30
    assert "MaxDelaySeconds" not in retrier(max_attempts=3)
    assert retrier(max_attempts=3, max_delay_seconds=15)["MaxDelaySeconds"] == 15


def test_a_maximum_below_the_interval_holds_from_the_first_delay_on() -> None:
    found = retrier(interval_seconds=60, max_delay_seconds=10)
    assert (found["IntervalSeconds"], found["BackoffRate"]) == (10, 1)
    assert "MaxDelaySeconds" not in found


def test_a_failure_that_is_recorded_is_never_retried() -> None:
    first = machine(graph([node("a", value=1)]))["States"]["a"]["Retry"][0]
    assert first == {"ErrorEquals": ["NodeFailed"], "MaxAttempts": 0}


def test_the_timeout_of_a_task_leaves_room_for_the_platforms_own_work() -> None:
    states = machine(graph([node("a", value=1, timeout_seconds=30)]))["States"]
    assert states["a"]["TimeoutSeconds"] == 40


def test_the_machine_times_out_after_every_retry_could_have_been_used_up() -> None:
    # Four tries of 70 s with 1, 2 and 4 s between; ten of 60 s with 1, 2, 4, 8, 16, 32 and three
    # times 60 s between for the record; a minute of room.
    assert machine(graph([node("a", value=1)]))["TimeoutSeconds"] == 287 + 843 + 60


def test_a_level_takes_as_long_as_its_slowest_node() -> None:
    slow, quick = node("a", value=1, timeout_seconds=840), node("b", value=1, timeout_seconds=1)
    both = machine(graph([quick, slow, quick.model_copy(update={"id": "c"})]))
    assert both["TimeoutSeconds"] == machine(graph([slow]))["TimeoutSeconds"]


def test_no_machine_lives_longer_than_a_year() -> None:
    retry = {"max_attempts": 10, "interval_seconds": 3600, "max_delay_seconds": 86_400}
    nodes = [one.model_copy(update={"retry": node("r", retry=retry).retry})
             for one in chain(200).nodes]  # fmt: skip
    long = chain(200).model_copy(update={"nodes": nodes})
    assert machine(long)["TimeoutSeconds"] == MOST_SECONDS == 365 * 24 * 3600


def test_every_state_of_a_level_leads_to_the_record_of_its_failure() -> None:
    states = machine(layered(2, 2))["States"]
    assert [states[name]["Catch"][0]["Next"] for name in ("Level 1", "Level 2")] == (
        ["Record failure"] * 2
    )
    assert states["Record failure"]["Next"] == "Execution failed"
    assert states["Execution failed"]["Type"] == "Fail"


def test_a_wide_last_level_leads_to_a_state_that_records_the_success() -> None:
    states = machine(fan(11))["States"]
    assert states["Level 2"]["Next"] == "Record success"
    assert states["Record success"]["Resource"] == END_EXECUTION
    assert states["Record success"]["End"] is True


def test_a_narrow_last_level_needs_no_state_to_record_its_success() -> None:
    states = machine(fan(10))["States"]
    assert "Record success" not in states
    assert states["Level 2"]["End"] is True


@pytest.mark.parametrize(("width", "is_kept"), [(100, True), (101, False)])
def test_more_previews_than_a_result_can_hold_are_left_in_the_history(
    width: int, is_kept: bool
) -> None:
    branch = machine(fan(width))["States"]["Level 2"]["Branches"][0]
    state = branch["States"][branch["StartAt"]]
    assert ("OutputPath" not in state) is is_kept


def test_a_very_wide_level_is_retried_more_often_when_it_is_throttled() -> None:
    branch = machine(fan(101))["States"]["Level 2"]["Branches"][0]
    retry = branch["States"][branch["StartAt"]]["Retry"][-1]
    assert (retry["MaxAttempts"], retry["MaxDelaySeconds"]) == (8, 30)


def test_nothing_of_the_users_but_ids_and_labels_is_in_a_definition() -> None:
    secret = graph([node("a", value="{% $secret %}", label="$.x")], name="Private")
    definition = compiled(secret)
    assert "secret" not in definition
    assert "Private" not in definition
    assert "$.x" not in definition


def test_a_plan_without_nodes_has_no_definition() -> None:
    with pytest.raises(ValueError, match="without nodes"):
        compile_graph(Plan((), frozenset()), ARNS)


def test_ten_fully_joined_levels_of_ten_cost_what_they_may() -> None:
    found = measured(layered(10, 10))
    assert found.definition_bytes / found.nodes <= 350
    assert found.transitions / found.nodes <= 1.10
    assert found.history_events / found.nodes <= 5.5


def test_the_figures_of_a_small_graph_can_be_counted_by_hand() -> None:
    found = measured(fan(2))
    assert (found.nodes, found.levels, found.tasks, found.parallels) == (3, 2, 3, 1)
    assert found.transitions == 4
    assert found.history_events == 2 + 3 * 5 + 4
    assert found.definition_bytes == len(compiled(traced(fan(2))).encode())
    assert found.longest_run_seconds == machine(fan(2))["TimeoutSeconds"]


def test_a_state_that_records_the_success_counts_as_any_other() -> None:
    found = measured(fan(11))
    assert found.transitions == 12 + 1 + 1
    assert found.history_events == 2 + 12 * 5 + 4 + 5
    assert (found.tasks, found.parallels) == (12 + 1, 1)


def test_definitions_grow_with_the_nodes_and_no_faster() -> None:
    per_node = [measured(layered(size // 10, 10)).definition_bytes / size for size in (100, 1_000)]
    assert per_node[1] < per_node[0] * 1.05


@pytest.mark.parametrize("shape", [chain, fan, lambda size: layered(size // 10, 10)])
def test_the_work_grows_with_the_nodes_and_no_faster(shape: Callable[[int], Graph]) -> None:
    small, large = (calls_to_compile(shape(size)) for size in (100, 3_000))
    assert large < small * 30**1.15


def calls_to_compile(some: Graph) -> int:
    """Function calls of the interpreter for check, plan and definition: time without a clock."""
    count = itertools.count()
    blocks = registry()
    sys.setprofile(lambda *_: next(count))
    check(some, blocks)
    compiled(some)
    sys.setprofile(None)
    return next(count)
