"""Ways that a graph chooses; ends that come later: a time, a person, an event, another graph."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.builders import graph, node
from tests.scenarios.graphs import EXAMPLES, square_and_cube
from tests.scenarios.person import Person

Json = dict[str, Any]

SIZES = [
    {"name": "small", "operator": "<", "value": 10},
    {"name": "large", "operator": "<", "value": 100},
]


def sorting() -> Json:
    """Sends the input `size` down the arms `small`, `large` and `default`, which meet again."""
    arms = ("small", "large", "default")
    return graph(
        [
            node("size", "input", name="size", type="number"),
            node("sort", "switch", cases=SIZES),
            *(node(arm, "text_template", template=f"{arm}: {{{{ size }}}}") for arm in arms),
            node("said", "output", name="said"),
        ],
        "size.value -> sort.value",
        *(f"sort.{arm} -> {arm}.values.size" for arm in arms),
        *(f"{arm}.text -> said.value" for arm in arms),
        name="Sorting",
    ).model_dump(mode="json")


def payment(**given: Any) -> Json:
    """Asks whether to pay the input `amount`; outputs `paid`, `refused` or `why`."""
    return graph(
        [
            node("amount", "input", name="amount"),
            node("ask", "approval", message="Pay this?", **given),
            node("paid", "output", name="paid"),
            node("refused", "output", name="refused"),
            node("why", "output", name="why"),
        ],
        "amount.value -> ask.data",
        "ask.approved -> paid.value",
        "ask.rejected -> refused.value",
        "ask.error -> why.value",
        name="Payment",
    ).model_dump(mode="json")


def order() -> Json:
    """Hands out where its event is to be posted, waits for that, and gives it back."""
    return graph(
        [
            node("where", "callback_url", node="paid"),
            node("paid", "wait_for_event"),
            node("url", "output", name="url"),
            node("receipt", "output", name="receipt"),
        ],
        "where.url -> url.value",
        "paid.body -> receipt.value",
        name="Order",
    ).model_dump(mode="json")


def calling(graph_id: str, **given: Any) -> Json:
    """Runs the graph, and gives back its outputs."""
    return graph(
        [node("call", "sub_graph", graph_id=graph_id, **given), node("out", "output", name="out")],
        "call.outputs -> out.value",
        name="Calling",
    ).model_dump(mode="json")


def waits(person: Person, execution_id: str, name: str) -> Json:
    """The node once it waits."""
    path = f"/executions/{execution_id}/nodes/{name}"
    return person.waits(lambda: person.reads(path), lambda one: one["status"] == "WAITING")


def child_of(person: Person, execution_id: str) -> str:
    """The execution of the sub-graph, once there is one."""
    path = f"/executions/{execution_id}/nodes/call"
    told = person.waits(
        lambda: person.reads(path)["waiting"], lambda told: bool(told) and "execution_id" in told
    )
    return str(told["execution_id"])


def decides(person: Person, execution_id: str, **decision: Any) -> Any:
    path = f"/executions/{execution_id}/nodes/ask/decision"
    return person.http.post(path, json=decision)


def posts(person: Person, url: str, event: Any) -> Any:
    """Wherever the API is reached from here."""
    return person.http.post(urlsplit(url).path.removeprefix("/v1"), json=event)


class TestSwitch:
    @pytest.mark.parametrize(("size", "arm"), [(3, "small"), (30, "large"), (300, "default")])
    def test_a_value_goes_down_one_arm_and_the_others_are_skipped(
        self, ada: Person, size: int, arm: str
    ) -> None:
        execution = ada.runs(sorting(), {"size": size})
        assert execution["outputs"] == {"said": f"{arm}: {size}"}
        assert execution["node_counts"] == {"COMPLETED": 4, "SKIPPED": 2}


def test_a_graph_may_fail_with_an_error_of_its_own(ada: Person) -> None:
    failing = graph([node("stop", "fail", message="No rain.", code="no_rain")])
    execution = ada.runs(failing.model_dump(mode="json"))
    assert execution["status"] == "FAILED"
    assert execution["error"] == {"code": "no_rain", "message": "No rain.", "node": "stop"}


class TestDelay:
    def test_a_delay_hands_on_later(self, ada: Person) -> None:
        late = graph(
            [node("wait", "delay", seconds=1.5, value="late"), node("out", "output", name="out")],
            "wait.value -> out.value",
        )
        execution_id = ada.starts(ada.saves(late.model_dump(mode="json")))
        assert "until" in waits(ada, execution_id, "wait")["waiting"]
        execution = ada.waits_for(execution_id)
        assert execution["outputs"] == {"out": "late"}
        assert ada.nodes(execution_id)["wait"]["outputs"]["waited_seconds"] >= 1.4

    def test_a_skipped_delay_holds_nobody_up(self, ada: Person) -> None:
        never = graph(
            [
                node("test", "condition", left=1, operator="empty"),
                node("wait", "delay", seconds=3600),
                node("out", "output", name="out"),
            ],
            "test.then -> wait.value",
            "wait.value -> out.value",
        )
        execution = ada.runs(never.model_dump(mode="json"))
        assert execution["node_counts"] == {"COMPLETED": 1, "SKIPPED": 2}

    def test_delays_side_by_side_wait_together(self, ada: Person) -> None:
        many = graph([node(f"wait{at}", "delay", seconds=1) for at in range(5)])
        execution = ada.runs(many.model_dump(mode="json"))
        assert execution["node_counts"] == {"COMPLETED": 5}


class TestApproval:
    def test_what_is_approved_goes_on(self, ada: Person) -> None:
        execution_id = ada.starts(ada.saves(payment()), {"amount": 120})
        asked = waits(ada, execution_id, "ask")
        assert asked["inputs"] == {"message": "Pay this?", "data": 120}
        assert decides(ada, execution_id, approve=True).status_code == 200
        assert ada.waits_for(execution_id)["outputs"] == {"paid": 120}

    def test_it_may_be_changed_on_the_way(self, ada: Person) -> None:
        execution_id = ada.starts(ada.saves(payment()), {"amount": 120})
        waits(ada, execution_id, "ask")
        decides(ada, execution_id, approve=True, data=100)
        assert ada.waits_for(execution_id)["outputs"] == {"paid": 100}

    def test_what_is_rejected_takes_the_other_arm(self, ada: Person) -> None:
        execution_id = ada.starts(ada.saves(payment()), {"amount": 120})
        waits(ada, execution_id, "ask")
        decides(ada, execution_id, approve=False)
        assert ada.waits_for(execution_id)["outputs"] == {"refused": 120}
        late = decides(ada, execution_id, approve=True)
        assert (late.status_code, late.json()["code"]) == (409, "already_decided")

    def test_it_is_its_owner_s_alone(self, ada: Person, ben: Person) -> None:
        execution_id = ada.starts(ada.saves(payment()), {"amount": 120})
        waits(ada, execution_id, "ask")
        assert decides(ben, execution_id, approve=True).status_code == 404
        assert ada.http.post(f"/executions/{execution_id}/cancel").status_code == 202
        assert decides(ada, execution_id, approve=True).json()["code"] == "not_waiting"

    def test_nobody_in_time_is_told_as_an_error(self, ada: Person) -> None:
        execution = ada.runs(payment(expires_seconds=1), {"amount": 120})
        assert execution["status"] == "COMPLETED"
        assert execution["outputs"]["why"]["code"] == "approval_expired"


class TestStormWarning:
    """The example of the repository."""

    @pytest.fixture
    def graph_id(self, ada: Person) -> str:
        return ada.saves(json.loads((EXAMPLES / "storm_warning.json").read_text("utf-8")))

    def test_a_storm_is_warned_of_in_the_words_that_were_approved(
        self, ada: Person, graph_id: str
    ) -> None:
        execution_id = ada.starts(graph_id, {"wind": 120})
        asked = waits(ada, execution_id, "ask")["inputs"]["data"]
        assert asked == "Gusts of 120 km/h: stay indoors."
        decides(ada, execution_id, approve=True, data=f"{asked} Bring in the cat.")
        execution = ada.waits_for(execution_id)
        assert execution["outputs"] == {"sent": f"{asked} Bring in the cat."}

    def test_a_calm_day_is_noted(self, ada: Person, graph_id: str) -> None:
        execution = ada.waits_for(ada.starts(graph_id, {"wind": 12}))
        assert execution["outputs"] == {"log": "12 km/h, no warning."}

    def test_a_wind_that_cannot_be_fails_by_its_name(self, ada: Person, graph_id: str) -> None:
        error = ada.waits_for(ada.starts(graph_id, {"wind": -1}))["error"]
        assert (error["code"], error["node"]) == ("impossible_wind", "refuse")


class TestEvent:
    def test_an_event_lets_its_execution_go_on(self, ada: Person, ben: Person) -> None:
        execution_id = ada.starts(ada.saves(order()))
        url = waits(ada, execution_id, "paid")["waiting"]["callback_url"]
        assert posts(ben, url, {"paid": True}).status_code == 202
        execution = ada.waits_for(execution_id)
        assert execution["outputs"] == {"url": url, "receipt": {"paid": True}}
        late = posts(ben, url, {"paid": False})
        assert (late.status_code, late.json()["code"]) == (409, "already_answered")

    def test_one_of_300_kb_passes_unchanged(self, ada: Person) -> None:
        execution_id = ada.starts(ada.saves(order()))
        url = waits(ada, execution_id, "paid")["waiting"]["callback_url"]
        event = {"text": "Ünïcode ★ " * 24_000}
        assert posts(ada, url, event).status_code == 202
        assert ada.waits_for(execution_id)["outputs"]["receipt"] == event

    def test_one_that_comes_first_is_kept(self, ada: Person) -> None:
        early = graph(
            [
                node("where", "callback_url", node="paid"),
                node("pack", "delay", seconds=1.5, value=1),
                node("paid", "wait_for_event"),
                node("receipt", "output", name="receipt"),
            ],
            "pack.value -> paid.after",
            "paid.body -> receipt.value",
        )
        execution_id = ada.starts(ada.saves(early.model_dump(mode="json")))
        waits(ada, execution_id, "pack")
        path = f"/executions/{execution_id}/nodes/where"
        where = ada.waits(lambda: ada.reads(path), lambda one: one["outputs"] is not None)
        assert posts(ada, where["outputs"]["url"], "early").status_code == 202
        assert ada.waits_for(execution_id)["outputs"] == {"receipt": "early"}

    def test_a_forged_url_leads_nowhere(self, ada: Person) -> None:
        assert posts(ada, "/v1/callbacks/c2VjcmV0", 1).status_code == 404


class TestSubGraph:
    def test_its_outputs_come_back(self, ada: Person) -> None:
        inner = ada.saves(square_and_cube())
        execution = ada.runs(calling(inner, inputs={"side": 3}))
        assert execution["outputs"] == {"out": {"square": 9, "cube": 27}}
        called = ada.nodes(execution["id"])["call"]["outputs"]["execution_id"]
        shown = ada.reads(f"/executions/{called}")
        assert (shown["trigger"], shown["status"]) == ("sub_graph", "COMPLETED")
        assert shown["parent"] == {
            "execution_id": execution["id"],
            "node": "call",
            "iteration": "",
        }

    def test_its_failure_comes_up_through_all_that_run_it(self, ada: Person) -> None:
        failing = graph([node("stop", "fail", message="No rain.", code="no_rain")])
        middle = ada.saves(calling(ada.saves(failing.model_dump(mode="json"))))
        execution = ada.runs(calling(middle))
        assert execution["status"] == "FAILED"
        assert execution["error"]["code"] == "sub_graph_failed"
        assert "sub_graph_failed at the node 'call'" in execution["error"]["message"]

    def test_a_cancel_goes_down_to_all_that_it_runs(self, ada: Person) -> None:
        middle = ada.saves(calling(ada.saves(payment()), inputs={"amount": 1}))
        execution_id = ada.starts(ada.saves(calling(middle)))
        within = [execution_id]
        for _ in range(2):
            within.append(child_of(ada, within[-1]))
        waits(ada, within[-1], "ask")
        assert ada.http.post(f"/executions/{execution_id}/cancel").status_code == 202
        ends = [ada.waits_for(one)["status"] for one in within]
        assert ends == ["CANCELLED"] * 3
        assert decides(ada, within[-1], approve=True).status_code == 409

    def test_a_cancel_within_fails_the_node_that_runs_it(self, ada: Person) -> None:
        inner = ada.saves(payment())
        execution_id = ada.starts(ada.saves(calling(inner, inputs={"amount": 1})))
        child = child_of(ada, execution_id)
        waits(ada, child, "ask")
        ada.http.post(f"/executions/{child}/cancel")
        assert ada.waits_for(execution_id)["error"]["code"] == "sub_graph_cancelled"

    def test_a_decision_within_it_lets_both_go_on(self, ada: Person) -> None:
        inner = ada.saves(payment())
        execution_id = ada.starts(ada.saves(calling(inner, inputs={"amount": 120})))
        child = child_of(ada, execution_id)
        waits(ada, child, "ask")
        decides(ada, child, approve=True)
        assert ada.waits_for(execution_id)["outputs"] == {"out": {"paid": 120}}

    def test_a_circle_is_refused_by_the_names_of_its_graphs(self, ada: Person) -> None:
        own = ada.saves(square_and_cube())
        other = ada.saves(calling(own, inputs={"side": 1}))
        circle = calling(other)
        answer = ada.http.put(f"/graphs/{own}", json=circle)
        assert answer.status_code == 422
        assert [one["code"] for one in answer.json()["errors"]] == ["sub_graph_cycle"]
