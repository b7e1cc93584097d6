"""What the embedded platform takes as a process: until it answers, and of memory."""

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from strata.clock import SystemClock
from strata.local.command.client import Client
from tests.builders import chain

RUNS = 5
MOST_SECONDS, MOST_MEGABYTES = 0.7, 80
STRATA = Path(sys.executable).with_name("strata")


class Served(NamedTuple):
    """Seconds until the first answer; megabytes resident then, and after a user has logged in and
    run a chain of 40."""

    seconds: float
    at_first: float
    after_a_run: float


def measure() -> list[dict[str, Any]]:
    """One row: `strata serve` in an empty folder."""
    found = [_served() for _ in range(RUNS + 1)][1:]
    seconds, at_first, after_a_run = (
        statistics.median(values) for values in zip(*found, strict=True)
    )
    return [
        {
            "command": "strata serve",
            "seconds_to_first_answer": round(seconds, 2),
            "most_seconds": MOST_SECONDS,
            "resident_mb": round(at_first, 1),
            "after_a_run_mb": round(after_a_run, 1),
            "most_mb": MOST_MEGABYTES,
        }
    ]


def _served() -> Served:
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as process:
        url = _address(process)
        with urllib.request.urlopen(f"{url}/v1/health") as answer:
            answer.read()
        seconds, at_first = perf_counter() - begun, _megabytes(process.pid)
        _run(url)
        return Served(seconds, at_first, _megabytes(process.pid))


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


def _run(url: str) -> None:
    email, password = "bench@strata.example", "correct horse battery staple"
    with closing(Client(url)) as client:
        client.register(email, password)
        client.log_in(email, password)
        graph = client.save(chain(40).model_dump(exclude_defaults=True))
        execution = client.start(graph["id"], {})
        while execution["status"] in ("QUEUED", "RUNNING"):
            SystemClock().sleep(0.01)
            execution = client.execution(execution["id"])


def _megabytes(pid: int) -> float:
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True)
    return int(told.stdout) / 1000
