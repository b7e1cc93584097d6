"""What `strata` reads: graphs in files, inputs from three places."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.local.command.documents import read_graph, read_inputs
from strata.local.command.refusals import Refusal
from tests.builders import graph, node
from tests.unit.local.command_line import strata, written


def inputs_of(path: Path, text: str = "", *pairs: str) -> dict[str, Any]:
    return read_inputs(path, text, pairs, read_graph(path))


def refusal_of(path: Path, text: str = "", *pairs: str) -> str:
    with pytest.raises(Refusal) as refused:
        inputs_of(path, text, *pairs)
    assert refused.value.exit_code == 2
    return "\n".join(refused.value.lines)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    nodes = [
        node("zip", "input", name="zip", type="string"),
        node("year", "input", name="year", type="integer"),
        node("other", "input", name="other"),
    ]
    return written(tmp_path, graph(nodes), "report")


def test_there_are_no_inputs_where_none_are_given(path: Path) -> None:
    assert inputs_of(path) == {}


def test_the_file_beside_the_graph_gives_inputs(path: Path, tmp_path: Path) -> None:
    written(tmp_path, {"year": 2012}, "report.inputs")
    assert inputs_of(path) == {"year": 2012}


def test_inputs_of_the_command_line_are_laid_over_the_file(path: Path, tmp_path: Path) -> None:
    written(tmp_path, {"year": 2012, "zip": "1"}, "report.inputs")
    assert inputs_of(path, '{"year": 2014}') == {"year": 2014, "zip": "1"}


def test_a_pair_is_laid_over_the_json(path: Path) -> None:
    assert inputs_of(path, '{"year": 2014}', "year=2015") == {"year": 2015}


def test_the_value_of_a_pair_is_json_where_it_can_be(path: Path) -> None:
    assert inputs_of(path, "", 'other={"a": [1]}') == {"other": {"a": [1]}}


def test_the_value_of_a_pair_is_a_text_where_it_is_no_json(path: Path) -> None:
    assert inputs_of(path, "", "other=a=b c") == {"other": "a=b c"}


def test_a_pair_for_an_input_of_type_string_stays_a_text(path: Path) -> None:
    assert inputs_of(path, "", "zip=98101") == {"zip": "98101"}


@pytest.mark.parametrize("pair", ["year", "=3", ""])
def test_a_pair_has_a_name_and_a_value(path: Path, pair: str) -> None:
    assert "write it as name=value" in refusal_of(path, "", pair)


@pytest.mark.parametrize("nodes", [3, [1, {"block": "input"}, {"block": "input", "inputs": 2}]])
def test_pairs_are_read_for_a_graph_that_is_no_sound_one(nodes: Any, tmp_path: Path) -> None:
    assert inputs_of(written(tmp_path, {"nodes": nodes}), "", "a=1") == {"a": 1}


def test_a_file_beside_stands_for_its_text(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", "utf-8")
    written(tmp_path, {"other": {"$file": "a.csv"}}, "report.inputs")
    assert inputs_of(path) == {"other": "a,b\n1,2\n"}


def test_a_file_of_the_command_line_lies_in_the_current_folder(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "a.csv").write_text("1", "utf-8")
    monkeypatch.chdir(here)
    assert inputs_of(path, '{"other": {"$file": "a.csv"}}') == {"other": "1"}


@pytest.mark.parametrize("value", [{"$file": 3}, {"$file": "a", "b": 1}, {"a": {"$file": "a"}}])
def test_what_only_resembles_a_file_is_a_value(path: Path, value: Any) -> None:
    assert inputs_of(path, json.dumps({"other": value})) == {"other": value}


def test_a_missing_file_is_named(path: Path) -> None:
    assert refusal_of(path, '{"other": {"$file": "a.csv"}}') == "a.csv: No such file or directory"


def test_a_file_name_that_can_be_none_is_refused(path: Path) -> None:
    text = json.dumps({"other": {"$file": "a\0b"}})
    assert "no file can have this name" in refusal_of(path, text)


@pytest.mark.parametrize("text", ["[1]", "3", "{", '{"a": NaN}', '{"a": 1, "a": 2}', "x" * 9])
def test_inputs_that_are_no_json_object_are_refused(path: Path, text: str) -> None:
    assert refusal_of(path, text).startswith("--inputs: ")


def test_the_place_of_a_fault_in_the_json_is_told(tmp_path: Path) -> None:
    told = strata("compile", written(tmp_path, '{"name": "a",\n "nodes": [,]}'))
    assert "graph.json: not valid JSON: Expecting value, line 2, column 12" in told.stderr
    assert told.exit_code == 2


def test_a_graph_that_is_nested_too_deep_to_parse_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": ' + "[" * 100_000)
    assert strata("compile", path).exit_code == 2


def test_a_graph_that_is_no_object_is_refused(tmp_path: Path) -> None:
    told = strata("plan", written(tmp_path, "[]"))
    assert "this is not a JSON object" in told.stderr
    assert told.exit_code == 2


def test_a_graph_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_bytes(b'{"name": "\xe9"}')
    told = strata("plan", path)
    assert "not text in UTF-8" in told.stderr
    assert told.exit_code == 2


@pytest.mark.parametrize("verb", ["run", "compile", "plan"])
def test_a_graph_that_is_not_there_is_named(verb: str, tmp_path: Path) -> None:
    told = strata(verb, tmp_path / "none.json")
    assert "none.json: No such file or directory" in told.stderr
    assert told.exit_code == 2


def test_a_folder_is_no_graph(tmp_path: Path) -> None:
    told = strata("compile", tmp_path)
    assert "Is a directory" in told.stderr
    assert told.exit_code == 2


def test_a_byte_order_mark_is_no_part_of_the_graph(tmp_path: Path) -> None:
    assert read_graph(written(tmp_path, '\ufeff{"name": "a"}')) == {"name": "a"}


def test_whether_it_is_a_draft_is_no_part_of_the_graph(tmp_path: Path) -> None:
    assert read_graph(written(tmp_path, {"name": "a", "draft": True})) == {"name": "a"}
