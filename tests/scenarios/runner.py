"""Where the stories are told: on the embedded platform, on an emulator of AWS, or on AWS itself.

A story knows an address and a queue; it does not know which of the three it runs on.
"""

import json
import os
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.clock import SystemClock

ROOT = Path(__file__).parents[2]
STACK = "strata-dev"
ASSEMBLY = ROOT / "build" / "cdk.emulator"


@dataclass(frozen=True, slots=True)
class Runner:
    """`patience` is for how many seconds a story waits for an execution's end."""

    url: str
    enqueue: Callable[[Mapping[str, Any]], None]
    trust: ssl.SSLContext | bool = True
    patience: float = 60
    letters: Callable[[], list[dict[str, str]]] | None = None
    """Those that were written, oldest first; None where nobody can look into mailboxes."""
    rotate: Callable[[], Any] | None = None
    """Rotates the signing key, as who looks after the environment does, and tells what was done."""
    calls: Callable[[str, Mapping[str, Any]], Any] | None = None
    """What a function answers to an event, called as its schedule does it or who looks after the
    environment; None where the stories have no right to."""
    rows: Callable[[], list[str]] | None = None
    """Every row of every table, as text; None where nobody may read them all."""


@contextmanager
def local(folder: Path) -> Iterator[Runner]:
    """The embedded platform with its HTTP server, in this process."""
    from strata.local.folder import DATABASE, OUTBOX
    from strata.local.outbox import Outbox
    from strata.local.platform import enqueue, open_platform
    from strata.local.server import HttpServer

    clock = SystemClock()
    with open_platform(folder) as platform, HttpServer(platform) as server:
        yield Runner(
            url=server.url,
            enqueue=lambda message: enqueue(folder, json.dumps(message), clock),
            letters=Outbox(folder / OUTBOX, clock).letters,
            rotate=lambda: _by_command(folder),
            calls=lambda function, event: platform.functions.call(function, dict(event)),
            rows=lambda: _all_rows(folder / DATABASE),
        )


def _all_rows(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = [opened.execute(f"SELECT * FROM {table}").fetchall() for (table,) in tables]
    return [" ".join(map(str, row)) for some in rows for row in some]


def _by_command(folder: Path) -> Any:
    """From a process of its own, beside the platform that runs."""
    command = str(Path(sys.executable).with_name("strata"))
    rotate = [command, "keys", "rotate", "--signing", "--json", "--data", str(folder)]
    return json.loads(subprocess.run(rotate, check=True, capture_output=True).stdout)


@contextmanager
def emulator(folder: Path) -> Iterator[Runner]:
    """The synthesized template, deployed to an emulator."""
    from tests.emulator.deployment import deploy
    from tests.emulator.server import emulator

    with emulator(folder) as running:
        outputs = deploy(STACK, ASSEMBLY, running)
        (api,) = running.client("apigatewayv2").get_apis()["Items"]
        queue = running.client("sqs")
        yield Runner(
            url=f"{running.url}/_aws/execute-api/{api['ApiId']}/$default",
            enqueue=_sender(queue, outputs["QueueUrl"]),
            trust=ssl.create_default_context(cafile=str(running.certificate)),
            patience=120,
            rotate=lambda: _by_function(
                running.client("lambda"), "maintain", {"command": "rotate_signing_key"}
            ),
            calls=lambda function, event: _by_function(running.client("lambda"), function, event),
            rows=lambda: _all_items(running.client("dynamodb")),
        )


def _by_function(functions: Any, function: str, event: Mapping[str, Any]) -> Any:
    answer = functions.invoke(FunctionName=f"{STACK}-{function}", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def _all_items(dynamodb: Any) -> list[str]:
    (table,) = dynamodb.list_tables()["TableNames"]
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return [f"{item['pk']['S']} {item}" for page in pages for item in page["Items"]]


@contextmanager
def cloud(folder: Path) -> Iterator[Runner]:
    """A deployed environment: its stack's outputs Url and QueueUrl in STRATA_URL and
    STRATA_QUEUE_URL, and credentials of AWS as usual."""
    import boto3

    queue = boto3.client("sqs")
    yield Runner(
        url=os.environ["STRATA_URL"].rstrip("/"),
        enqueue=_sender(queue, os.environ["STRATA_QUEUE_URL"]),
        patience=120,
    )


def _sender(queue: Any, url: str) -> Callable[[Mapping[str, Any]], None]:
    def enqueue(message: Mapping[str, Any]) -> None:
        queue.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    return enqueue


RUNNERS: Mapping[str, Callable[[Path], AbstractContextManager[Runner]]] = {
    "local": local,
    "emulator": emulator,
    "cloud": cloud,
}
