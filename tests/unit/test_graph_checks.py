"""What a save is told of its graph: problems with their places, credentials of this user alone."""

from typing import Any

import pytest

from strata import credentials, graph_checks
from strata.credentials import NewCredential
from strata.model.graph import Graph, Problem
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_platform import OTHER_USER, USER
from tests.watched_table import watched

ABSENT = "crd_00000000000000000000000009"


def requesting(*credential_ids: Any) -> Graph:
    return graph(
        [
            node(f"n{number}", "http_request", url="https://example.com", credential=one)
            for number, one in enumerate(credential_ids)
        ]
    )


@pytest.fixture
def own(held: Platform) -> str:
    new = NewCredential("api_key", "n", "p", ["example.com"], {"key": "hunter2-hunter2"})
    return str(credentials.create(USER, new, platform=held)["id"])


class TestCredentials:
    def test_one_s_own_may_be_named(self, held: Platform, own: str) -> None:
        assert graph_checks.validate(USER, requesting(own), platform=held) == []

    def test_another_user_s_is_as_unknown_as_one_that_is_not_there(
        self, held: Platform, own: str
    ) -> None:
        problems = graph_checks.validate(OTHER_USER, requesting(own, ABSENT), platform=held)
        assert [(one.code, one.node, one.pin) for one in problems] == [
            ("unknown_credential", "n0", "credential"),
            ("unknown_credential", "n1", "credential"),
        ]
        assert len({one.message for one in problems}) == 1

    @pytest.mark.parametrize("text", ["", "x", "crd_", "x" * 5000, "crd_" + "é" * 26])
    def test_a_text_that_is_no_id_is_not_looked_up(self, held: Platform, text: str) -> None:
        spied, table = watched(held)
        problems = graph_checks.validate(USER, requesting(text), platform=spied)
        assert [one.code for one in problems] == ["unknown_credential"]
        assert not table.calls

    def test_however_many_nodes_name_them_they_are_one_read(self, held: Platform, own: str) -> None:
        spied, table = watched(held)
        graph_checks.validate(USER, requesting(*[own] * 50, ABSENT), platform=spied)
        assert dict(table.calls) == {"get_many": 1}

    def test_a_graph_that_names_none_reads_none(self, held: Platform) -> None:
        spied, table = watched(held)
        made = graph([node("a", "nope"), node("b", value=1), *requesting(7).nodes])
        graph_checks.validate(USER, made, platform=spied)
        assert not table.calls


class TestPointers:
    GRAPH = graph([node("a", value=1), node("b", value=2)])

    @pytest.mark.parametrize(
        ("node_id", "pin", "pointer"),
        [
            (None, None, "/nodes"),
            ("nope", None, "/nodes"),
            ("b", None, "/nodes/1"),
            ("b", "value", "/nodes/1/inputs/value"),
            ("b", "values.a/b~c", "/nodes/1/inputs/values.a~1b~0c"),
        ],
    )
    def test_a_problem_is_found_by_its_pointer(
        self, node_id: str | None, pin: str | None, pointer: str
    ) -> None:
        problem = Problem(code="code", message="A sentence.", node=node_id, pin=pin)
        [detail] = graph_checks.details(self.GRAPH, [problem])
        assert (detail.pointer, detail.code, detail.message) == (pointer, "code", "A sentence.")
