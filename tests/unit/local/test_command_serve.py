"""`strata serve` and `strata enqueue`: a platform that stays, and messages for it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from strata.local.command.client import Client, Refused
from strata.local.command.embedded import served
from strata.local.command.refusals import Refusal
from strata.local.command.serving import keep_serving
from strata.local.platform import open_platform
from tests.unit.local.command_line import doubling, strata

COMMAND = Path(sys.executable).with_name("strata")
PATIENCE_SECONDS = 30
EMAIL, PASSWORD = "me@example.com", "correct horse battery"


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it has told."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--data", folder, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "40"},
    )
    with process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        try:
            assert found is not None
            yield process, found[0]
        finally:
            process.terminate()


def signed_in(url: str, *, new: bool = True) -> Client:
    client = Client(url)
    if new:
        client.register(EMAIL, PASSWORD)
    client.log_in(EMAIL, PASSWORD)
    return client


def queue_trigger(client: Client) -> list[str]:
    """The options that name a new trigger of a new graph."""
    graph_id = client.save(doubling().model_dump(mode="json"))["id"]
    made = client._call("POST", f"/v1/graphs/{graph_id}/triggers", {"kind": "queue"})
    return ["--trigger", made["id"], "--token", made["token"]]


def executions(client: Client) -> list[Any]:
    return list(client._call("GET", "/v1/executions")["items"])


def until(found: Callable[[], Any]) -> Any:
    """What is found in the end; asked for again and again."""
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 50):
        if value := found():
            return value
        waiting.wait(0.02)
    raise AssertionError("it never came to that")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with serve(tmp_path / "data") as (process, _):
        process.send_signal(number)
        out, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, "")
    assert out.endswith("Stopped.\n")


def test_it_tells_what_to_do_next(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as (process, url):
        process.terminate()
        assert process.stdout is not None
        out = process.stdout.read()
    assert f"curl {url}/v1/health" in out
    assert f"{url}/v1/openapi.json" in out


def test_its_log_is_a_file_in_the_folder(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as (process, url):
        with closing(Client(url)) as client, pytest.raises(Refused):
            client.execution("exe_none")
        process.terminate()
        out, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert '"status"' not in out + errors
    assert '"status":401' in (tmp_path / "data" / "strata.log").read_text("utf-8")


def test_its_data_stays_from_start_to_start(tmp_path: Path) -> None:
    with served(tmp_path / "data", 0) as url, closing(signed_in(url)) as client:
        saved = client.save(doubling().model_dump(mode="json"))["id"]
    with served(tmp_path / "data", 0) as url, closing(signed_in(url, new=False)) as client:
        assert client.start(saved, {"number": 1})["status"] == "QUEUED"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = strata("serve", "--port", port, "--data", tmp_path / "data")
    assert told.exit_code == 1
    assert f"Port {port} of this machine cannot be had: Address already in use" in told.stderr
    assert "--port 0" in told.stderr


def test_after_a_taken_port_the_folder_is_free(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Refusal),
        served(tmp_path, taken.getsockname()[1]),
    ):
        raise AssertionError
    with open_platform(tmp_path):
        pass


def test_a_folder_in_use_is_told(tmp_path: Path) -> None:
    with open_platform(tmp_path):
        told = strata("serve", "--port", 0, "--data", tmp_path)
    assert told.exit_code == 1
    assert f"{tmp_path} is in use by process {os.getpid()}" in told.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRATA_ALLOWED_UPSTREAM", "example.com:80"),
        ("STRATA_ALLOWED_UPSTREAM", "127.0.0.1:0"),
        ("STRATA_LOG_LEVEL", "zz"),
        ("STRATA_LOG_LEVEL", ""),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    told = strata("serve", "--port", 0, "--data", tmp_path / "data", **{name: value})
    assert told.exit_code == 1
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"{name} ")
    with open_platform(tmp_path / "data"):
        pass


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    told = strata("serve", "--port", 0, "--data", tmp_path / "data")
    assert told.exit_code == 1
    assert "cannot be used" in told.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_told(port: str, tmp_path: Path) -> None:
    assert strata("serve", "--port", port, "--data", tmp_path).exit_code == 2


def test_it_serves_until_the_signal_comes(tmp_path: Path) -> None:
    told = Console(file=StringIO(), width=200)
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        keep_serving(0, tmp_path, told)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers, strict=True):
            signal.signal(number, handler)
    assert isinstance(told.file, StringIO)
    assert told.file.getvalue().endswith("Stopped.\n")


def test_a_message_starts_an_execution_while_the_platform_runs(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as (_, url), closing(signed_in(url)) as client:
        trigger = queue_trigger(client)
        told = strata("enqueue", "--data", tmp_path / "data", *trigger, "--inputs", '{"number": 3}')
        assert told.exit_code == 0
        (execution,) = until(lambda: executions(client))
        ended = until(lambda: client.execution(execution["id"])["outputs"])
    assert ended == {"twice": 6}


def test_a_message_waits_for_the_next_start(tmp_path: Path) -> None:
    with served(tmp_path / "data", 0) as url, closing(signed_in(url)) as client:
        trigger = queue_trigger(client)
    strata("enqueue", "--data", tmp_path / "data", *trigger, "--inputs", '{"number": 3}')
    with served(tmp_path / "data", 0) as url, closing(signed_in(url, new=False)) as client:
        assert until(lambda: executions(client))[0]["trigger"] == trigger[1]


def test_messages_with_one_deduplication_id_start_one_execution(tmp_path: Path) -> None:
    with served(tmp_path / "data", 0) as url, closing(signed_in(url)) as client:
        trigger = queue_trigger(client)
        for name in ("a", "a", "b"):
            options = ["--inputs", '{"number": 3}', "--deduplication-id", name]
            strata("enqueue", "--data", tmp_path / "data", *trigger, *options)
        until(lambda: len(executions(client)) >= 2)
        # The last message was read last, so that the one before it has been, too.
        assert len(executions(client)) == 2


def test_the_token_may_come_from_the_environment(tmp_path: Path) -> None:
    with open_platform(tmp_path):
        pass
    options = ["--data", tmp_path, "--trigger", "trg_" + "0" * 26]
    assert strata("enqueue", *options, STRATA_TOKEN="stq_x").exit_code == 0


def test_what_no_message_can_be_is_told(tmp_path: Path) -> None:
    with open_platform(tmp_path):
        pass
    told = strata("enqueue", "--data", tmp_path, "--trigger", "mine", "--token", "t")
    assert told.exit_code == 2
    assert "  trigger_id: " in told.stderr


def test_a_message_over_the_limit_is_told(tmp_path: Path) -> None:
    with open_platform(tmp_path):
        pass
    (tmp_path / "big").write_text("x" * 1_100_000, "utf-8")
    inputs = f'{{"a": {{"$file": "{tmp_path / "big"}"}}}}'
    options = ["--trigger", "trg_" + "0" * 26, "--token", "t", "--inputs", inputs]
    told = strata("enqueue", "--data", tmp_path, *options)
    assert told.exit_code == 1
    assert "1048576 bytes" in told.stderr


def test_a_folder_without_a_platform_takes_no_message(tmp_path: Path) -> None:
    told = strata("enqueue", "--data", tmp_path / "typo", "--trigger", "t", "--token", "t")
    assert told.exit_code == 2
    assert not (tmp_path / "typo").exists()
