"""Values of any size pass unchanged; what is large lies in a blob, and nobody sees a difference."""

import json
from typing import Any

import pytest

from strata import graphs, nodes
from strata.model.errors import NodeError, NotFound
from strata.platform import Platform
from strata.ports import Query
from strata.store import keys, values
from strata.store.values import (
    INLINE_BYTES,
    Shelf,
    encode,
    fit,
    pack,
    pack_all,
    show_within,
    unpack,
)
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_platform import USER, play, started
from tests.unit.conftest import Hold

KIB = 1024


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 257 * KIB, id="257 KiB"),
        pytest.param("é😀\n\\" * 640_000, id="5 MB"),
        pytest.param([{"n": 10**38 - 1, "f": 0.1, "z": -0.0}] * 10_000, id="a table"),
        pytest.param("short", id="short"),
        pytest.param(None, id="null"),
    ],
)
def test_a_value_passes_between_nodes_unchanged(hold: Hold, value: Any) -> None:
    probe = Probe()
    platform = hold(probe.block)
    made = graph(
        [node("i", "input", name="i"), node("a", "probe"), node("o", "output", name="o")],
        "i.value -> a.value",
        "a.value -> o.value",
    )
    run = started(made, platform, i=value)
    play(run, platform)
    assert encode(probe.runs[0]["value"]) == encode(value)
    head = platform.table.get(keys.execution(run))
    assert head is not None
    assert encode(unpack(head["outputs"]["o"], platform)) == encode(value)


@pytest.mark.parametrize(("size", "form"), [(INLINE_BYTES, "json"), (INLINE_BYTES + 1, "blob")])
def test_a_value_stands_in_its_item_up_to_100_kb(held: Platform, size: int, form: str) -> None:
    assert form in pack("x" * (size - 2), USER, held)


def test_bytes_count_not_characters(held: Platform) -> None:
    assert "blob" in pack("é" * (INLINE_BYTES // 2), USER, held)


def test_the_same_large_value_of_one_owner_is_one_blob(held: Platform) -> None:
    one, other = (pack("x" * KIB * KIB, USER, held) for _ in range(2))
    assert one == other


def test_no_owner_shares_a_blob_with_another(held: Platform) -> None:
    one, other = (pack("x" * KIB * KIB, owner, held)["blob"] for owner in ("usr_1", "usr_2"))
    assert one != other


def test_a_value_over_50_mb_is_refused(held: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_VALUE_BYTES", 1_000_000)
    with pytest.raises(NodeError) as raised:
        pack("x" * 1_000_000, USER, held)
    assert raised.value.code == "value_too_large"


class TestTogether:
    def test_values_that_would_burst_an_item_go_to_blobs_the_last_ones_first(
        self, held: Platform
    ) -> None:
        packed = pack_all(dict.fromkeys("abcd", "x" * 90_000), USER, held)
        assert ["blob" in packed[name] for name in "abcd"] == [False, False, False, True]

    def test_what_is_smaller_than_the_name_of_a_blob_stays(self, held: Platform) -> None:
        packed = pack_all({"big": "x" * 90_000, "small": "y"}, USER, held, 90_100)
        assert packed["small"] == {"json": '"y"'}

    def test_names_count_too(self, held: Platform) -> None:
        packed = pack_all({"n" * 1000: "x" * 500}, USER, held, 1400)
        assert "blob" in packed["n" * 1000]

    def test_what_is_in_a_blob_already_stays_there(self, held: Platform) -> None:
        packed = {"a": pack("x" * KIB * KIB, USER, held)}
        assert fit(packed, USER, held, 10) == packed

    def test_what_was_moved_reads_the_same(self, held: Platform) -> None:
        given = {"a": "é" * 500, "b": ["x" * 500, 1.5, None]}
        packed = pack_all(given, USER, held, 0)
        assert {name: unpack(one, held) for name, one in packed.items()} == given

    def test_over_100_mb_together_they_are_refused_before_any_is_written(
        self, hold: Hold, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(values, "MAX_TOGETHER_BYTES", 1_000_000)
        platform = hold(Probe(lambda *_: dict.fromkeys("ab", "é" * 250_000)).block)
        run = started(graph([node("a", "probe", value=1, on_error="continue")]), platform)
        assert nodes.run(run, "a", platform=platform)["error"] == "too_large"
        blobs = platform.blobs
        with pytest.raises(NotFound):
            blobs.get(pack("é" * 250_000, "usr_other", platform)["blob"].replace("usr_other", USER))

    def test_one_alone_may_have_all_of_it(
        self, held: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(values, "MAX_VALUE_BYTES", 1_000_000)
        packed = pack_all({"value": "x" * 999_998}, USER, held)
        assert packed["value"]["bytes"] == 1_000_000

    def test_a_node_emits_more_than_an_item_holds(self, hold: Hold) -> None:
        many = {f"pin{number}": "x" * 99_000 for number in range(12)}
        platform = hold(Probe(lambda *_: many).block)
        run = started(graph([node("a", "probe", value=1)]), platform)
        assert nodes.run(run, "a", platform=platform)["status"] == "COMPLETED"
        item = platform.table.get(keys.value(run, "a"))
        assert item is not None
        assert {pin: unpack(one, platform) for pin, one in item["pins"].items()} == many


class TestShown:
    def test_a_value_is_shown_as_it_is(self, held: Platform) -> None:
        assert show_within(held)(pack({"a": [1, None]}, USER, held)) == {"a": [1, None]}

    def test_values_are_shown_whole_as_long_as_there_is_room(self, held: Platform) -> None:
        show, large = show_within(held, room=250_000), pack("x" * 200_000, USER, held)
        assert [show(large), show(large)] == ["x" * 200_000, {"$large": {"bytes": 200_002}}]

    def test_a_list_may_show_less_of_each(self, held: Platform) -> None:
        show = show_within(held, each=11)
        assert show(pack("x" * 10, USER, held)) == {"$large": {"bytes": 12}}

    def test_a_value_that_has_come_to_its_end_is_told_as_such(self, held: Platform) -> None:
        gone = {"blob": "values/usr_1/gone", "bytes": 200_002}
        assert show_within(held)(gone) == {"$expired": {"bytes": 200_002}}


@pytest.mark.parametrize(
    ("shelf", "prefix"), [("values", f"values/{USER}/"), ("graphs", f"graphs/{USER}/")]
)
def test_what_belongs_to_graphs_does_not_stand_with_what_ends(
    held: Platform, shelf: Shelf, prefix: str
) -> None:
    assert pack("x" * KIB * KIB, USER, held, shelf)["blob"].startswith(prefix)


def test_a_large_graph_and_its_plan_do_not_stand_with_what_ends(held: Platform) -> None:
    many = [node(f"n{number:03}", value="x" * 1000) for number in range(400)]
    made = graphs.create(USER, graph(many), platform=held)
    found = held.table.query(Query(keys.version(USER, made["id"], 1).pk)).items
    kept = {item["content"]["blob"] for item in found if "content" in item}
    assert len(kept) == 2
    assert all(name.startswith("graphs/") for name in kept)


def test_a_number_that_is_not_finite_is_no_value(held: Platform) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack(float("nan"), USER, held)


def test_the_form_is_compact_and_keeps_the_order_of_names() -> None:
    text = encode({"b": 1, "a": "é"})
    assert (text, json.loads(text)) == ('{"b":1,"a":"é"}', {"b": 1, "a": "é"})
