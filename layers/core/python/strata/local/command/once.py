"""What `strata run` stands on: a folder, a platform in it, an account, and the end of all that."""

import json
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from strata.clock import Clock
from strata.local.command.client import Client
from strata.local.command.embedded import served
from strata.local.command.outputs import print_outputs
from strata.local.command.running import Account, Asked, check_completed, run, tell_step
from strata.local.command.watching import lines, live

Json = dict[str, Any]

_TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks of `strata run`; `data` None is a temporary folder."""

    as_json: bool = False
    keep: bool = False
    data: Path | None = None

    @property
    def leaves_data(self) -> bool:
        return self.keep or self.data is not None


def run_once(
    graph: Mapping[str, Any], inputs: Mapping[str, Any], wish: Wish, screen: Console, clock: Clock
) -> None:
    """Everything is told on `screen`, or of JSON nothing but the execution. Raises Refusal."""
    # SIGTERM ends the process by way of every `finally`, so that no folder stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    told = Console(quiet=True) if wish.as_json else screen
    watcher = live if told.is_terminal and not told.is_dumb_terminal else lines
    account = Account(
        f"run-{clock.random_bytes(4).hex()}@strata.example", clock.random_bytes(16).hex()
    )
    with _folder(wish) as folder:
        execution = _run(Asked(graph, inputs, account, told, watcher), folder, clock)
    if wish.as_json:
        screen.file.write(json.dumps(execution, indent=2, ensure_ascii=False) + "\n")
    else:
        print_outputs(execution["outputs"], screen)
        _tell_what_stays(wish, folder, account, screen)
    check_completed(execution)


@contextmanager
def _folder(wish: Wish) -> Iterator[Path]:
    if wish.data is not None:
        yield wish.data
    elif wish.keep:
        yield Path(tempfile.mkdtemp(prefix="strata-"))
    else:
        with tempfile.TemporaryDirectory(prefix="strata-") as name:
            yield Path(name)


def _run(asked: Asked, folder: Path, clock: Clock) -> Json:
    with served(folder, 0) as url:
        tell_step(asked.told, "Started the embedded platform", url)
        with closing(Client(url)) as client:
            try:
                return run(asked, client, clock)
            except KeyboardInterrupt:
                asked.told.print("Interrupted: stopping …")
                raise


def _tell_what_stays(wish: Wish, folder: Path, account: Account, screen: Console) -> None:
    if wish.leaves_data:
        screen.print()
        screen.print(f"The data stays in {folder}; look at it with", soft_wrap=True)
        screen.print(f"  strata serve --data {shlex.quote(str(folder))}", soft_wrap=True)
        screen.print(f"as {account.email} with the password {account.password}", soft_wrap=True)
