"""Nodes as the API shows them: what went in and out, and nothing secret."""

import json
from typing import Any

import pytest

from strata import ends, executions, node_views, nodes
from strata.model.errors import InvalidCursor, NodeError, NotFound
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import chain, graph, node
from tests.held_blocks import Probe
from tests.held_platform import OTHER_USER, USER, play, started
from tests.unit.conftest import Hold

SECRET = "hunter2-hunter2"


def listed(run: Run, platform: Platform, **how: Any) -> list[dict[str, Any]]:
    page = PageRequest(100)
    items: list[dict[str, Any]] = node_views.listing(
        run.user_id, run.execution_id, page=page, platform=platform, **how
    )["items"]
    return items


SUM = graph(
    [
        node("i", "input", name="i"),
        node("sum", "calculate", expression="i + 1"),
        node("o", "output", name="o"),
    ],
    "i.value -> sum.values.i",
    "sum.result -> o.value",
)


class TestFacts:
    def test_each_node_tells_what_went_in_and_out(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        play(run, held)
        assert [(one["node"], one["inputs"], one["outputs"]) for one in listed(run, held)] == [
            ("i", {"name": "i", "value": 1}, {"value": 1}),
            ("sum", {"expression": "i + 1", "values": {"i": 1}}, {"result": 2}),
            ("o", {"name": "o", "value": 2}, {"value": 2}),
        ]

    def test_it_has_the_fields_of_the_contract(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        play(run, held)
        now = "2026-03-01T12:00:00.000Z"
        assert node_views.get(USER, run.execution_id, "sum", platform=held) == {
            "node": "sum",
            "block": "calculate",
            "level": 2,
            "status": "COMPLETED",
            "attempts": 1,
            "inputs": {"expression": "i + 1", "values": {"i": 1}},
            "outputs": {"result": 2},
            "error": None,
            "failed_attempts": [],
            "started_at": now,
            "ended_at": now,
            "waiting": None,
            "possibly_repeated": False,
            "reused_from": None,
            "pinned": False,
        }

    def test_a_node_that_has_not_begun_has_no_values(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        shown = node_views.get(USER, run.execution_id, "sum", platform=held)
        assert (shown["status"], shown["inputs"], shown["outputs"]) == ("PENDING", None, None)

    def test_a_node_that_the_end_overtook_is_cancelled_with_it(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        ends.end(run, {"Error": "TIMED_OUT"}, platform=held)
        shown = node_views.get(USER, run.execution_id, "o", platform=held)
        assert (shown["status"], shown["ended_at"]) == ("CANCELLED", "2026-03-01T12:00:00.000Z")

    def test_a_list_without_values_tells_how_they_fare_alone(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        play(run, held)
        [first, *_] = listed(run, held, values=False)
        assert first["status"] == "COMPLETED"
        assert "inputs" not in first
        assert "outputs" not in first

    def test_a_large_value_is_told_whole_for_one_node(self, held: Platform) -> None:
        run = started(graph(SUM.nodes[::2], "i.value -> o.value"), held, i="x" * 200_000)
        play(run, held)
        shown = node_views.get(USER, run.execution_id, "o", platform=held)
        assert shown["inputs"]["value"] == shown["outputs"]["value"] == "x" * 200_000

    def test_a_large_value_is_told_by_its_size_in_a_list(self, held: Platform) -> None:
        run = started(graph(SUM.nodes[::2], "i.value -> o.value"), held, i="x" * 200_000)
        play(run, held)
        page = node_views.listing(USER, run.execution_id, page=PageRequest(), platform=held)
        large = page["items"][1]["outputs"]["value"]["$large"]
        assert (large["bytes"], large["url"][:7]) == (200_002, "/blobs/")

    def test_attempts_are_told_with_their_errors_and_times(self, hold: Hold) -> None:
        flaky = NodeError("flaky", "Not now.", retryable=True)
        probe = Probe(flaky, NodeError("worse", "Not ever."))
        held = hold(probe.block)
        run = started(graph([node("a", "probe", value=1, retry={"max_attempts": 3})]), held)
        play(run, held)
        shown = node_views.get(USER, run.execution_id, "a", platform=held)
        assert [one["error"]["code"] for one in shown["failed_attempts"]] == ["flaky", "worse"]
        times = [one[at] for one in shown["failed_attempts"] for at in ("started_at", "ended_at")]
        assert times == sorted(times)

    def test_an_input_that_was_not_given_shows_its_default(self, held: Platform) -> None:
        made = graph([node("i", "input", name="i", default=7)])
        run = started(made, held)
        play(run, held)
        shown = node_views.get(USER, run.execution_id, "i", platform=held)
        assert (shown["inputs"], shown["outputs"]) == ({"name": "i", "default": 7}, {"value": 7})

    def test_a_node_of_no_such_name_is_not_found(self, held: Platform) -> None:
        run = started(SUM, held, i=1)
        with pytest.raises(NotFound):
            node_views.get(USER, run.execution_id, "nope", platform=held)


class TestPages:
    def pages(self, run: Run, platform: Platform, limit: int) -> list[list[str]]:
        cursor, found = None, []
        while True:
            page = PageRequest(limit, cursor)
            told = node_views.listing(USER, run.execution_id, page=page, platform=platform)
            found.append([one["node"] for one in told["items"]])
            cursor = told["next_cursor"]
            if cursor is None:
                return found

    @pytest.mark.parametrize(
        ("limit", "pages"),
        [(2, [["n000", "n001"], ["n002", "n003"], ["n004"]]), (5, [[f"n00{n}" for n in range(5)]])],
    )
    def test_nodes_come_by_level_page_by_page(
        self, held: Platform, limit: int, pages: list[list[str]]
    ) -> None:
        assert self.pages(started(chain(5), held), held, limit) == pages

    def test_a_cursor_fits_its_own_execution_alone(self, held: Platform) -> None:
        one, other = started(chain(3), held), started(chain(3), held)
        cursor = node_views.listing(USER, one.execution_id, page=PageRequest(1), platform=held)
        page = PageRequest(1, cursor["next_cursor"])
        with pytest.raises(InvalidCursor):
            node_views.listing(USER, other.execution_id, page=page, platform=held)

    def test_another_user_finds_nothing(self, held: Platform) -> None:
        run = started(chain(3), held)
        with pytest.raises(NotFound):
            node_views.listing(OTHER_USER, run.execution_id, page=PageRequest(), platform=held)


def everything_shown(run: Run, platform: Platform) -> str:
    """All that any view tells of the execution, and what its nodes' previews tell."""
    plan_order = [one["node"] for one in listed(run, platform)]
    told = [
        executions.get(USER, run.execution_id, platform=platform),
        executions.listing(USER, page=PageRequest(), platform=platform),
        listed(run, platform),
        [node_views.get(USER, run.execution_id, one, platform=platform) for one in plan_order],
    ]
    return json.dumps(told, ensure_ascii=False)


def with_secret(target: Any, *links: str, **fields: Any) -> Graph:
    secret = node("key", "input", name="key", secret=True, **fields)
    return graph([secret, target, node("o", "output", name="o")], *links)


class TestSecrets:
    @pytest.mark.parametrize(
        "made",
        [
            pytest.param(
                with_secret(node("a", value=0), "key.value -> a.value", "a.value -> o.value"),
                id="handed on",
            ),
            pytest.param(
                with_secret(
                    node("a", "text_template", template="Say {{ key }}!"),
                    "key.value -> a.values.key",
                    "a.text -> o.value",
                ),
                id="within a text",
            ),
            pytest.param(
                with_secret(node("a", "json_format"), "key.value -> a.value", "a.text -> o.value"),
                id="written as JSON",
            ),
            pytest.param(
                with_secret(node("a", value=0), "key.value -> o.value", default=SECRET),
                id="with a default",
            ),
        ],
    )
    def test_a_secret_input_shows_in_no_view(self, held: Platform, made: Graph) -> None:
        run = started(made, held, key=SECRET)
        shown = play(run, held)
        assert shown["status"] == "COMPLETED"
        assert SECRET not in everything_shown(run, held)

    def test_what_needs_escapes_in_json_is_masked_too(self, held: Platform) -> None:
        made = with_secret(node("a", "json_format"), "key.value -> a.value", "a.text -> o.value")
        run = started(made, held, key={"pem": 'line one\nline "two"'})
        play(run, held)
        assert "line one" not in everything_shown(run, held)

    def test_a_short_secret_is_masked_where_it_is_handed_on_whole(self, held: Platform) -> None:
        made = with_secret(node("a", value=0), "key.value -> a.value", "a.value -> o.value")
        run = started(made, held, key=4711)
        play(run, held)
        for one in ("key", "a"):
            shown = node_views.get(USER, run.execution_id, one, platform=held)
            assert "4711" not in json.dumps(shown["inputs"])

    def test_a_large_secret_is_masked_where_it_goes_in(self, held: Platform) -> None:
        made = with_secret(node("a", value=0), "key.value -> a.value", "a.value -> o.value")
        run = started(made, held, key="k" * 200_000)
        play(run, held)
        shown = node_views.get(USER, run.execution_id, "key", platform=held)
        assert (shown["inputs"]["value"], shown["outputs"]["value"]) == ("****", "****")

    def test_the_node_itself_gets_the_secret(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        made = with_secret(node("a", "probe"), "key.value -> a.value", "a.value -> o.value")
        run = started(made, platform, key=SECRET)
        play(run, platform)
        assert probe.runs == [{"value": SECRET}]

    def test_an_error_that_repeats_it_is_masked(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("no_luck", f"No luck with {SECRET}.")).block)
        made = with_secret(node("a", "probe"), "key.value -> a.value", "a.value -> o.value")
        run = started(made, platform, key=SECRET)
        play(run, platform)
        assert SECRET not in everything_shown(run, platform)

    def test_what_is_not_secret_is_shown_beside_it(self, held: Platform) -> None:
        made = with_secret(
            node("a", "text_template", template="{{ key }} of {{ user }}", values={"user": "ada"}),
            "key.value -> a.values.key",
            "a.text -> o.value",
        )
        run = started(made, held, key=SECRET)
        assert play(run, held)["outputs"] == {"o": "**** of ada"}

    def test_names_of_pins_and_inputs_are_the_graph_s_and_stay(self, held: Platform) -> None:
        made = with_secret(node("a", value=0), "key.value -> a.value", "a.value -> o.value")
        run = started(made, held, key="template")
        nodes.run(run, "key", platform=held)
        shown = node_views.get(USER, run.execution_id, "key", platform=held)
        assert shown["inputs"] == {"name": "key", "secret": True, "value": "****"}
