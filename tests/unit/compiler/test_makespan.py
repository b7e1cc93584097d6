"""The simulator of `make bench`: it takes a definition as the platform would run it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strata.blocks import registry
from strata.compiler.definition import compile_graph
from strata.compiler.figures import figures
from strata.compiler.planning import plan
from strata.model.graph import Graph
from tests.bench.corpus import KINDS, MOST_NODES, corpus
from tests.bench.makespan import makespan, passed
from tests.bench.waiting import critical_path, waited
from tests.builders import ARNS, chain, diamond, fan, traced
from tests.random_graphs import graphs
from tests.shape_orders import takes

Json = dict[str, Any]

A, B = ({"Type": "Task", "Parameters": {"node": node}, "End": True} for node in "ab")
BRANCHES = [{"StartAt": "A", "States": {"A": A}}, {"StartAt": "B", "States": {"B": B}}]


def machine(*states: Json) -> Json:
    chained = [
        {**state, **({"Next": str(at + 1)} if at + 1 < len(states) else {"End": True})}
        for at, state in enumerate(states)
    ]
    return {"StartAt": "0", "States": {str(at): state for at, state in enumerate(chained)}}


def task(**parameters: Any) -> Json:
    return {"Type": "Task", "Parameters": {"run.$": "$", **parameters}}


def compiled(graph: Graph) -> Json:
    found: Json = json.loads(compile_graph(plan(graph, registry()), ARNS).main)
    return found


def test_states_run_one_after_the_other() -> None:
    assert makespan(machine(task(node="a"), task(node="b")), {"a": 1, "b": 2}) == 3


def test_a_parallel_takes_as_long_as_its_longest_branch() -> None:
    both = {"Type": "Parallel", "Branches": BRANCHES}
    assert makespan(machine(both, task(node="c")), {"a": 1, "b": 2, "c": 4}) == 6


def test_a_task_of_several_nodes_takes_as_long_as_all_of_them() -> None:
    assert makespan(machine(task(nodes=["a", "b"])), {"a": 1, "b": 2}) == 3


def test_a_task_that_records_the_end_takes_no_time() -> None:
    assert makespan(machine(task(node="a"), task()), {"a": 1}) == 1


def test_a_state_whose_time_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="Wait"):
        makespan(machine(task(node="a"), {"Type": "Wait"}), {"a": 1})


def test_a_parallel_counts_besides_its_branches() -> None:
    both = {"Type": "Parallel", "Branches": BRANCHES}
    assert passed(machine(both, task(node="c"))) == (4, 2 + 3 * 5 + 4)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs(), st.data())
def test_a_definition_takes_as_long_as_its_shape(some: Graph, data: st.DataObject) -> None:
    planned = plan(some, registry())
    times = {node.id: data.draw(st.integers(1, 1000)) for node in some.nodes}
    assert makespan(compiled(some), times) == takes(planned.shape, times)


@pytest.mark.parametrize("graph", [traced(chain(50)), diamond(), traced(fan(20))])
def test_what_is_counted_is_what_the_figures_tell(graph: Graph) -> None:
    planned = plan(graph, registry())
    told = figures(planned, compile_graph(planned, ARNS))
    assert passed(compiled(graph)) == (told.transitions, told.history_events)


def test_a_chain_of_forty_light_nodes_passes_one_state() -> None:
    assert passed(compiled(chain(40))) == (1, 2 + 5)


def test_the_critical_path_is_the_longest_way_along_the_links() -> None:
    assert critical_path([(0, 1), (0, 2), (1, 3), (2, 3)], [1, 2, 5, 1]) == 7


def test_the_corpus_has_graphs_of_each_kind_and_of_the_size_that_was_asked_for() -> None:
    cases = list(corpus(graphs=10, rounds=2))
    assert [case.kind for case in cases] == [kind for kind in KINDS for _ in range(10)]
    assert all(10 <= case.nodes <= MOST_NODES for case in cases)
    assert all(0 <= a < b < case.nodes for case in cases for a, b in case.edges)


def test_the_corpus_is_the_same_every_time() -> None:
    assert list(corpus(graphs=2, rounds=2)) == list(corpus(graphs=2, rounds=2))


def test_nodes_take_from_ten_milliseconds_to_ten_seconds() -> None:
    times = [time for case in corpus(graphs=2) for row in case.times for time in row]
    assert 0.01 <= min(times) < 0.011
    assert 9.9 < max(times) <= 10


def test_no_graph_of_the_corpus_is_slower_than_its_plain_levels() -> None:
    for case in corpus(graphs=3, rounds=3):
        found = waited(case)
        assert 1 - 1e-9 <= found.ours <= found.plain + 1e-9
