"""A process that is killed, at whatever moment, has lost nothing that it acknowledged."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from strata.clock import SystemClock
from strata.local.blobs import LocalBlobs
from strata.local.platform import open_platform
from strata.local.store import LocalTable
from strata.ports import Key, Query
from tests.unit.local.crashing import CRASH_FUNCTIONS, ITEMS, NODES, STATES, THREADS

ROOT = Path(__file__).parents[3]
MOMENTS = (1, 37, 150)


def killed(work: str, folder: Path, after: int) -> list[str]:
    """What a process had acknowledged that was killed after so many lines, or some more."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.local.crashing", work, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
        lines += process.stdout.read().splitlines()
    assert process.returncode == -signal.SIGKILL
    return lines


@pytest.mark.parametrize("after", MOMENTS)
def test_the_table_keeps_every_acknowledged_write(tmp_path: Path, after: int) -> None:
    acknowledged = [tuple(line.split()) for line in killed("table", tmp_path, after)]
    table = LocalTable(tmp_path / "strata.sqlite", SystemClock())
    kept = {
        (str(thread), str(int(item["sk"])))
        for thread in range(THREADS)
        for item in table.query(Query(f"thread {thread}")).items
    }
    # The last line may be half of one.
    assert set(acknowledged[:after]) <= kept
    counter = table.get(Key("all", "count"))
    # All or none of a transaction, whatever became of its acknowledgement.
    assert counter is not None
    assert counter["writes"] == len(kept)
    assert len(table.query(Query("all", index="gsi1")).items) == len(kept)
    table.close()


@pytest.mark.parametrize("after", MOMENTS)
def test_executions_run_to_their_end_after_the_next_start(tmp_path: Path, after: int) -> None:
    names = killed("machines", tmp_path, after)[:after]
    with open_platform(tmp_path, functions=CRASH_FUNCTIONS) as local:
        for name in names:
            local.machines.wait(name, 60)
        for name in names:
            items = local.platform.table.query(Query(name)).items
            assert sorted(item["sk"] for item in items) == sorted(NODES)


@pytest.mark.parametrize("after", MOMENTS)
def test_executions_of_all_states_run_to_their_end_after_the_next_start(
    tmp_path: Path, after: int
) -> None:
    names = killed("states", tmp_path, after)[:after]
    with open_platform(tmp_path, functions=CRASH_FUNCTIONS) as local:
        for name in names:
            local.machines.wait(name, 60)
        for name in names:
            assert local.machines.status("states", name) == "SUCCEEDED"
            nodes = {item["sk"] for item in local.platform.table.query(Query(name)).items}
            assert nodes >= set(STATES)
            assert len(nodes) == 2 * len(ITEMS) + 3


def test_what_had_ended_does_not_run_again(tmp_path: Path) -> None:
    names = killed("machines", tmp_path, 60)[:60]
    with open_platform(tmp_path, functions=CRASH_FUNCTIONS) as local:
        for name in names:
            local.machines.wait(name, 60)
    with open_platform(tmp_path, functions=CRASH_FUNCTIONS) as local:
        assert [local.machines.history(name) for name in names] == [[]] * 60


def test_the_queue_keeps_every_acknowledged_message(tmp_path: Path) -> None:
    sent = killed("queue", tmp_path, 20)[:20]
    with open_platform(tmp_path, functions=CRASH_FUNCTIONS) as local:
        while local.queue.seconds_to_next() is not None:
            local.scheduler.wake()
        items = local.platform.table.query(Query("messages")).items
    assert set(sent) <= {item["sk"] for item in items}


def test_blobs_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    written = killed("blobs", tmp_path, 40)[:40]
    blobs = LocalBlobs(tmp_path / "blobs", SystemClock())
    assert [blobs.get(f"blob/{one}") for one in written] == [
        one.encode() * 10_000 for one in written
    ]
