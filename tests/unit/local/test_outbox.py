"""The outbox: letters of an embedded platform, and `strata outbox`, which shows them."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strata.local.folder import DATABASE, OUTBOX
from strata.local.outbox import KEPT, Outbox
from strata.ports import Letter
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.unit.local.command_line import strata

SENDING = """
import sys
from pathlib import Path
from strata.clock import SystemClock
from strata.local.outbox import Outbox
from strata.ports import Letter
outbox = Outbox(Path(sys.argv[1]), SystemClock(), trim_bytes=20_000)
for number in range(100):
    outbox.send(Letter(sys.argv[2], str(number), "x" * 100))
"""


@pytest.fixture
def outbox(tmp_path: Path, clock: HeldClock) -> Outbox:
    return Outbox(tmp_path / OUTBOX, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a platform leaves it."""
    (tmp_path / DATABASE).touch()
    return tmp_path


def letter(number: int = 0, text: str = "Hello") -> Letter:
    return Letter("ada@example.com", f"Letter {number}", text)


class TestOutbox:
    def test_at_first_it_is_empty(self, outbox: Outbox) -> None:
        assert outbox.letters() == []

    def test_a_letter_is_its_owners_to_read_alone(self, outbox: Outbox, tmp_path: Path) -> None:
        outbox.send(letter())
        assert stat.S_IMODE((tmp_path / OUTBOX).stat().st_mode) == 0o600

    def test_the_oldest_go_when_there_are_too_many(self, tmp_path: Path, clock: HeldClock) -> None:
        outbox = Outbox(tmp_path / OUTBOX, clock, trim_bytes=(KEPT + 20) * 103)
        for number in range(KEPT + 50):
            outbox.send(letter(number))
        subjects = [one["subject"] for one in outbox.letters()]
        assert subjects[-1] == f"Letter {KEPT + 49}"
        assert KEPT <= len(subjects) < KEPT + 50
        assert subjects == sorted(subjects, key=lambda one: int(one.split()[1]))
        assert stat.S_IMODE((tmp_path / OUTBOX).stat().st_mode) == 0o600

    def test_threads_lose_none(self, outbox: Outbox) -> None:
        at_once(20, lambda number: outbox.send(letter(number)))
        assert len(outbox.letters()) == 20

    def test_two_processes_lose_none(self, tmp_path: Path, outbox: Outbox) -> None:
        """Although the file is written anew again and again."""
        command = [sys.executable, "-c", SENDING, str(tmp_path / OUTBOX)]
        processes = [subprocess.Popen([*command, name]) for name in ("a", "b")]
        assert [process.wait(60) for process in processes] == [0, 0]
        for name in ("a", "b"):
            own = [one["subject"] for one in outbox.letters() if one["to"] == name]
            assert own == [str(number) for number in range(100)]

    def test_what_a_crash_left_of_a_letter_hides_no_other(
        self, outbox: Outbox, tmp_path: Path
    ) -> None:
        outbox.send(letter(1))
        with (tmp_path / OUTBOX).open("a") as file:
            file.write('{"at": "2026-\n')
        outbox.send(letter(2))
        assert [one["subject"] for one in outbox.letters()] == ["Letter 1", "Letter 2"]


class TestCommand:
    def test_it_shows_the_letters_newest_last(self, folder: Path, outbox: Outbox) -> None:
        for number in range(2):
            outbox.send(letter(number, "First line\n    srp_token"))
        shown = strata("outbox", "--data", folder)
        assert shown.exit_code == 0
        assert shown.output.index("Letter 0") < shown.output.index("Letter 1")
        assert "To:      ada@example.com" in shown.output
        assert "        srp_token\n" in shown.output

    def test_as_json_it_shows_all_of_them(self, folder: Path, outbox: Outbox) -> None:
        outbox.send(letter())
        shown: Any = json.loads(strata("outbox", "--json", "--data", folder).output)
        assert shown == outbox.letters()

    def test_it_tells_that_there_is_none(self, folder: Path) -> None:
        assert "No letter has been written" in strata("outbox", "--data", folder).output

    def test_it_deletes_them_all_and_keeps_what_comes_after(
        self, folder: Path, outbox: Outbox
    ) -> None:
        outbox.send(letter(0))
        cleared = strata("outbox", "--clear", "--data", folder)
        assert (cleared.exit_code, cleared.output) == (0, "All letters are deleted.\n")
        assert outbox.letters() == []
        assert not (folder / OUTBOX).exists()
        outbox.send(letter(1))
        assert [one["subject"] for one in outbox.letters()] == ["Letter 1"]

    def test_with_none_there_is_none_to_delete(self, folder: Path) -> None:
        assert strata("outbox", "--clear", "--data", folder).exit_code == 0

    def test_letters_that_cannot_be_deleted_are_told(self, folder: Path) -> None:
        (folder / OUTBOX).mkdir()
        refused = strata("outbox", "--clear", "--data", folder)
        assert refused.exit_code == 2
        assert "directory" in refused.output.lower() or "permitted" in refused.output.lower()

    def test_nothing_in_a_letter_steers_the_terminal(self, folder: Path, outbox: Outbox) -> None:
        outbox.send(letter(text="\x1b[2Jgone"))
        assert "\x1b" not in strata("outbox", "--data", folder).output

    def test_where_no_platform_was_it_says_so(self, tmp_path: Path) -> None:
        refused = strata("outbox", "--data", tmp_path / "nowhere")
        assert refused.exit_code == 2
        assert "no platform has kept its data here" in refused.output

    def test_a_file_that_cannot_be_read_is_told(self, folder: Path) -> None:
        (folder / OUTBOX).mkdir()
        refused = strata("outbox", "--data", folder)
        assert refused.exit_code == 2
        assert "directory" in refused.output
