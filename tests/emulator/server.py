"""An emulator of AWS in a process of its own, on loopback.

Its virtual environment holds nothing but the emulator, so that a package that is missing from a
layer is missing there too. What it writes goes into a folder that is handed to it.
"""

import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from strata.clock import SystemClock

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "venv-emulator" / "bin" / "python"
CLOCK = SystemClock()
REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 60
LIFETIME_SECONDS = 1200
"""The longest that it may live."""
RULES = Path(__file__).parent / "rules.py"


class Emulator:
    """`url` is where AWS would be, `certificate` what it shows there; `client` makes clients that
    may do everything."""

    def __init__(self, url: str, certificate: Path) -> None:
        self.url = url
        self.certificate = certificate

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            verify=str(self.certificate),
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Runs while the context lasts; its log is `folder/emulator.log`."""
    port = _free_port()
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, RULES, str(LIFETIME_SECONDS)],
            env=_environment(folder, port),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        running = Emulator(f"https://127.0.0.1:{port}", folder / "ministack-tls" / "server.crt")
        _wait_until_ready(running, process)
        yield running
    finally:
        _end(process)


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Nothing of this process's own settings for AWS or Python reaches the functions."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # The roles of the functions are enforced, and the policies that want TLS.
        "AUTH": "true",
        "USE_SSL": "1",
        # Of retries alone: what a graph waits for takes its time (see rules.py).
        "SFN_WAIT_SCALE": "0.05",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "NO_PROXY": "*",
    }


def _wait_until_ready(running: Emulator, process: "subprocess.Popen[bytes]") -> None:
    health = f"{running.url}/_ministack/health"
    for _ in range(START_SECONDS * 10):
        if process.poll() is not None:
            raise RuntimeError("The emulator did not start; see its log")
        with suppress(httpx.HTTPError, FileNotFoundError):
            trust = ssl.create_default_context(cafile=str(running.certificate))
            if httpx.get(health, verify=trust, trust_env=False).status_code == 200:
                return
        CLOCK.sleep(0.1)
    raise TimeoutError("The emulator did not start in time")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The whole group: its functions are processes of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
