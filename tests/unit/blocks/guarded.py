"""Runs every block on its example and on the worst that somebody could write, under an audit hook
and a bound on memory, and tells as JSON what came of it.

A program of its own, since a hook is never taken away again: `python -m tests.unit.blocks.guarded`;
with `rogue` it runs blocks instead that do what none may, to show that each of these is caught.
"""

import ctypes
import json
import os
import re
import resource
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from strata.blocks import matching, pins, registry
from strata.clock import SystemClock
from strata.model.block import HttpCall
from strata.model.errors import NodeError
from strata.outbound import GuardedClient
from tests.unit.blocks.hostile import hostile
from tests.unit.blocks.world import HeldWorld
from tests.unit.outbound_disguises import CLOSED, SCHEMES, hosts_for

MEMORY = 2_500_000_000
FORBIDDEN = re.compile(
    r"(socket|ssl|subprocess|ctypes|urllib|http\.client|ftplib|smtplib|imaplib|poplib|telnetlib"
    r"|nntplib|webbrowser|pty|shutil|sqlite3|pickle|tempfile|msvcrt|winreg|syslog|fcntl|mmap)\..*"
    r"|os\.(system|exec|posix_spawn|spawn|fork|forkpty|remove|rename|mkdir|rmdir|link|symlink|chmod"
    r"|chown|truncate|utime|putenv|unsetenv|kill|startfile|walk|chdir|setxattr)"
    r"|builtins\.input|code\.__new__|signal\.pthread_kill|gc\.get_objects|sys\._current_frames"
)
NETWORK = re.compile(
    r"(_?socket|_?ssl|http|urllib3|requests|httpx|ftplib|smtplib|asyncio|_posixsubprocess"
    r"|subprocess|multiprocessing|_?ctypes|pty)(\..*)?"
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
READABLE = tuple(
    str(Path(one).resolve())
    for one in (sys.base_prefix, sys.prefix, "/usr/share/zoneinfo", Path(__file__).parents[3])
)


class _World(HeldWorld):
    """Its time goes on, as the bounds of regular expressions need it."""

    deadline = SystemClock().now() + timedelta(hours=1)

    def now(self) -> datetime:
        return SystemClock().now()


class Watch:
    """The events that were seen while a block ran."""

    def __init__(self) -> None:
        self.block = ""
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.block and _is_forbidden(event, arguments):
            self.seen.append(f"{self.block}: {event} {str(arguments)[:200]}")


def _is_forbidden(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "import":
        return NETWORK.fullmatch(str(arguments[0])) is not None
    if event == "open":
        return _is_foreign(*arguments)
    if event in ("os.listdir", "os.scandir"):
        return _is_foreign(arguments[0], None, 0)
    if event in ("exec", "compile"):
        # Modules that load are files; what was a text has no name.
        name = arguments[0].co_filename if event == "exec" else arguments[1]
        return str(name).startswith("<") and not str(name).startswith("<frozen")
    return FORBIDDEN.fullmatch(event) is not None


def _is_foreign(path: Any, _: Any, flags: int) -> bool:
    if flags & WRITING:
        return True
    return not isinstance(path, str) or not os.path.realpath(path).startswith(READABLE)


def _outcome(work: Callable[[], Any]) -> str:
    try:
        value = work()
    except NodeError as error:
        return error.code
    except BaseException as error:
        return f"! {type(error).__name__}: {error}"[:300]
    return f"{len(json.dumps(value)):,} bytes" if isinstance(value, dict) else "sent"


def _cases() -> Iterator[tuple[str, Callable[[], Any]]]:
    for block in registry().values():
        yield block.name, lambda one=block: pins.run_block(one, one.example.inputs, _World())  # type: ignore[misc]
    for name, inputs in hostile():
        one = registry()[name]
        yield name, lambda one=one, given=inputs: pins.run_block(one, given, _World())  # type: ignore[misc]
    client = GuardedClient(resolve=_no_resolver)
    for url in (*SCHEMES, *(f"http://{host}/" for host in hosts_for(CLOSED["loopback"]))):
        call = HttpCall("GET", url, {}, None, 5, 1000)
        yield "the guarded client", lambda call=call: client.send(call, {}, None)  # type: ignore[misc]


def _no_resolver(host: str, port: int) -> list[str]:
    raise OSError


def _rogues() -> Iterator[tuple[str, Callable[[], Any]]]:
    """What no block may do, each once."""
    scratch = tempfile.mkdtemp()
    yield "opens a socket", lambda: socket.socket().close()
    yield "asks a resolver", lambda: socket.getaddrinfo("127.0.0.1", 80)
    yield "starts a program", lambda: subprocess.run(["true"], check=True)
    yield "asks the shell", lambda: os.system("true")
    yield "writes a file", lambda: Path(scratch, "file").write_text("x")
    yield "reads a file of the machine", lambda: Path("/etc/passwd").read_text()
    yield "lists a folder", lambda: os.listdir("/")
    yield "calls the C library", lambda: ctypes.CDLL(None)
    yield "loads a module for networks", lambda: __import__("smtplib")
    yield "evaluates a text", lambda: eval("1 + 1")
    yield "runs a text", lambda: exec("x = 1")


def _warm() -> None:
    """What is loaded and compiled once is Strata's own."""
    for block in registry().values():
        for schema in block.inputs.values():
            pins._violation(schema, None)
        _outcome(lambda one=block: pins.run_block(one, one.example.inputs, _World()))  # type: ignore[misc]
    sysconfig.get_paths()


def main(cases: Iterator[tuple[str, Callable[[], Any]]]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # A tenth of a second tells as much of these patterns as two do.
    matching.MAX_SECONDS = 0.1
    _warm()
    watch, outcomes = Watch(), []
    for name, work in cases:
        watch.block = name
        outcome = _outcome(work)
        watch.block = ""
        outcomes.append([name, outcome])
    json.dump({"outcomes": outcomes, "seen": watch.seen}, sys.stdout)


if __name__ == "__main__":
    main(_rogues() if sys.argv[1:] == ["rogue"] else _cases())
