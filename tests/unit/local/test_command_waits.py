"""`strata run` of graphs that wait: for a person, an event, a time."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from strata.clock import SystemClock
from strata.local.command import once
from strata.local.command.client import Client
from strata.local.command.embedded import served
from strata.local.command.invitations import MOST_CHARACTERS, MOST_LINES, approval
from strata.local.command.once import Wish, run_once
from strata.local.command.refusals import Refusal
from strata.local.command.running import Account
from strata.model.graph import Graph
from tests.builders import graph, node
from tests.unit.local.command_line import strata, written

COMMAND = Path(sys.executable).with_name("strata")
PROMPT = "[y/n]"


def bill(**inputs: Any) -> Graph:
    """Pays the data of an approval."""
    return graph(
        [
            node("bill", "constant", value={"amount": 120}),
            node("ask", "approval", label="Pay it?", **{"message": "To Ann.", **inputs}),
            node("paid", "output", name="paid"),
            node("kept", "output", name="kept"),
        ],
        "bill.value -> ask.data",
        "ask.approved -> paid.value",
        "ask.rejected -> kept.value",
    )


def bills(**inputs: Any) -> Graph:
    """The same for each of two bills, in a loop within a loop."""
    return graph(
        [
            node("days", "for_each", items=[[10], [20]], max_concurrency=1),
            node("each", "for_each", parent="days"),
            node("ask", "approval", parent="each", **inputs),
            node("paid", "output", name="paid"),
        ],
        "days.item -> each.items",
        "each.item -> ask.data",
        "ask.approved -> each.result",
        "each.results -> days.result",
        "days.results -> paid.value",
    )


class Talk(StringIO):
    """A terminal's screen; at each prompt the next answer is typed, or called with what the screen
    shows."""

    def __init__(self, keys: int, answers: Sequence[str | Callable[[str], None]]) -> None:
        super().__init__()
        self._keys = keys
        self._answers = list(answers)

    def write(self, text: str) -> int:
        if PROMPT in text and self._answers:
            answer = self._answers.pop(0)
            if isinstance(answer, str):
                os.write(self._keys, answer.encode())
            else:
                answer(self.getvalue())
        return super().write(text)


@pytest.fixture
def keyboard() -> Iterator[tuple[int, Any]]:
    """Where a test types, and where the command reads it."""
    keys, terminal = pty.openpty()
    with open(terminal, encoding="utf-8") as typed:
        yield keys, typed
    os.close(keys)


def talked(
    document: Graph, keyboard: Any, *answers: str | Callable[[str], None], wish: Wish | None = None
) -> str:
    """What a terminal of 100 columns shows of a run in which these answers are typed."""
    keys, typed = keyboard
    screen = Console(
        file=Talk(keys, answers), force_terminal=True, width=100, _environ={"TERM": "dumb"}
    )
    try:
        run_once(
            document.model_dump(mode="json", exclude_none=True),
            {},
            wish or Wish(),
            screen,
            SystemClock(),
            typed=typed,
        )
    except (Refusal, KeyboardInterrupt) as ended:
        screen.print(type(ended).__name__, ended)
    assert isinstance(screen.file, Talk)
    return screen.file.getvalue()


def test_an_approval_is_asked_of_the_person(keyboard: Any) -> None:
    told = talked(bill(), keyboard, "y\n")
    assert "◷ Pay it? (ask) waits for a decision until" in told
    assert '  To Ann.\n    {\n      "amount": 120\n    }\n' in told
    assert "paid" in told.partition("Approved.")[2]


def test_a_person_can_reject(keyboard: Any) -> None:
    assert "kept" in talked(bill(), keyboard, "No\n").partition("Rejected.")[2]


@pytest.mark.parametrize("line", ["\n", "maybe\n", "yn\n"])
def test_what_is_no_answer_is_asked_again(line: str, keyboard: Any) -> None:
    told = talked(bill(), keyboard, line, "y\n")
    assert told.count(PROMPT) == 2
    assert "Approved." in told


def test_what_was_typed_ahead_is_no_answer(keyboard: Any) -> None:
    os.write(keyboard[0], b"y\n")
    assert "Rejected." in talked(bill(), keyboard, "n\n")


def test_each_iteration_is_asked_for_by_its_name(keyboard: Any) -> None:
    told = talked(bills(), keyboard, "y\n", "n\n")
    assert re.findall(r"\(ask, ([\w:/]+)\)", told) == ["days:0/each:0", "days:1/each:0"]


def test_no_line_of_the_progress_is_repeated_after_a_question(keyboard: Any) -> None:
    told = talked(bill(), keyboard, "y\n")
    assert len(re.findall(r"COMPLETED  bill", told)) == 1


def test_an_input_at_its_end_is_no_answer(keyboard: Any) -> None:
    told = talked(bill(expires_seconds=1, on_expiry="reject"), keyboard, "\x04")
    assert told.count(PROMPT) == 1
    assert "/nodes/ask/decision" in told
    assert "kept" in told.partition("COMPLETED in")[2]


def test_a_question_is_taken_back_when_the_execution_has_ended(keyboard: Any) -> None:
    delay = node("wait", "delay", seconds=1, value="too late")
    nodes = [node("ask", "approval"), delay, node("end", "fail")]
    told = talked(graph(nodes, "wait.value -> end.message"), keyboard)
    assert "It is waited for no more." in told
    assert "Refusal The execution ended FAILED" in told


def test_a_decision_that_comes_too_late_is_told(
    keyboard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account("ann@example.com", "four words of your own")

    def meanwhile_rejected(shown: str) -> None:
        with closing(Client(re.findall(r"http://[\w.:]+", shown)[0])) as other:
            other.log_in(account.email, account.password)
            other.decide(re.findall(r"exe_\w+", shown)[0], "ask", "", approve=False)
        os.write(keyboard[0], b"y\n")

    monkeypatch.setattr(once, "_new_account", lambda _: account)
    told = talked(bill(), keyboard, meanwhile_rejected)
    assert "  Not decided: " in told
    assert "kept" in told.partition("COMPLETED in")[2]


def test_an_interrupt_cancels_the_execution(
    keyboard: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    told = talked(bill(), keyboard, interrupt, wish=Wish(data=tmp_path))
    email, password = re.findall(r"log in as (\S+) with (\S+)", capfd.readouterr().err)[0]
    execution_id = re.findall(r"exe_\w+", told)[0]
    with served(tmp_path, 0) as url, closing(Client(url)) as client:
        client.log_in(email, password)
        assert client.execution(execution_id)["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("options", "output"),
    [(["all"], "paid"), (["none"], "kept"), (["ask"], "paid"), (["none", "ask"], "paid")],
)
def test_the_command_line_can_decide(options: list[str], output: str, tmp_path: Path) -> None:
    given = [part for option in options for part in ("--approve", option)]
    told = strata("run", written(tmp_path, bill()), "--json", *given)
    assert set(json.loads(told.stdout)["outputs"]) == {output}
    assert "Pay it? (ask) is decided by --approve" in told.stderr


def test_the_command_line_decides_in_loops_too(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, bills()), "--json", "--approve", "all")
    assert json.loads(told.stdout)["outputs"] == {"paid": [[10], [20]]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["all", "none"], "say all or none, not both"),
        (["bill"], "bill: the graph has no approval of this id, it has ask"),
        (["\x1b"], "the graph has no approval of this id"),
    ],
)
def test_what_cannot_be_approved_is_refused(options: list[str], said: str, tmp_path: Path) -> None:
    given = [part for option in options for part in ("--approve", option)]
    told = strata("run", written(tmp_path, bill()), *given)
    assert told.exit_code == 2
    assert said in told.stderr
    assert "\x1b" not in told.stderr


def test_a_graph_without_approvals_has_none_to_approve(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, graph([node("a", "constant")])), "--approve", "a")
    assert "it has none at all" in told.stderr


def test_data_of_any_size_is_cut_for_the_person() -> None:
    long = list(approval("a", "then", {"data": "x" * 9_999_999}))
    many = list(approval("a", "then", {"data": list(range(100))}))
    assert len(long[1].strip()) == MOST_CHARACTERS
    assert (long[-1], len(many)) == ("    …", 1 + MOST_LINES + 1)


def test_what_is_asked_cannot_steer_the_terminal() -> None:
    told = approval("a", "then", {"message": "\x1b[2J", "data": {"a": "\x1b"}})
    assert "\x1b" not in "".join(told)


# --- Without a terminal ---


def started(path: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "run", path, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def next_line(process: subprocess.Popen[str], holds: str) -> str:
    """The next line on standard error that holds that."""
    assert process.stderr is not None
    for line in process.stderr:
        if holds in line:
            return line
    raise AssertionError(f"no line with {holds}")


def obeyed(command: str, token: str = "") -> Any:
    """What the server answers to such a curl as a person would copy."""
    words = shlex.split(command.replace("$token", token))
    url = next(word for word in words if word.startswith("http://"))
    headers = [words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H"]
    body = words[words.index("-d") + 1].encode()
    asked = urllib.request.Request(url, body, dict(headers))
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.loads(answer.read())


def test_without_a_terminal_the_commands_that_decide_are_told(tmp_path: Path) -> None:
    with started(written(tmp_path, bills()), "--json") as process:
        login = next_line(process, "token=$(").partition("$(")[2].partition(" | ")[0]
        token = obeyed(login)["access_token"]
        for _ in range(2):
            obeyed(next_line(process, "/nodes/ask/decision"), token)
        out, errors = process.communicate(timeout=30)
    assert json.loads(out)["outputs"] == {"paid": [[10], [20]]}
    assert "token=$(" not in errors


def test_the_url_of_an_event_is_told(tmp_path: Path) -> None:
    nodes = [node("paid", "wait_for_event", label="Payment"), node("out", "output", name="out")]
    with started(written(tmp_path, graph(nodes, "paid.body -> out.value"))) as process:
        assert "else it fails" in next_line(process, "◷ Payment (paid) waits for an event until")
        obeyed(next_line(process, "/v1/callbacks/"))
        out, _ = process.communicate(timeout=30)
    assert out.endswith("\nout:\n{}\n")


def test_a_long_delay_is_told_where_nothing_else_tells_it(tmp_path: Path) -> None:
    nodes = [
        node("loop", "for_each", items=[1, 2]),
        node("wait", "delay", seconds=600, parent="loop"),
    ]
    document = graph(nodes, "loop.item -> wait.value", "wait.value -> loop.result")
    with started(written(tmp_path, document)) as process:
        told = next_line(process, "◷ wait (wait, loop:0) waits until")
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert told
    assert "loop:1" not in errors


def test_the_progress_tells_until_when_a_node_waits(tmp_path: Path) -> None:
    nodes = [node("wait", "delay", seconds=0.1)]
    told = strata("run", written(tmp_path, graph(nodes)))
    assert re.search(r"WAITING    wait, until \d\d:\d\d:\d\d\n", told.stdout)
    assert told.stderr == ""


# --- Drafts ---


def pinned() -> Graph:
    return graph(
        [
            node("one", "constant", value=1, pinned_outputs={"value": 2}),
            node("out", "output", name="out"),
        ],
        "one.value -> out.value",
    )


def test_pinned_outputs_count_in_a_draft(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, pinned()), "--draft")
    assert "COMPLETED  one, pinned" in told.stdout
    assert told.stdout.endswith("out:\n2\n")
    assert told.stderr == ""


def test_pinned_outputs_that_do_not_count_are_told_of(tmp_path: Path) -> None:
    told = strata("run", written(tmp_path, pinned()))
    assert told.stdout.endswith("out:\n1\n")
    assert "Pinned outputs count in drafts alone, so 1 node" in told.stderr


def test_a_draft_with_problems_is_refused_with_all_of_them(tmp_path: Path) -> None:
    path = written(tmp_path, graph([node(f"n{at}", "nope") for at in range(150)]))
    assert strata("run", path, "--draft").stderr == strata("run", path).stderr
