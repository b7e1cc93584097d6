"""Graphs: each save a version that stays, one of them active, and no change lost to another."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata import executions, graphs
from strata.memory import Memory
from strata.model.errors import GraphInvalid, InvalidBody, NotFound, VersionConflict
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import keys
from tests.at_once import at_once
from tests.builders import chain, graph, joined, node
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER
from tests.unit.pages import all_items
from tests.watched_table import after_first, watched

BAD = graph([node("a", "nope"), node("b", "output")])


def create(platform: Platform, name: str = "Test", made: Graph | None = None) -> str:
    content = (made or chain(2)).model_copy(update={"name": name})
    return str(graphs.create(USER, content, platform=platform)["id"])


def listed(platform: Platform, limit: int = 100, **how: Any) -> list[str]:
    found = all_items(lambda page: graphs.listing(USER, page=page, platform=platform, **how), limit)
    return [one["name"] for one in found]


class TestCreate:
    def test_it_is_version_1_and_active(self, held: Platform) -> None:
        made = graphs.create(USER, chain(2), platform=held)
        assert made == {
            "id": made["id"],
            "name": "Chain of 2",
            "description": "",
            "active_version": 1,
            "latest_version": 1,
            "node_count": 2,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
            "revision": 1,
            "version": 1,
            "draft": False,
            "nodes": [one.model_dump() for one in chain(2).nodes],
            "links": [one.model_dump() for one in chain(2).links],
            "options": {"fuse_light_nodes": True, "execution_type": "standard"},
            "input_schema": {
                "type": "object",
                "properties": {},
                "required": [],
                "additionalProperties": False,
            },
            "output_schema": {
                "type": "object",
                "properties": {},
                "required": [],
                "additionalProperties": False,
            },
        }

    def test_it_tells_what_an_execution_takes_and_gives(self, held: Platform) -> None:
        nodes = [node("y", "input", name="year", type="integer"), node("o", "output", name="rain")]
        made = graphs.create(USER, graph(nodes, "y.value -> o.value"), platform=held)
        assert made["input_schema"]["properties"] == {"year": {"type": "integer"}}
        assert list(made["output_schema"]["properties"]) == ["rain"]

    def test_it_reads_as_it_was_answered(self, held: Platform) -> None:
        made = graphs.create(USER, chain(2), platform=held)
        assert graphs.get(USER, made["id"], platform=held) == made

    def test_a_graph_with_problems_is_refused_with_all_of_them(self, held: Platform) -> None:
        with pytest.raises(GraphInvalid) as raised:
            graphs.create(USER, BAD, platform=held)
        assert [(one.pointer, one.code) for one in raised.value.errors] == [
            ("/nodes/0", "unknown_block"),
            ("/nodes/1/inputs/name", "missing_input"),
            ("/nodes/1/inputs/value", "missing_input"),
        ]
        assert listed(held) == []

    def test_a_draft_may_have_problems_and_is_not_active(self, held: Platform) -> None:
        made = graphs.create(USER, BAD, draft=True, platform=held)
        assert (made["active_version"], made["draft"]) == (None, True)
        assert graphs.get(USER, made["id"], platform=held) == made

    def test_a_draft_without_problems_is_not_active_either(self, held: Platform) -> None:
        made = graphs.create(USER, chain(1), draft=True, platform=held)
        assert made["active_version"] is None

    def test_the_same_key_makes_one_graph(self, held: Platform) -> None:
        key = Idempotency("key", "digest")
        made = at_once(8, lambda _: graphs.create(USER, chain(2), idempotency=key, platform=held))
        assert len({one["id"] for one in made}) == 1
        assert listed(held) == ["Chain of 2"]

    def test_10_000_nodes_are_saved_and_read(self, held: Platform) -> None:
        ids = [f"n{number}" for number in range(10_000)]
        large = joined(ids, [])
        made = graphs.create(USER, large, draft=True, platform=held)
        item = held.table.get(keys.version(USER, made["id"], 1))
        assert item is not None
        assert "blob" in item["content"]
        cold = replace(held, memory=Memory())
        assert [one["id"] for one in graphs.get(USER, made["id"], platform=cold)["nodes"]] == ids


class TestSave:
    def test_it_is_the_next_version_and_active(self, held: Platform) -> None:
        graph_id = create(held)
        saved = graphs.save(USER, graph_id, chain(3), platform=held)
        told = [saved[name] for name in ("version", "active_version", "revision", "node_count")]
        assert told == [2, 2, 2, 3]
        assert graphs.get(USER, graph_id, platform=held) == saved

    def test_the_version_before_stays_as_it_was(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.save(USER, graph_id, chain(3), platform=held)
        before = graphs.get(USER, graph_id, 1, platform=held)
        assert [one["id"] for one in before["nodes"]] == ["n000", "n001"]

    def test_a_draft_leaves_the_active_version(self, held: Platform) -> None:
        graph_id = create(held)
        saved = graphs.save(USER, graph_id, BAD, draft=True, platform=held)
        assert (saved["version"], saved["active_version"], saved["draft"]) == (2, 1, True)
        assert graphs.get(USER, graph_id, platform=held)["version"] == 1

    def test_a_draft_leaves_what_is_shown_of_the_active_version(self, held: Platform) -> None:
        before = graphs.get(USER, graph_id := create(held), platform=held)
        graphs.save(USER, graph_id, chain(5), draft=True, platform=held)
        after = graphs.get(USER, graph_id, platform=held)
        assert (after["name"], after["node_count"]) == (before["name"], before["node_count"])
        draft = graphs.get(USER, graph_id, 2, platform=held)
        assert (draft["name"], draft["node_count"]) == ("Chain of 5", 5)

    def test_a_graph_with_problems_changes_nothing(self, held: Platform) -> None:
        graph_id = create(held)
        with pytest.raises(GraphInvalid):
            graphs.save(USER, graph_id, BAD, platform=held)
        assert graphs.get(USER, graph_id, platform=held)["latest_version"] == 1

    def test_a_stale_tag_is_refused(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.save(USER, graph_id, chain(3), if_match='"1"', platform=held)
        with pytest.raises(VersionConflict):
            graphs.save(USER, graph_id, chain(4), if_match='"1"', platform=held)
        assert graphs.get(USER, graph_id, platform=held)["latest_version"] == 2

    @pytest.mark.parametrize("if_match", [None, "*", '"1"'])
    def test_the_tag_as_it_is_any_or_none_is_taken(
        self, held: Platform, if_match: str | None
    ) -> None:
        graph_id = create(held)
        saved = graphs.save(USER, graph_id, chain(3), if_match=if_match, platform=held)
        assert saved["revision"] == 2

    def test_of_twenty_saves_on_one_tag_one_counts(self, held: Platform) -> None:
        graph_id = create(held)

        def save(_: int) -> str:
            try:
                graphs.save(USER, graph_id, chain(3), if_match='"1"', platform=held)
            except VersionConflict:
                return "conflict"
            return "saved"

        assert sorted(at_once(20, save)) == ["conflict"] * 19 + ["saved"]
        assert graphs.get(USER, graph_id, platform=held)["latest_version"] == 2

    def test_a_graph_deleted_meanwhile_is_not_found(self, held: Platform) -> None:
        graph_id = create(held)
        delete = partial(graphs.delete, USER, graph_id, platform=held)
        late, _ = watched(held, after=after_first("get", delete))
        with pytest.raises(NotFound):
            graphs.save(USER, graph_id, chain(3), platform=late)
        assert listed(held) == []


class TestChange:
    def test_nothing_to_change_changes_nothing(self, held: Platform) -> None:
        before = graphs.get(USER, graph_id := create(held), platform=held)
        assert graphs.change(USER, graph_id, {}, platform=held) == before

    def test_the_version_that_becomes_active_is_what_is_shown(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.save(USER, graph_id, chain(5), platform=held)
        graphs.change(USER, graph_id, {"active_version": 1}, platform=held)
        assert listed(held) == ["Test"]

    def test_it_changes_what_it_names_alone(self, held: Platform) -> None:
        graph_id = create(held, "Old")
        changed = graphs.change(USER, graph_id, {"name": "New"}, platform=held)
        assert (changed["name"], changed["revision"], changed["version"]) == ("New", 2, 1)
        assert graphs.get(USER, graph_id, platform=held) == changed

    def test_an_older_version_becomes_active_again(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.save(USER, graph_id, chain(3), platform=held)
        changed = graphs.change(USER, graph_id, {"active_version": 1}, platform=held)
        assert (changed["active_version"], changed["version"]) == (1, 1)

    @pytest.mark.parametrize("version", [0, 2, 3])
    def test_a_draft_or_a_version_that_is_not_there_cannot_be_active(
        self, held: Platform, version: int
    ) -> None:
        graph_id = create(held)
        graphs.save(USER, graph_id, BAD, draft=True, platform=held)
        with pytest.raises(InvalidBody) as raised:
            graphs.change(USER, graph_id, {"active_version": version}, platform=held)
        assert [one.code for one in raised.value.errors] == ["not_runnable"]

    def test_of_two_changes_at_the_same_time_one_is_refused(self, held: Platform) -> None:
        graph_id = create(held)
        first = partial(graphs.change, USER, graph_id, {"name": "First"}, platform=held)
        late, _ = watched(held, after=after_first("get", first))
        with pytest.raises(VersionConflict):
            graphs.change(USER, graph_id, {"name": "Second"}, platform=late)
        assert listed(held) == ["First"]

    def test_a_change_that_cannot_be_answered_is_not_made(self, held: Platform) -> None:
        def fail(operation: str, given: Any) -> None:
            if operation == "get" and given.sk.startswith("VERSION#"):
                raise ConnectionError

        graph_id = create(held, "Old")
        with pytest.raises(ConnectionError):
            graphs.change(USER, graph_id, {"name": "New"}, platform=watched(held, before=fail)[0])
        assert listed(held) == ["Old"]


class TestDelete:
    def test_it_is_gone(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.delete(USER, graph_id, platform=held)
        with pytest.raises(NotFound):
            graphs.get(USER, graph_id, platform=held)
        assert listed(held) == []

    def test_twice_is_not_found(self, held: Platform) -> None:
        graph_id = create(held)
        graphs.delete(USER, graph_id, platform=held)
        with pytest.raises(NotFound):
            graphs.delete(USER, graph_id, platform=held)

    def test_a_stale_tag_deletes_nothing(self, held: Platform) -> None:
        graph_id = create(held)
        with pytest.raises(VersionConflict):
            graphs.delete(USER, graph_id, if_match='"9"', platform=held)
        assert listed(held) == ["Test"]

    def test_a_change_meanwhile_keeps_it(self, held: Platform) -> None:
        graph_id = create(held)
        change = partial(graphs.change, USER, graph_id, {"name": "New"}, platform=held)
        late, _ = watched(held, after=after_first("get", change))
        with pytest.raises(VersionConflict):
            graphs.delete(USER, graph_id, platform=late)
        assert listed(held) == ["New"]

    def test_its_executions_are_read_on(self, held: Platform) -> None:
        graph_id = create(held)
        view = executions.start(USER, graph_id, {}, platform=held)
        graphs.delete(USER, graph_id, platform=held)
        assert executions.get(USER, view["id"], platform=held)["graph_id"] == graph_id


class TestList:
    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_the_newest_comes_first(self, held: Platform, limit: int) -> None:
        for name in ("b", "a", "c"):
            create(held, name)
        assert listed(held, limit) == ["c", "a", "b"]

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_by_name_as_people_sort_them(self, held: Platform, limit: int) -> None:
        for name in ("b", "Another", "an", "an other", "AN", "Ä"):
            create(held, name)
        assert listed(held, limit, order_by="name") == ["an", "AN", "an other", "Another", "b", "Ä"]

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_by_their_last_change(self, held: Platform, clock: HeldClock, limit: int) -> None:
        ids = []
        for name in ("a", "b", "c"):
            clock.sleep(1)
            ids.append(create(held, name))
        clock.sleep(1)
        graphs.change(USER, ids[0], {"description": "Changed"}, platform=held)
        assert listed(held, limit, order_by="updated_at") == ["a", "c", "b"]

    @pytest.mark.parametrize("limit", [1, 2, 100])
    @pytest.mark.parametrize("order_by", graphs.ORDERS)
    def test_with_a_text_in_the_name_whatever_the_case(
        self, held: Platform, order_by: str, limit: int
    ) -> None:
        for name in ("Rain in May", "Sun", "Straße", "no rain"):
            create(held, name)
        found = listed(held, limit, query="RAIN", order_by=order_by)
        assert sorted(found) == ["Rain in May", "no rain"]
        assert listed(held, limit, query="STRASSE", order_by=order_by) == ["Straße"]

    def test_a_name_follows_its_change(self, held: Platform) -> None:
        graph_id = create(held, "Old")
        graphs.change(USER, graph_id, {"name": "New"}, platform=held)
        assert listed(held, query="old") == []
        assert listed(held, query="new") == ["New"]

    def test_the_longest_names_are_sorted_too(self, held: Platform) -> None:
        for name in ("ΐ" * 200, "😀" * 200, "ﷺ" * 200):
            create(held, name)
        assert len(listed(held, order_by="name")) == 3

    def test_statistics_are_one_read_whatever_the_number_of_graphs(self, held: Platform) -> None:
        for _ in range(30):
            create(held)
        cold, table = watched(replace(held, memory=Memory()))
        graphs.listing(USER, page=PageRequest(31), platform=cold)
        assert dict(table.calls) == {"query": 1, "get_many": 1}

    def test_another_user_has_another_list(self, held: Platform) -> None:
        create(held)
        found = graphs.listing(OTHER_USER, page=PageRequest(), platform=held)
        assert found == {"items": [], "next_cursor": None}


def test_a_version_that_closes_a_circle_of_graphs_cannot_be_made_active(held: Platform) -> None:
    plain = graph([node("a", value=1)])
    a = graphs.create(USER, plain, platform=held)["id"]
    b = graphs.create(USER, graph([node("s", "sub_graph", graph_id=a)]), platform=held)["id"]
    calls_b = graph([node("s", "sub_graph", graph_id=b, version=1)])
    graphs.save(USER, b, plain, platform=held)
    graphs.change(USER, b, {"active_version": 2}, platform=held)
    graphs.save(USER, a, plain, platform=held)
    with pytest.raises(GraphInvalid):
        graphs.save(USER, a, calls_b, platform=held)
    graphs.save(USER, a, graph([node("s", "sub_graph", graph_id=b)]), platform=held)
    with pytest.raises(InvalidBody) as refused:
        graphs.change(USER, b, {"active_version": 1}, platform=held)
    assert refused.value.errors[0].code == "sub_graph_cycle"
