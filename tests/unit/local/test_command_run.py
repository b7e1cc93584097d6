"""`strata run`: from a file to outputs, over the HTTP API of a platform of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from strata.clock import SystemClock
from strata.local.command.once import Wish, run_once
from strata.local.platform import open_platform
from strata.model.graph import Graph
from tests.builders import fan, graph, node
from tests.unit.local.command_line import dividing, doubling, strata, written
from tests.unit.outbound_server import Received, Server, serving

COMMAND = Path(sys.executable).with_name("strata")


@pytest.fixture(autouse=True)
def _temporary_folders_lie_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    terminated = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, terminated)


def left_behind(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "tmp").iterdir())


def failing_on_purpose() -> Graph:
    """Goes on past a node that fails."""
    return graph(
        [
            node("parse", "json_parse", text="{", on_error="continue", label="Parse it"),
            node("one", "constant", value=1),
            node("out", "output", name="out"),
        ],
        "one.value -> out.value",
    )


def test_a_run_prints_the_outputs(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()), "--inputs", '{"number": 21}')
    assert told.exit_code == 0
    assert told.stdout.endswith("\ntwice:\n42\n")


def test_a_run_tells_each_node_by_its_label(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()), "--input", "number=1").stdout
    assert "level 1  COMPLETED  A number" in told
    assert "level 2  COMPLETED  Двойное ☂" in told


def test_a_run_tells_how_it_ended(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, failing_on_purpose())).stdout
    assert "nodes: 2 completed, 1 failed" in told


def test_a_run_takes_the_inputs_beside_the_graph(tmp_path: Path) -> None:
    written(tmp_path, {"number": 4}, "graph.inputs")
    assert strata("run", written(tmp_path, doubling())).stdout.endswith("twice:\n8\n")


def test_a_run_leaves_nothing_behind(tmp_path: Path) -> None:
    strata("run", written(tmp_path, doubling()), "--input", "number=1")
    assert left_behind(tmp_path) == []


def test_json_is_all_that_is_printed_if_asked_for(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()), "--input", "number=1", "--json")
    execution = json.loads(told.stdout)
    assert (execution["status"], execution["outputs"]) == ("COMPLETED", {"twice": 2})
    assert [one["node"] for one in execution["nodes"]] == ["number", "double", "twice"]
    assert execution["nodes"][1]["outputs"] == {"result": 2}
    assert told.stderr == ""


def test_a_failed_execution_tells_node_and_error_and_exits_1(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, dividing()), "--input", "number=0")
    assert told.exit_code == 1
    assert "✗ One by it (calculate): " in told.stdout
    assert "The execution ended FAILED: " in told.stderr
    assert "(node divide)" in told.stderr


def test_a_failed_execution_is_json_too_if_asked_for(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, dividing()), "--input", "number=0", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["error"]["node"] == "divide"


def test_a_node_that_failed_is_told_though_the_execution_went_on(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, failing_on_purpose()))
    assert told.exit_code == 0
    assert "✗ Parse it (json_parse): invalid_input: " in told.stdout
    assert told.stdout.endswith("out:\n1\n")


def test_of_many_failures_the_first_are_told(tmp_path: Path) -> None:
    nodes = [node(f"n{at}", "json_parse", text="{", on_error="continue") for at in range(25)]
    assert "and 5 more nodes failed" in strata("run", written(tmp_path, graph(nodes))).stdout


def test_an_invalid_graph_is_refused_with_all_its_problems(tmp_path: Path) -> None:
    nodes = [node(f"n{at}", "nope") for at in range(150)]
    told = strata("run", written(tmp_path, graph(nodes)))
    assert told.exit_code == 1
    problems = [line for line in told.stderr.splitlines() if "[unknown_block]" in line]
    assert problems[0] == "  n0: There is no block 'nope'. [unknown_block]"
    assert len(problems) == 150


def test_run_and_compile_tell_the_same_problems(tmp_path: Path) -> None:
    nodes = [node("a", "nope"), node("b", "json_parse"), node("c", "text_join", items=3)]
    path = written(tmp_path, graph(nodes, "a.x -> b.text", "c.text -> c.items"))
    assert strata("run", path).stderr == strata("compile", path).stderr


def test_fields_that_no_graph_has_are_told_at_their_nodes(tmp_path: Path) -> None:
    document = {"name": "a", "nodes": [{"id": "x", "block": "constant", "bogus": 1}]}
    told = strata("run", written(tmp_path, document))
    assert told.exit_code == 1
    assert "  x.bogus: There is no such field. [unknown_field]" in told.stderr


def test_inputs_that_do_not_fit_are_told_one_by_one(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()), "--inputs", '{"number": "x", "b": 1}')
    assert told.exit_code == 1
    assert "inputs.b: The graph has no input of this name [unknown_input]" in told.stderr
    assert "inputs.number: " in told.stderr


def test_an_input_that_is_missing_is_told(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()))
    assert "inputs.number: This input is required [missing_input]" in told.stderr


def test_inputs_over_the_limit_of_a_request_are_refused(tmp_path: Path) -> None:
    written(tmp_path, {"number": "x" * 7_000_000}, "graph.inputs")
    told = strata("run", written(tmp_path, doubling()))
    assert told.exit_code == 1
    assert "The execution cannot start: The request is too large" in told.stderr


def test_a_graph_without_outputs_says_so(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, graph([node("a", "constant", value=1)])))
    assert told.stdout.endswith("It gave no outputs.\n")


def test_three_hundred_nodes_are_folded_to_a_screen(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, fan(300)))
    assert told.exit_code == 0
    table = told.stdout.partition("Level")[2]
    assert "300 nodes" in table
    assert len(table.splitlines()) < 50


def test_the_nodes_of_a_large_execution_are_all_in_the_json(tmp_path: Path) -> None:
    execution = json.loads(strata("run", written(tmp_path, fan(250)), "--json").stdout)
    assert len(execution["nodes"]) == 251


def test_large_values_do_not_burst_the_json(tmp_path: Path) -> None:
    copies = [node(f"n{at}", "constant") for at in range(120)]
    source = node("text", "input", name="text")
    links = [f"text.value -> {one.id}.value" for one in copies]
    written(tmp_path, {"text": "x" * 90_000}, "graph.inputs")
    told = strata("run", written(tmp_path, graph([source, *copies], *links)), "--json")
    assert len(json.loads(told.stdout)["nodes"]) == 121


def test_data_is_kept_where_it_was_asked_for(tmp_path: Path) -> None:
    told = strata(
        "run", written(tmp_path, doubling()), "--input", "number=1", "--data", tmp_path / "d"
    )
    assert f"strata serve --data {tmp_path / 'd'}" in told.stderr
    with open_platform(tmp_path / "d") as local:
        assert local.platform.table is not None


def test_two_runs_may_keep_their_data_in_one_folder(tmp_path: Path) -> None:
    for _ in range(2):
        told = strata(
            "run", written(tmp_path, doubling()), "--input", "number=1", "--data", tmp_path / "d"
        )
        assert told.exit_code == 0


def test_temporary_data_is_kept_if_asked_for(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, doubling()), "--input", "number=1", "--keep")
    (folder,) = left_behind(tmp_path)
    assert str(folder) in told.stderr
    assert (folder / "strata.log").read_text("utf-8").count("\n") > 3


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with open_platform(tmp_path / "d"):
        told = strata("run", written(tmp_path, doubling()), "--data", tmp_path / "d")
    assert told.exit_code == 1
    assert "is in use by" in told.stderr


def test_a_terminal_gets_a_display_and_rendered_outputs(tmp_path: Path) -> None:
    report = graph(
        [
            node("text", "constant", value="# Weather\n\n**wet**"),
            node("report", "output", name="report"),
        ],
        "text.value -> report.value",
    )
    screen = Console(
        file=StringIO(), force_terminal=True, width=80, height=24, _environ={"TERM": "xterm"}
    )
    run_once(report.model_dump(mode="json"), {}, Wish(), screen, SystemClock())
    assert isinstance(screen.file, StringIO)
    told = screen.file.getvalue()
    assert "level 1" not in told
    assert "✓" in told
    assert "**wet**" not in told


# --- In a process of its own ---


def slow_server() -> Any:
    """Answers a request once the test lets it: (server, asked, let go)."""
    asked, may_answer = threading.Event(), threading.Event()

    def behave(_: Received, connection: Any) -> None:
        asked.set()
        may_answer.wait(20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    return serving(behave), asked, may_answer


def waiting_for(server: Server) -> Graph:
    return graph([node("get", "http_request", url=server.url())])


def started(path: Path, tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "run", path],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_example_runs_from_end_to_end(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "events" / "graphs" / "seattle_report.json"
    process = started(example, tmp_path)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "# Rain in Seattle" in out
    assert "| --- |" in out
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_nothing_behind(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    serving_slowly, asked, may_answer = slow_server()
    with serving_slowly as server:
        path = written(tmp_path, waiting_for(server))
        process = started(path, tmp_path, STRATA_ALLOWED_UPSTREAM=server.upstream)
        assert asked.wait(30)
        process.send_signal(number)
        may_answer.set()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in errors
    assert left_behind(tmp_path) == []


def test_a_pipe_that_is_closed_is_no_failure_of_the_program(tmp_path: Path) -> None:
    process = started(written(tmp_path, fan(300)), tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(30)
    assert "Traceback" not in errors
    assert left_behind(tmp_path) == []


def test_signs_that_a_terminal_cannot_show_do_not_end_the_run(tmp_path: Path) -> None:
    path = written(tmp_path, graph([node("a", "constant", value=1, label="天気")]))
    process = started(path, tmp_path, PYTHONIOENCODING="latin-1")
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert "level 1  COMPLETED  ??" in out
