"""An embedded platform with its HTTP server, for as long as a command needs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strata.local.allocator import give_back_large_blocks
from strata.local.command.refusals import Refusal
from strata.local.database import FolderRefused
from strata.local.platform import open_platform
from strata.local.server import HttpServer
from strata.settings import Settings, WrongSetting


@contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """The address of the server. Raises Refusal where the folder or the port cannot be had, or a
    setting cannot be."""
    give_back_large_blocks()
    try:
        local = open_platform(folder, settings=Settings.from_mapping(os.environ))
    except (FolderRefused, WrongSetting) as refused:
        raise Refusal(str(refused)) from None
    with local:
        try:
            server = HttpServer(local, port)
        except OSError as error:
            reason = error.strerror or "no such port"
            raise Refusal(
                f"Port {port} of this machine cannot be had: {reason}",
                ["  Stop what listens there, or take another: --port 0 finds a free one."],
            ) from None
        with server:
            yield server.url
