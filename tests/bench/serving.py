"""What the embedded platform takes as a process: until it answers, and of memory."""

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

RUNS = 5
MOST_SECONDS, MOST_MEGABYTES = 0.7, 80
STRATA = Path(sys.executable).with_name("strata")


class Started(NamedTuple):
    """`megabytes` resident, once it has answered."""

    seconds: float
    megabytes: float


def measure() -> list[dict[str, Any]]:
    """One row: `strata serve` in an empty folder, until its health check answers."""
    found = [_started() for _ in range(RUNS + 1)][1:]
    return [
        {
            "command": "strata serve",
            "seconds_to_first_answer": round(statistics.median(one.seconds for one in found), 2),
            "most_seconds": MOST_SECONDS,
            "resident_mb": round(statistics.median(one.megabytes for one in found), 1),
            "most_mb": MOST_MEGABYTES,
        }
    ]


def _started() -> Started:
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as process:
        with urllib.request.urlopen(f"{_address(process)}/v1/health") as answer:
            answer.read()
        return Started(perf_counter() - begun, _megabytes(process.pid))


@contextmanager
def _serving(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [str(STRATA), "serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _address(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        found = re.search(r"http://[\d.]+:\d+", line)
        if found:
            return found[0]
    raise SystemExit("strata serve told no address")


def _megabytes(pid: int) -> float:
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True)
    return int(told.stdout) / 1000
