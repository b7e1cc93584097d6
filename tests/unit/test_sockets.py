"""One way out: no block does more than compute, and no module may reach the network past the
guarded client. Both watchers are shown to see what they are for."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from strata.blocks import registry

ROOT = Path(__file__).parents[2]
DOORS = {
    "**/strata/outbound/*.py",
    "**/strata/local/server.py",
    "**/strata/local/command/client.py",
    "**/strata/local/allocator.py",
    "**/strata/clock.py",
    "infra_cdk/assets.py",
}
"""To the network, to the C library, to time; the stacks start programs."""


def _run(*arguments: str) -> Any:
    command = [sys.executable, "-m", "tests.unit.blocks.guarded", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=540
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told() -> Any:
    return _run()


def test_no_block_reaches_out_of_its_process_whatever_it_is_given(told: Any) -> None:
    assert told["seen"] == []


def test_every_block_was_run(told: Any) -> None:
    assert set(registry()) <= {name for name, _ in told["outcomes"]}
    assert len(told["outcomes"]) > 600


def test_the_worst_inputs_end_in_a_value_or_in_an_error_of_the_node(told: Any) -> None:
    assert [one for one in told["outcomes"] if one[1].startswith("!")] == []


def test_what_asks_for_too_much_is_told_so(told: Any) -> None:
    codes = {code for _, code in told["outcomes"]}
    assert {"too_large", "too_slow", "out_of_range", "invalid_input"} <= codes


def test_a_block_that_did_reach_out_would_be_seen() -> None:
    told = _run("rogue")
    tried = {name for name, _ in told["outcomes"]}
    seen = {event.partition(":")[0] for event in told["seen"]}
    assert len(tried) == 11
    assert seen == tried


BANNED = [
    "import socket",
    "import ssl",
    "import _socket",
    "import http.client",
    "from http import client",
    "from http.client import HTTPConnection",
    "import http.server",
    "import urllib.request",
    "from urllib import request",
    "from urllib.request import urlopen",
    "import urllib3",
    "from urllib3.connection import HTTPConnection",
    "import requests",
    "import httpx",
    "import aiohttp",
    "import ftplib",
    "import smtplib",
    "import subprocess",
    "import multiprocessing",
    "import ctypes",
    "import pickle",
    "import asyncio\nasyncio.open_connection('a', 1)",
    "from asyncio import open_connection",
    "import os\nos.system('id')",
    "import os\nos.popen('id')",
    "eval('1')",
    "exec('1')",
]


@pytest.mark.parametrize("source", BANNED)
def test_the_linter_refuses_another_way_out(source: str) -> None:
    assert _lint("layers/core/python/strata/blocks/new.py", source)


@pytest.mark.parametrize("folder", ["functions/run_node", "infra_cdk", "layers/core/python/strata"])
def test_it_does_so_in_every_folder(folder: str) -> None:
    assert _lint(f"{folder}/new.py", "import socket")


def test_the_doors_are_few_and_named() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    excused = settings["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert {glob for glob, rules in excused.items() if "TID251" in rules} == DOORS


def test_no_line_excuses_itself() -> None:
    sources = (*(ROOT / "layers" / "core").rglob("*.py"), *(ROOT / "functions").rglob("*.py"))
    assert [one for one in sources if "noqa: TID251" in one.read_text("utf-8")] == []


def _lint(path: str, source: str) -> bool:
    """Whether the linter refuses it there."""
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise"]
    done = subprocess.run(
        [*command, "--select=TID251,S102,S307", f"--stdin-filename={path}", "-"],
        input=source + "\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 1 and any(rule in done.stdout for rule in ("TID251", "S102", "S307"))
