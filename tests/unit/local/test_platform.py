"""The platform as a whole."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from strata import observability
from strata.local.platform import enqueue, open_platform
from strata.settings import Settings
from tests.held_clock import HeldClock
from tests.unit.local.conftest import FUNCTIONS, Engine, Open
from tests.unit.local.machine import chain, task
from tests.unit.local.script import Script


def test_a_platform_has_every_part(open_local: Open, clock: HeldClock) -> None:
    local = open_local(settings=Settings(log_level="DEBUG"))
    platform = local.platform
    assert platform.settings.log_level == "DEBUG"
    assert platform.clock is clock
    assert platform.machines is local.machines
    assert platform.queue is local.queue
    assert "constant" in platform.blocks()


def test_the_log_goes_to_the_folder(open_local: Open, tmp_path: Path) -> None:
    local = open_local()
    observability.record_execution("exe_1", "COMPLETED", 1.5, platform=local.platform)
    local.close()
    lines = [json.loads(line) for line in (tmp_path / "strata.log").read_text().splitlines()]
    assert any(line.get("execution_id") == "exe_1" for line in lines)


def test_what_fails_within_the_platform_is_logged(open_local: Open, tmp_path: Path) -> None:
    local, after = open_local(workers=1), threading.Event()

    def broken() -> Any:
        raise ZeroDivisionError

    local.scheduler.submit(broken, after.set)
    assert after.wait(20)
    local.close()
    assert "ZeroDivisionError" in (tmp_path / "strata.log").read_text()


def test_a_platform_that_fails_to_open_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("strata.local.platform.LocalBlobs", broken)
        with pytest.raises(ZeroDivisionError):
            open_platform(tmp_path, functions=FUNCTIONS)
    open_platform(tmp_path, functions=FUNCTIONS).close()


def test_a_message_can_be_sent_before_the_first_start(tmp_path: Path) -> None:
    enqueue(tmp_path / "new", "first")
    with closing(sqlite3.connect(tmp_path / "new" / "strata.sqlite")) as database:
        assert database.execute("SELECT body FROM messages").fetchall() == [("first",)]


def test_a_message_cannot_be_too_large_from_outside_either(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 to 1048576 bytes"):
        enqueue(tmp_path, "x" * 1_048_577)


def test_the_clock_of_the_machine_serves_without_being_asked_for(
    tmp_path: Path, script: Script
) -> None:
    with open_platform(tmp_path, functions=FUNCTIONS) as local:
        assert Engine(local).run(chain(task("n"))).status == "SUCCEEDED"


def test_a_closed_platform_may_be_closed_again(open_local: Open) -> None:
    local = open_local()
    local.close()
    local.close()
