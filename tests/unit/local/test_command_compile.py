"""`strata compile`, `plan` and `openapi`: no platform, no folder."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from strata.blocks import registry
from strata.compiler.definition import Arns, compile_graph
from strata.compiler.planning import plan
from strata.local.arns import Ids
from strata.model.graph import Graph, Options
from tests.builders import END_EXECUTION, RUN_NODE, chain, fan, graph, node
from tests.unit.local.command_line import doubling, strata, written


def machine(path: Path, *options: str) -> Any:
    told = strata("compile", path, *options)
    assert told.exit_code == 0
    return json.loads(told.stdout)


def problems(verb: str, folder: Path, document: Graph | dict[str, Any]) -> list[str]:
    told = strata(verb, written(folder, document))
    assert told.exit_code == 1
    assert told.stdout == ""
    return told.stderr.splitlines()


def test_compile_prints_the_definition(tmp_path: Path) -> None:
    document = doubling()
    options = ("--run-node", RUN_NODE, "--end-execution", END_EXECUTION)
    arns = Arns(RUN_NODE, END_EXECUTION, Ids("graph", "").machine_arn)
    expected = json.loads(compile_graph(plan(document, registry()), arns).main)
    assert machine(written(tmp_path, document), *options) == expected


def test_compile_takes_the_embedded_functions_if_none_are_named(tmp_path: Path) -> None:
    found = machine(written(tmp_path, doubling()))["States"]["A number"]["Resource"]
    assert found.endswith(":function:run_node")


def test_compile_writes_labels_as_they_are(tmp_path: Path) -> None:
    assert "Двойное" in strata("compile", written(tmp_path, doubling())).stdout


@pytest.mark.parametrize("verb", ["compile", "plan"])
def test_all_problems_are_told_on_standard_error_a_line_each(verb: str, tmp_path: Path) -> None:
    nodes = [node("a", "nope"), node("b", "json_parse"), node("c", "text_join", items=3)]
    told = problems(verb, tmp_path, graph(nodes))
    assert told[0] == "The graph has 3 problems:"
    assert sorted(line.split(":")[0].strip() for line in told[1:]) == ["a", "b.text", "c.items"]


def test_one_problem_is_told_in_the_singular(tmp_path: Path) -> None:
    told = problems("compile", tmp_path, graph([node("a", "nope")]))
    assert told == ["The graph has 1 problem:", "  a: There is no block 'nope'. [unknown_block]"]


def test_a_problem_of_the_whole_graph_says_so(tmp_path: Path) -> None:
    (_, told) = problems("plan", tmp_path, graph([]))
    assert told.startswith("  graph: ")


def test_fields_that_no_graph_has_are_problems_at_their_nodes(tmp_path: Path) -> None:
    document = {"name": "a", "nodes": [{"id": "x", "block": "constant", "bogus": 1}], "foo": 2}
    told = problems("compile", tmp_path, document)
    assert "  x.bogus: There is no such field. [unknown_field]" in told
    assert "  foo: There is no such field. [unknown_field]" in told


@pytest.mark.parametrize("nodes", [[{"block": "constant"}], [{"id": 3, "block": "a"}], [3]])
def test_a_node_without_an_id_is_told_by_its_position(nodes: Any, tmp_path: Path) -> None:
    told = problems("compile", tmp_path, {"name": "a", "nodes": nodes})
    assert any(line.startswith("  nodes.0") for line in told)


def test_a_problem_cannot_steer_the_terminal(tmp_path: Path) -> None:
    told = problems("compile", tmp_path, graph([node("a", "\x1b[31m\nred")]))
    assert "\x1b" not in "".join(told)
    assert len(told) == 2


def test_plan_shows_levels_by_their_labels(tmp_path: Path) -> None:
    told = strata("plan", written(tmp_path, doubling())).stdout
    assert "A number (input)" in told
    assert "Двойное ☂ (calculate)" in told


def test_plan_does_not_take_a_label_for_markup(tmp_path: Path) -> None:
    labelled = node("a", "constant", value=1, label="[red]now[/] :smile:")
    assert "[red]now[/] :smile:" in strata("plan", written(tmp_path, graph([labelled]))).stdout


def test_plan_folds_a_wide_level(tmp_path: Path) -> None:
    assert "and 288 more" in strata("plan", written(tmp_path, fan(300))).stdout


def test_plan_shows_each_of_many_levels(tmp_path: Path) -> None:
    told = strata("plan", written(tmp_path, chain(300))).stdout
    assert "n299 (constant)" in told


def figures_of(folder: Path, document: Graph) -> str:
    """The figures that `strata plan` prints, one blank between the words."""
    told = strata("plan", written(folder, document)).stdout
    return " ".join(told[told.index("\nNodes ") :].split())


def with_options(document: Graph, **options: Any) -> Graph:
    return document.model_copy(update={"options": Options(**options)})


def looping() -> Graph:
    nodes = [
        node("years", "for_each", items=[1, 2], label="Each year"),
        node("wait", "delay", seconds=1, parent="years"),
    ]
    return graph(nodes, "years.item -> wait.value", "wait.value -> years.result")


def test_plan_tells_what_each_item_of_a_loop_costs(tmp_path: Path) -> None:
    told = figures_of(tmp_path, looping())
    assert "of each run in which nothing fails, items of loops besides" in told
    assert "each item +3 Each year: 3 transitions, 14 events; $0.075 for 1,000" in told


def test_plan_tells_that_the_longest_run_is_a_bound(tmp_path: Path) -> None:
    assert "at most: every retry used up, 10,000 items in each loop" in figures_of(
        tmp_path, looping()
    )
    assert figures_of(tmp_path, doubling()).endswith("at most: every retry used up")


def test_plan_tells_the_nodes_of_a_loop_at_it(tmp_path: Path) -> None:
    assert "Each year (for_each of 1 node)" in strata("plan", written(tmp_path, looping())).stdout


def test_plan_tells_what_fusing_saves(tmp_path: Path) -> None:
    told = figures_of(tmp_path, chain(2))
    assert "2 light nodes in 1 Task Definition" in told
    assert "Fusing -$0.025 saved by fusing light nodes: 1 transition of each run" in told


def test_plan_tells_what_fusing_would_save(tmp_path: Path) -> None:
    told = figures_of(tmp_path, doubling())
    assert 'Fusing -$0.050 "fuse_light_nodes": true would save 2 transitions' in told


def test_plan_says_nothing_of_fusing_where_it_saves_nothing(tmp_path: Path) -> None:
    assert "Fusing" not in figures_of(tmp_path, graph([node("a", value=1)]))


def test_plan_tells_the_price_as_express(tmp_path: Path) -> None:
    told = figures_of(tmp_path, chain(2))
    assert "As Express $0.001 for 1,000 runs, and $0.00104 for 1,000 seconds of them" in told


def test_plan_tells_why_express_is_not_possible(tmp_path: Path) -> None:
    told = figures_of(tmp_path, looping())
    assert "As Express no years: The block 'for_each' needs a standard execution" in told
    assert "And 1 more: see --json." in told


def test_plan_tells_that_a_graph_takes_too_long_for_express(tmp_path: Path) -> None:
    slow = graph([node("a", "http_request", url="https://example.com", timeout_seconds=600)])
    assert "As Express no By the timeouts of its nodes" in figures_of(tmp_path, slow)


def test_plan_of_an_express_graph_has_its_price(tmp_path: Path) -> None:
    told = figures_of(tmp_path, with_options(chain(2), execution_type="express"))
    assert "Price $0.001 for 1,000 runs, and $0.00104 for 1,000 seconds of them" in told
    assert "As Standard $0.025 for 1,000 runs" in told
    assert "History" not in told
    assert told.endswith("5 min 00 s at most: an Express machine has no more")


def test_plan_of_a_large_graph_tells_of_the_largest_machine(tmp_path: Path) -> None:
    nodes = [node(f"n{at}", "http_request", url="https://example.com") for at in range(2600)]
    told = figures_of(tmp_path, graph(nodes))
    assert re.search(r"of \d state machines Definition bytes [\d,]+ of the largest machine; ", told)
    assert re.search(r"History events [\d,]+ of the largest machine; ", told)


def test_plan_as_json_names_levels_and_figures(tmp_path: Path) -> None:
    told = json.loads(strata("plan", written(tmp_path, doubling()), "--json").stdout)
    assert [level["nodes"] for level in told["levels"]] == [["number"], ["double"], ["twice"]]
    assert told["longest_path"] == ["number", "double", "twice"]
    assert (told["nodes"], told["transitions"], told["machines"]) == (3, 3, 1)


def test_openapi_prints_the_contract() -> None:
    told = json.loads(strata("openapi").stdout)
    assert told["openapi"].startswith("3.1")
    assert "/v1/graphs/{graph_id}/executions" in told["paths"]


def test_without_a_verb_the_help_is_shown() -> None:
    told = strata()
    assert told.exit_code == 2
    assert "strata run events/graphs/seattle_report.json" in told.output


@pytest.mark.parametrize(
    "verb", ["run", "serve", "compile", "plan", "check-definition", "openapi", "enqueue"]
)
def test_every_verb_has_help(verb: str) -> None:
    told = strata(verb, "--help")
    assert told.exit_code == 0
    assert f"Usage: strata {verb}" in told.stdout
