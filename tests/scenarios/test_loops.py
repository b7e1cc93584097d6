"""Loops: a body of nodes runs once per item, and the results come back in the items' order."""

import json
from typing import Any

import pytest

from tests.builders import graph, node
from tests.scenarios.graphs import EXAMPLES
from tests.scenarios.person import Person

Json = dict[str, Any]

LIST = node("list", "input", name="list", type="array")


def inverses(**pins: Any) -> Json:
    """Divides 12 by each number of the input `list`; a division by zero fails its item."""
    return graph(
        [
            LIST,
            node("each", "for_each", **pins),
            node("invert", "calculate", expression="12 / number", parent="each"),
            node("write", "text_template", template="{{ at }}: {{ result }}", parent="each"),
            node("written", "output", name="written"),
            node("failed", "output", name="failed"),
        ],
        "list.value -> each.items", "each.item -> invert.values.number",
        "each.index -> write.values.at", "invert.result -> write.values.result",
        "write.text -> each.result", "each.results -> written.value",
        "each.failures -> failed.value",
        name="Inverses",
    ).model_dump(mode="json")  # fmt: skip


def tables() -> Json:
    """Three loops within each other: the product of each way through the input `list`."""
    return graph(
        [
            LIST,
            node("x", "for_each", max_concurrency=2),
            node("y", "for_each", parent="x"),
            node("z", "for_each", parent="y"),
            node("product", "calculate", expression="number * len(row) * by", parent="z"),
            node("by", value=10),
            node("products", "output", name="products"),
        ],
        "list.value -> x.items", "x.item -> y.items", "y.item -> z.items",
        "z.item -> product.values.number", "y.item -> product.values.row",
        "by.value -> product.values.by", "product.result -> z.result", "z.results -> y.result",
        "y.results -> x.result", "x.results -> products.value",
        name="Tables",
    ).model_dump(mode="json")  # fmt: skip


def items(person: Person, execution: Json, query: str = "", loop: str = "each") -> list[Json]:
    path = f"/executions/{execution['id']}/nodes/{loop}/items?{query}"
    found: list[Json] = person.reads(path)["items"]
    return found


def test_the_results_stand_in_the_order_of_the_items(ada: Person) -> None:
    execution = ada.runs(inverses(max_concurrency=3), {"list": [1, 2, 3, 4, 6, 12]})
    assert execution["status"] == "COMPLETED"
    assert execution["outputs"]["written"] == [
        "0: 12.0", "1: 6.0", "2: 4.0", "3: 3.0", "4: 2.0", "5: 1.0",
    ]  # fmt: skip
    assert execution["node_counts"] == {"COMPLETED": 4}


@pytest.mark.parametrize("given", [[], [3]])
def test_no_item_and_one_item_are_lists_too(ada: Person, given: list[int]) -> None:
    execution = ada.runs(inverses(), {"list": given})
    assert len(execution["outputs"]["written"]) == len(given)


def test_a_tolerated_failure_leaves_a_gap_and_is_told(ada: Person) -> None:
    execution = ada.runs(inverses(tolerated_failures=1), {"list": [1, 0, 2]})
    assert execution["outputs"]["written"] == ["0: 12.0", None, "2: 6.0"]
    (failure,) = execution["outputs"]["failed"]
    assert (failure["index"], failure["node"], failure["code"]) == (
        1,
        "invert",
        "division_by_zero",
    )


def test_a_failure_too_many_fails_the_execution_with_the_loop(ada: Person) -> None:
    execution = ada.runs(inverses(tolerated_failure_percentage=50), {"list": [0, 0, 1]})
    assert execution["status"] == "FAILED"
    assert (execution["error"]["code"], execution["error"]["node"]) == ("items_failed", "each")


def test_a_loop_that_goes_on_after_errors_lets_the_execution_go_on(ada: Person) -> None:
    made = inverses()
    made["nodes"][1]["on_error"] = "continue"
    execution = ada.runs(made, {"list": [1, 0, 2, 0]})
    assert (execution["status"], execution["outputs"]) == ("COMPLETED", {})
    assert ada.nodes(execution["id"])["each"]["error"]["code"] == "items_failed"


def test_each_item_can_be_looked_at(ada: Person) -> None:
    execution = ada.runs(inverses(tolerated_failures=1), {"list": [1, 0, 2]})
    assert [(one["index"], one["status"], one["result"]) for one in items(ada, execution)] == [
        (0, "COMPLETED", "0: 12.0"),
        (1, "FAILED", None),
        (2, "COMPLETED", "2: 6.0"),
    ]
    (failed,) = items(ada, execution, "status=FAILED")
    assert failed["error"]["node"] == "invert"
    path = f"/executions/{execution['id']}/nodes/invert?iteration={failed['iteration']}"
    assert ada.reads(path)["inputs"] == {"expression": "12 / number", "values": {"number": 0}}
    assert ada.reads(f"/executions/{execution['id']}/nodes/each")["items"] == {
        "count": 3,
        "done": 3,
        "failed": 1,
    }


def test_loops_lie_within_loops(ada: Person) -> None:
    execution = ada.runs(tables(), {"list": [[[1, 2], [3]], [], [[], [4, 5, 6]]]})
    assert execution["outputs"]["products"] == [
        [[20, 40], [30]],
        [],
        [[], [120, 150, 180]],
    ]


def test_many_items_run_as_executions_of_their_own(ada: Person) -> None:
    execution = ada.runs(inverses(max_concurrency=8), {"list": [12] * 1_001})
    assert execution["status"] == "COMPLETED"
    assert execution["outputs"]["written"][-1] == "1000: 1.0"
    assert ada.reads(f"/executions/{execution['id']}/nodes/each")["items"]["done"] == 1_001


def test_an_item_that_no_state_could_carry_passes_unchanged(ada: Person) -> None:
    made = graph(
        [
            node("text", "input", name="text"),
            node("parts", "text_split", separator="|"),
            node("each", "for_each"),
            node("find", "text_replace", find="★", replace="", parent="each"),
            node("stars", "output", name="stars"),
        ],
        "text.value -> parts.text", "parts.items -> each.items", "each.item -> find.text",
        "find.count -> each.result", "each.results -> stars.value",
    ).model_dump(mode="json")  # fmt: skip
    execution = ada.runs(made, {"text": "★ " * 300_000 + "|★"})
    assert execution["outputs"]["stars"] == [300_000, 1]


def test_the_example_compares_the_years_and_names_the_one_that_is_missing(ada: Person) -> None:
    made = json.loads((EXAMPLES / "seattle_years.json").read_text("utf-8"))
    weather = (EXAMPLES / "seattle-weather.csv").read_text("utf-8")
    report = ada.runs(made, {"csv": weather})["outputs"]["report"]
    assert "| 2014 | 3.38 | 35.6 |" in report
    assert "The file has no day of 2016." in report


def test_a_body_may_wait_each_item_for_itself(ada: Person) -> None:
    made = graph(
        [
            node("each", "for_each", items=[1, 2, 3]),
            node("pause", "delay", seconds=1, parent="each"),
            node("after", "calculate", expression="n * 2", parent="each"),
            node("doubled", "output", name="doubled"),
        ],
        "each.item -> pause.value", "pause.value -> after.values.n", "after.result -> each.result",
        "each.results -> doubled.value",
    ).model_dump(mode="json")  # fmt: skip
    execution = ada.runs(made)
    assert execution["outputs"] == {"doubled": [2, 4, 6]}
    assert execution["duration_seconds"] >= 1


def approvals_of(asked: list[Any], **pins: Any) -> Json:
    """Asks for each; what is approved is handed back, and one that is rejected fails."""
    return graph(
        [
            node("each", "for_each", items=asked, **pins),
            node("ask", "approval", parent="each"),
            node("no", "fail", message="Rejected.", parent="each"),
            node("why", "text_template", template="{{ what }} was rejected", parent="each"),
            node("approved", "output", name="approved"),
        ],
        "each.item -> ask.data", "ask.approved -> each.result", "ask.rejected -> why.values.what",
        "why.text -> no.message", "each.results -> approved.value",
    ).model_dump(mode="json")  # fmt: skip


def decides(person: Person, execution_id: str, index: int, approve: bool) -> None:
    path = f"/executions/{execution_id}/nodes/ask"
    query = {"iteration": f"each:{index}"}

    def look() -> str:
        answer = person.http.get(path, params=query)
        return str(answer.json().get("status"))

    person.waits(look, lambda status: status == "WAITING")
    answer = person.http.post(f"{path}/decision", params=query, json={"approve": approve})
    assert answer.status_code == 200, answer.text


def test_each_item_may_be_approved_for_itself(ada: Person) -> None:
    execution_id = ada.starts(ada.saves(approvals_of(["a", "b", "c"], tolerated_failures=1)))
    for index, approve in ((2, True), (0, True), (1, False)):
        decides(ada, execution_id, index, approve)
    execution = ada.waits_for(execution_id)
    assert execution["outputs"] == {"approved": ["a", None, "c"]}


def test_a_cancelled_loop_waits_for_nobody(ada: Person) -> None:
    execution_id = ada.starts(ada.saves(approvals_of(["a", "b"])))
    decides(ada, execution_id, 0, True)
    assert ada.http.post(f"/executions/{execution_id}/cancel").status_code == 202
    execution = ada.waits_for(execution_id)
    assert execution["status"] == "CANCELLED"
    statuses = {one["index"]: one["status"] for one in items(ada, execution)}
    assert statuses[1] == "CANCELLED"
