"""What `strata run` stands on: a folder, a platform in it, an account, and the end of all that."""

import json
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from strata.clock import Clock
from strata.local.command.approving import Verdicts
from strata.local.command.attending import Desk
from strata.local.command.client import Client
from strata.local.command.documents import nodes_of
from strata.local.command.embedded import served
from strata.local.command.invitations import login_command
from strata.local.command.outputs import print_outputs
from strata.local.command.person import Person
from strata.local.command.running import Account, Asked, check_completed, run, tell_step
from strata.local.command.screens import screen
from strata.local.command.watching import Watcher, lines, live

Json = dict[str, Any]

_TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks of `strata run`; `data` None is a temporary folder."""

    as_json: bool = False
    keep: bool = False
    data: Path | None = None
    draft: bool = False
    verdicts: Verdicts = field(default_factory=Verdicts)


def run_once(
    graph: Mapping[str, Any],
    inputs: Mapping[str, Any],
    wish: Wish,
    out: Console,
    clock: Clock,
    watcher: Watcher | None = None,
    typed: TextIO | None = None,
) -> None:
    """Everything is told on `out`, or of JSON the execution alone; `watcher` shows the progress,
    by default as `out` can show it. Questions are answered on `typed`, by default standard input.

    Raises Refusal."""
    # SIGTERM ends the process by way of every `finally`, so that no folder stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    told = Console(quiet=True) if wish.as_json else out
    # Never into a pipe or a file: what waits is for a person, and holds the account's password.
    person = Person(out if out.is_terminal and not wish.as_json else screen(stderr=True), typed)
    _tell_of_pins(graph, wish, person.told)
    fitting = live if told.is_terminal and not told.is_dumb_terminal else partial(lines, known={})
    account = _new_account(clock)
    with _folder(wish, account) as folder:
        with served(folder, 0) as url:
            login = login_command(url, account.email, account.password)
            desk = Desk(wish.verdicts, person, url, login, shows_waits=not wish.as_json)
            asked = Asked(graph, inputs, account, told, watcher or fitting, desk, wish.draft)
            execution = _run(asked, url, clock, with_nodes=wish.as_json)
        if wish.as_json:
            out.file.write(json.dumps(execution, indent=2, ensure_ascii=False) + "\n")
        check_completed(execution)
        if not wish.as_json:
            print_outputs(execution["outputs"], out)


def _new_account(clock: Clock) -> Account:
    name = f"run-{clock.random_bytes(4).hex()}"
    return Account(f"{name}@strata.example", clock.random_bytes(16).hex())


@contextmanager
def _folder(wish: Wish, account: Account) -> Iterator[Path]:
    """The folder that was asked for, or a new one that is gone at the end, unless it is kept."""
    if wish.data is None and not wish.keep:
        with tempfile.TemporaryDirectory(prefix="strata-") as name:
            yield Path(name)
        return
    folder = wish.data or Path(tempfile.mkdtemp(prefix="strata-"))
    try:
        yield folder
    finally:
        _tell_what_stays(folder, account, screen(stderr=True))


def _run(asked: Asked, url: str, clock: Clock, *, with_nodes: bool) -> Json:
    tell_step(asked.told, "Started the embedded platform", url)
    with closing(Client(url)) as client:
        try:
            execution = run(asked, client, clock)
            nodes = client.nodes(execution["id"], values=True) if with_nodes else []
            return {**execution, "nodes": nodes}
        except KeyboardInterrupt:
            asked.told.print("Stopping …")
            raise


def _tell_of_pins(graph: Mapping[str, Any], wish: Wish, told: Console) -> None:
    pinned = [one for one in nodes_of(graph) if one.get("pinned_outputs") is not None]
    if pinned and not wish.draft:
        nodes = f"{len(pinned)} node{'s' * (len(pinned) != 1)}"
        told.print(
            f"Pinned outputs count in drafts alone, so {nodes} with them will run: see --draft",
            soft_wrap=True,
        )


def _tell_what_stays(folder: Path, account: Account, told: Console) -> None:
    told.print(f"\nThe data stays in {folder}. To look at it:", soft_wrap=True)
    told.print(f"  strata serve --data {shlex.quote(str(folder))}", soft_wrap=True)
    told.print(f"  log in as {account.email} with {account.password}", soft_wrap=True)
