"""`strata serve`: up until a signal says stop."""

import shlex
import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.text import Text

from strata.local.command.embedded import served

_REGISTER = '{"email": "me@example.com", "password": "four words of your own"}'


def keep_serving(port: int, folder: Path, told: Console) -> None:
    """Raises Refusal where the folder or the port cannot be had."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with served(folder, port) as url:
        _tell(url, folder, told)
        stop.wait()
        told.print("Stopping: what runs comes to its end or goes on at the next start …")
    told.print("Stopped.")


def _tell(url: str, folder: Path, told: Console) -> None:
    json_header = "-H 'Content-Type: application/json'"
    lines = (
        "Try it from another terminal:",
        f"  curl {url}/v1/health",
        f"  curl {url}/v1/auth/register {json_header} \\",
        f"    -d {shlex.quote(_REGISTER)}",
        f"The contract of the API:  {url}/v1/openapi.json",
        f"Its log:  {folder / 'strata.log'}",
        "Ctrl-C stops it; the data stays.",
    )
    told.print(Text.assemble("Strata is up at ", (url, "bold green"), f", its data in {folder}"))
    told.print()
    for line in lines:
        told.print(line, soft_wrap=True)
