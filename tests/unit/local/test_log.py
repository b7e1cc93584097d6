"""The log of an embedded platform has an end, and loses no line before it."""

import json
import threading
from pathlib import Path

import pytest

from strata import observability
from strata.local.log import RotatingLog
from strata.local.platform import open_platform


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strata.log"


def _sizes(path: Path) -> dict[str, int]:
    return {one.name: one.stat().st_size for one in path.parent.iterdir()}


def test_it_begins_anew_before_it_grows_too_large(path: Path) -> None:
    with RotatingLog(path, max_bytes=100, older=2) as log:
        for number in range(10):
            log.write(f"{number}" * 39 + "\n")
    assert _sizes(path) == {"strata.log": 80, "strata.log.1": 80, "strata.log.2": 80}
    assert path.read_text()[0] == "8"
    assert path.with_name("strata.log.2").read_text()[0] == "4"


def test_a_line_is_never_cut(path: Path) -> None:
    with RotatingLog(path, max_bytes=10) as log:
        log.write("short\n")
        log.write("x" * 50 + "\n")
        log.write("é" * 4 + "\n")
    assert _sizes(path) == {"strata.log.2": 6, "strata.log.1": 51, "strata.log": 9}


def test_what_an_earlier_process_wrote_counts(path: Path) -> None:
    for _ in range(2):
        with RotatingLog(path, max_bytes=100) as log:
            log.write("x" * 59 + "\n")
    assert _sizes(path) == {"strata.log": 60, "strata.log.1": 60}


def test_its_owner_alone_reads_it(path: Path) -> None:
    with RotatingLog(path, max_bytes=10) as log:
        log.write("x" * 20)
        log.write("x" * 20)
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}


def test_a_name_that_cannot_be_changed_costs_no_line(path: Path) -> None:
    path.with_name("strata.log.1").mkdir()
    with RotatingLog(path, max_bytes=10, older=1) as log:
        log.write("one line\n")
        log.write("another\n")
    assert path.read_text() == "one line\nanother\n"


def test_half_of_a_character_is_written_as_a_question_mark(path: Path) -> None:
    with RotatingLog(path) as log:
        log.write("\ud800\n")
    assert path.read_text() == "?\n"


def test_many_threads_lose_nothing(path: Path) -> None:
    with RotatingLog(path, max_bytes=1000, older=500) as log:
        observability.direct(log)
        threads = [
            threading.Thread(
                target=lambda: [observability._SINK.write('{"n":1}\n') for _ in range(200)]
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        observability.direct(None)
    lines = [line for one in path.parent.iterdir() for line in one.read_text().splitlines()]
    assert [json.loads(line) for line in lines] == [{"n": 1}] * 1600
    assert max(_sizes(path).values()) <= 1000


def test_a_platform_logs_into_it(tmp_path: Path) -> None:
    with open_platform(tmp_path):
        assert isinstance(observability._SINK.stream, RotatingLog)
    assert observability._SINK.stream is None
