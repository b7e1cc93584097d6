"""From a graph to its plan: levels, links in order, who ends the execution, names of states."""

import pytest
from hypothesis import given, settings

from strata.blocks import registry
from strata.compiler.levels import levels
from strata.compiler.names import MAX_NAME, is_allowed, state_names
from strata.compiler.planning import plan as planned_with
from strata.model.graph import Graph
from strata.model.plan import Incoming, Plan, RetryPolicy, plan_from_json
from tests.builders import chain, diamond, fan, graph, joined, layered, node, traced
from tests.random_graphs import graphs

PATHS = [("a", "d"), ("a", "b"), ("b", "c"), ("c", "d")]


def plan(some: Graph) -> Plan:
    return planned_with(some, registry())


def names(*labels: str) -> list[str]:
    nodes = [node(f"n{at}", label=label) for at, label in enumerate(labels)]
    return list(state_names(nodes).values())


def test_a_level_is_one_more_than_the_highest_that_a_node_depends_on() -> None:
    assert levels(["d", "c", "b", "a"], PATHS) == [["a"], ["b"], ["c"], ["d"]]


def test_a_level_keeps_the_order_of_the_author() -> None:
    assert levels(["z", "m", "a"], [("m", "a")]) == [["z", "m"], ["a"]]


def test_two_links_between_the_same_nodes_are_one_dependency() -> None:
    assert levels(["a", "b"], [("a", "b"), ("a", "b")]) == [["a"], ["b"]]


def test_what_depends_on_a_cycle_is_in_no_level() -> None:
    assert levels(["a", "b", "c", "d"], [("a", "b"), ("b", "a"), ("b", "c")]) == [["d"]]


def test_no_nodes_have_no_levels() -> None:
    assert levels([], []) == []


def test_a_chain_of_ten_thousand_nodes_has_as_many_levels() -> None:
    assert plan(chain(10_000)).nodes[-1].level == 10_000


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs())
def test_each_node_is_one_level_below_its_lowest_source(some: Graph) -> None:
    by_id = plan(some).by_id
    for one in by_id.values():
        above = [by_id[entering.source].level for entering in one.incoming]
        assert one.level == max(above, default=0) + 1


def test_a_graph_with_a_cycle_has_no_plan() -> None:
    with pytest.raises(ValueError, match="cycle"):
        plan(joined(["a", "b"], [("a", "b"), ("b", "a")]))


def test_incoming_links_keep_the_order_of_the_graph() -> None:
    links = ["b.value -> c.items.1", "a.value -> c.items.0", "b.error -> c.separator"]
    planned = plan(graph([node("a"), node("b"), node("c", "text_join")], *links))
    assert planned.by_id["c"].incoming == (
        Incoming("b", "value", "items", "1"),
        Incoming("a", "value", "items", "0"),
        Incoming("b", "error", "separator"),
    )


def test_a_link_from_the_pin_error_lets_the_execution_go_on() -> None:
    nodes = [node("a"), node("b"), node("c", on_error="continue"), node("d")]
    planned = plan(graph(nodes, "a.error -> d.value", "b.value -> d.value"))
    assert [one.continues for one in planned.nodes] == [True, False, True, False]


def test_the_policy_of_a_node_is_planned() -> None:
    retry = {"max_attempts": 4, "interval_seconds": 2, "backoff_rate": 1.5, "max_delay_seconds": 9}
    planned = plan(graph([node("a", retry=retry, timeout_seconds=7)])).nodes[0]
    assert planned.retry == RetryPolicy(4, 2, 1.5, 9)
    assert planned.timeout_seconds == 7


@pytest.mark.parametrize(("width", "ending"), [(1, 1), (10, 10), (11, 0)])
def test_a_last_level_of_up_to_ten_nodes_ends_the_execution_itself(width: int, ending: int) -> None:
    assert len(plan(traced(fan(width))).last) == ending


def test_a_plan_comes_back_from_json_as_it_was() -> None:
    planned = plan(layered(3, 3))
    assert plan_from_json(planned.to_json()) == planned


def test_a_state_has_the_label_of_its_node_or_its_id() -> None:
    assert names("Fetch the file", "") == ["Fetch the file", "n1"]


def test_labels_that_repeat_get_the_id() -> None:
    assert names("Fetch", "Fetch", "Send") == ["Fetch (n0)", "Fetch (n1)", "Send"]


def test_labels_that_look_alike_after_cleaning_get_the_id() -> None:
    assert names("Fetch: a", "Fetch? a", "e\u0301", "\xe9") == [
        "Fetch a (n0)",
        "Fetch a (n1)",
        "\xe9 (n2)",
        "\xe9 (n3)",
    ]


def test_a_label_cannot_take_the_name_that_another_node_gets_by_its_id() -> None:
    assert names("Fetch", "Fetch", "Fetch (n0)") == ["Fetch (n0)", "Fetch (n1)", "Fetch (n0) (n2)"]


def test_a_label_that_is_the_id_of_another_node_cannot_be_confused_with_it() -> None:
    assert names("n1", "") == ["n1 (n0)", "n1 (n1)"]


@pytest.mark.parametrize("label", ["Level 3", "level 12", "Record failure", "Execution failed"])
def test_the_names_of_the_machines_own_states_are_not_for_nodes(label: str) -> None:
    assert names(label) == [f"{label} (n0)"]


def test_a_field_of_the_language_is_no_name_for_a_state() -> None:
    assert list(state_names([node("States", label=""), node("b", label="Next")]).values()) == [
        "States (States)",
        "Next (b)",
    ]


def test_a_long_label_is_cut_and_the_id_kept_whole() -> None:
    long_id = "i" * 64
    named = state_names([node("short", label="x" * 120), node(long_id, label="a long label " * 9)])
    assert named["short"] == "x" * 72 + " (short)"
    assert named[long_id] == f"a long label ({long_id})"


def test_what_a_console_or_a_log_could_stumble_over_is_left_out() -> None:
    assert names("a\nb\u202ec<d>*{e}$&🚀", "Größe データ हिन्दी", "???") == [
        "a b c d e",
        "Größe データ हिन्दी",
        "n2",
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(graphs())
def test_no_two_states_have_one_name_whatever_the_labels(some: Graph) -> None:
    found = list(state_names(some.nodes).values())
    assert len(set(found)) == len(found)
    assert all(0 < len(name) <= MAX_NAME and all(map(is_allowed, name)) for name in found)


def test_a_plan_names_the_state_of_each_node() -> None:
    assert [one.state for one in plan(diamond()).nodes] == ["a", "b", "c", "d"]
