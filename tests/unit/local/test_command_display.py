"""How an execution looks: rows, bars, lines, outputs."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from strata.clock import moment
from strata.local.command.bands import bands
from strata.local.command.outputs import MOST_SHOWN, looks_like_markdown, print_outputs
from strata.local.command.screens import PIPE_WIDTH, screen
from strata.local.command.snapshot import NodeSeen, Snapshot, snapshot, span
from strata.local.command.timeline import timeline
from strata.local.command.watching import lines, live
from strata.model.execution import NodeStatus, Status

Json = dict[str, Any]

DONE, RUNNING, FAILED = NodeStatus.COMPLETED, NodeStatus.RUNNING, NodeStatus.FAILED
PENDING, SKIPPED, CANCELLED = NodeStatus.PENDING, NodeStatus.SKIPPED, NodeStatus.CANCELLED


def seen(
    node_id: str,
    level: int = 1,
    status: NodeStatus = DONE,
    start: float | None = 0,
    attempts: int = 1,
) -> NodeSeen:
    if status in (PENDING, SKIPPED):
        start = None
    end = None if status in (PENDING, RUNNING) or start is None else start + 1
    return NodeSeen(node_id, node_id, "constant", level, status, attempts, start, end)


def levels(*widths: int, status: NodeStatus = DONE) -> list[NodeSeen]:
    return [
        seen(f"n{level}_{at}", level, status)
        for level, width in enumerate(widths, start=1)
        for at in range(width)
    ]


def rows(nodes: list[NodeSeen], room: int) -> int:
    return sum(len(band.shown) + band.is_folded for band in bands(nodes, room))


def shown(nodes: list[NodeSeen], room: int = 40, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width, record=True)
    console.print(timeline(Snapshot(Status.RUNNING, tuple(nodes), 10), room, width))
    return console.export_text().splitlines()


def terminal(width: int = 80, height: int = 24) -> Console:
    return Console(file=StringIO(), force_terminal=True, width=width, height=height, _environ={})


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def printed(value: object, console: Console) -> str:
    print_outputs({"it": value}, console)
    return written(console)


def test_every_node_has_a_row_where_there_is_room() -> None:
    found = bands(levels(3, 1, 2), 6)
    assert [len(band.shown) for band in found] == [3, 1, 2]
    assert not any(band.is_folded for band in found)


def test_the_widest_level_is_folded_first() -> None:
    found = bands(levels(2, 50, 2), 20)
    assert [band.is_folded for band in found] == [False, True, False]


@pytest.mark.parametrize("widths", [(300,), (1, 100, 100, 99), (1,) * 300, (3,) * 100, (40, 1, 2)])
@pytest.mark.parametrize("room", [0, 4, 5, 21, 40])
@pytest.mark.parametrize("status", [DONE, RUNNING, FAILED])
def test_rows_are_never_more_than_the_room(
    widths: tuple[int, ...], room: int, status: NodeStatus
) -> None:
    assert rows(levels(*widths, status=status), room) <= max(room, 4)


def test_no_node_is_lost_when_levels_are_folded() -> None:
    nodes = levels(*(1,) * 250, 50)
    assert [node for band in bands(nodes, 20) for node in band.nodes] == nodes


def test_an_execution_without_nodes_has_no_rows() -> None:
    assert bands([], 10) == []


def test_a_failed_node_of_a_folded_level_has_a_row() -> None:
    nodes = [*levels(100), seen("bad", 2, FAILED), *(seen(f"x{at}", 2) for at in range(99))]
    (band,) = (band for band in bands(nodes, 12) if band.shown)
    assert [node.id for node in band.shown] == ["bad"]


def test_failed_nodes_go_before_running_ones() -> None:
    nodes = [*levels(100, status=RUNNING), *(seen(f"x{at}", 1, FAILED) for at in range(3))]
    (band,) = bands(nodes, 8)
    assert {"x0", "x1", "x2"} <= {node.id for node in band.shown}


def test_several_levels_share_a_band_where_they_are_more_than_the_room() -> None:
    assert bands(levels(*(1,) * 300), 30)[1].levels == "11–20"


def test_a_level_is_named_once() -> None:
    assert [line.split()[0] for line in shown(levels(2, 1))[1:]] == ["1", "✓", "2"]


def test_a_folded_level_counts_its_nodes_by_status() -> None:
    nodes = [*levels(40), *(seen(f"x{at}", 1, FAILED) for at in range(2)), seen("y", 1, RUNNING)]
    assert "43 nodes" in shown(nodes, room=4)[1]
    assert "▶ 1 ✓ 40 ✗ 2" in shown(nodes, room=4)[1]


def test_the_bar_of_a_folded_level_goes_to_its_last_end() -> None:
    assert "1.00 s" in shown(levels(40), room=4)[1]


def test_a_folded_level_that_has_not_begun_has_no_bar() -> None:
    assert "█" not in shown(levels(40, status=PENDING), room=4)[1]


def test_a_short_run_has_a_bar_that_can_be_seen() -> None:
    node = NodeSeen("a", "a", "constant", 1, DONE, 1, 9.9999, 9.9999)
    assert shown([node])[1].rstrip()[-1] in "▏▐█▌▕"


def test_the_bar_of_a_running_node_goes_on_to_now() -> None:
    assert "7.00 s" in shown([seen("a", 1, RUNNING, start=3)])[1]


@pytest.mark.parametrize("status", [PENDING, SKIPPED])
def test_a_node_that_did_not_run_has_no_bar(status: NodeStatus) -> None:
    assert "█" not in shown([seen("a", 1, status)])[1]


def test_an_execution_that_took_no_time_can_be_shown() -> None:
    console = Console(file=StringIO(), width=80)
    node = NodeSeen("a", "a", "constant", 1, DONE, 1, 0, 0)
    console.print(timeline(Snapshot(Status.COMPLETED, (node,), 0), 10, 80))


def test_attempts_are_told_where_there_were_more_than_one() -> None:
    assert "3 attempts" in shown([seen("a", attempts=3)])[1]


@pytest.mark.parametrize("width", [20, 40, 69])
def test_a_narrow_terminal_is_not_overrun(width: int) -> None:
    found = shown([seen("a node with a name that is long"), seen("天気" * 20)], width=width)
    assert "constant" not in "".join(found)
    assert max(map(len, found)) <= width


def test_a_loop_tells_how_far_it_is() -> None:
    times: Json = {"started_at": "2026-03-01T12:00:00.000Z", "ended_at": None}
    loop = {"node": "loop", "block": "for_each", "level": 1, "attempts": 1, "error": None, **times}
    loop |= {"waiting": None, "pinned": False}
    execution = {"created_at": times["started_at"], "ended_at": None, "status": "RUNNING"}
    waiting = {**loop, "status": "WAITING", "items": {"count": 7, "done": 3, "failed": 1}}
    begins = {**loop, "node": "more", "status": "RUNNING", "items": None}
    now = moment("2026-03-01T12:00:01.000Z")
    rows = shown(list(snapshot(execution, [waiting, begins], {}, now).nodes))
    assert "loop  3/7 items, 1 failed" in rows[1]
    assert "items" not in rows[2]


def test_a_line_of_a_loop_tells_it_too() -> None:
    console = Console(file=StringIO(), width=200)
    loop = replace(seen("loop", status=NodeStatus.WAITING), items="3/7 items")
    with lines(console) as show:
        show(Snapshot(Status.RUNNING, (loop,), 2))
    assert "loop in 1.00 s, 3/7 items" in written(console)


def test_a_label_is_not_taken_for_markup() -> None:
    assert "[red]x[/red]" in shown([seen("[red]x[/red]")])[1]


def test_a_line_is_written_for_each_status_once() -> None:
    console = Console(file=StringIO(), width=80)
    with lines(console) as show:
        for status in (PENDING, RUNNING, RUNNING, DONE, DONE):
            show(Snapshot(Status.RUNNING, (seen("a", 1, status),), 2))
    assert [line.split()[4] for line in written(console).splitlines()] == ["RUNNING", "COMPLETED"]


def test_lines_are_in_the_order_of_time() -> None:
    console = Console(file=StringIO(), width=80)
    with lines(console) as show:
        show(Snapshot(Status.RUNNING, (seen("late", start=5), seen("early", start=1)), 9))
    assert [line.split()[5] for line in written(console).splitlines()] == ["early", "late"]


def test_a_node_that_never_ran_is_told_at_the_time_of_the_look() -> None:
    console = Console(file=StringIO(), width=80)
    with lines(console) as show:
        show(Snapshot(Status.FAILED, (seen("a", 1, CANCELLED, start=None),), 7))
    assert written(console).strip() == "7.000 s  level 1  CANCELLED  a"


def test_a_line_is_not_broken_however_long() -> None:
    console = Console(file=StringIO(), width=20)
    with lines(console) as show:
        show(Snapshot(Status.RUNNING, (seen("x" * 300),), 9))
    assert len(written(console).splitlines()) == 1


def test_the_live_display_fits_the_screen() -> None:
    console = terminal(height=12)
    with live(console) as show:
        show(Snapshot(Status.RUNNING, tuple(levels(100, 100, 100)), 9))
        assert written(console).count("\n") <= 12


def test_an_output_is_written_to_a_pipe_as_it_is() -> None:
    text = "# Title\n\ttab [red] " + "long " * 100 + "\n\ntwo blanks  "
    assert printed(text, Console(file=StringIO(), width=80)) == f"\nit:\n{text}\n"


def test_an_output_that_is_no_text_is_json_in_a_pipe() -> None:
    told = printed({"a": ["ü", 1.0, None]}, Console(file=StringIO(), width=80))
    assert told == '\nit:\n{\n  "a": [\n    "ü",\n    1.0,\n    null\n  ]\n}\n'


def test_markdown_is_rendered_in_a_terminal() -> None:
    told = printed("# Title\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n", terminal())
    assert "Title" in told
    assert "# Title" not in told
    assert "---" not in told


def test_json_is_shown_in_a_terminal_whole() -> None:
    assert "null" in printed([1, None], terminal())


def test_an_output_cannot_steer_the_terminal() -> None:
    assert "\x1b]0;" not in printed("\x1b]0;title\x07 \x9b31m \u202e", terminal())


def test_a_long_output_is_cut_in_a_terminal() -> None:
    told = printed("x" * (MOST_SHOWN + 5), terminal())
    assert "5 more characters" in told


def test_a_long_output_is_whole_in_a_pipe() -> None:
    assert "more characters" not in printed("x" * 90_000, Console(file=StringIO(), width=80))


def test_that_there_are_no_outputs_is_said() -> None:
    console = Console(file=StringIO(), width=80)
    print_outputs({}, console)
    assert "no outputs" in written(console)


@pytest.mark.parametrize(
    "text", ["# A", "text\n\n## B\n", "```\ncode\n```", "|a|b|\n|---|---|\n", "a **bold** word"]
)
def test_markdown_is_known_by_its_marks(text: str) -> None:
    assert looks_like_markdown(text)


@pytest.mark.parametrize(
    "text", ["", "plain", "a - b", "#hashtag", "2 * 3 ** 4", "- one", "a\n--\n"]
)
def test_plain_text_is_not_taken_for_markdown(text: str) -> None:
    assert not looks_like_markdown(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0124, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (9.99, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (7325, "2 h 02 min"),
        (172_740, "47 h 59 min"),
        (604_800, "7 d 00 h"),
    ],
)
def test_a_duration_reads_well(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_pipe_has_a_width_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert screen().width == PIPE_WIDTH
