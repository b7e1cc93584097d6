"""A load of many kinds on a server that is killed again and again.

Each start has an idempotency key and is sent until it is acknowledged, as a careful client does.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from strata.clock import SystemClock
from tests.builders import graph, node
from tests.scenarios.person import PASSWORD

Json = dict[str, Any]

CLOCK = SystemClock()
PATIENCE = 60
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")


def pause(most: float) -> None:
    """A random time up to so many seconds."""
    CLOCK.sleep(most * int.from_bytes(CLOCK.random_bytes(2), "big") / 65_536)


class Upstream:
    """Counts the effects that reach it by their idempotency key; each takes a moment."""

    def __init__(self) -> None:
        self.effects: Counter[str] = Counter()
        effects = self.effects

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                effects[self.headers["Idempotency-Key"]] += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                CLOCK.sleep(0.05)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def kinds(upstream: str) -> dict[str, Json]:
    """Graphs by name; each hands its input `n` back in the output `n`."""
    given, out = node("n", "input", name="n"), node("out", "output", name="n")
    chain = [node(f"c{at}", timeout_seconds=10) for at in range(5)]
    links = ["n.value -> c0.value", *(f"c{at}.value -> c{at + 1}.value" for at in range(4))]
    effect = node("post", "http_request", url=f"http://{upstream}/", method="POST", body="x")
    join = node("join", value=None, label="Join")
    item = node("item", parent="each")
    graphs = {
        "light": graph([given, *chain, out], *links, "c4.value -> out.value"),
        "single": graph([given, *chain, out], *links, "c4.value -> out.value"),
        "effect": graph(
            [given, effect, node("pick", "condition", left=200, operator="=="), out],
            "post.status -> pick.right",
            "n.value -> pick.value",
            "pick.then -> out.value",
        ),
        "wait": graph(
            [given, node("wait", "delay", seconds=0.3), out],
            "n.value -> wait.value",
            "wait.value -> out.value",
        ),
        "loop": graph(
            [given, node("each", "for_each", items=[1, 2, 3]), item, join, out],
            "each.item -> item.value",
            "item.value -> each.result",
            "each.count -> join.value",
            "n.value -> out.value",
        ),
    }
    documents = {name: one.model_dump(mode="json") for name, one in graphs.items()}
    documents["single"]["options"] = {"fuse_light_nodes": False}
    return documents


class Server:
    """`strata serve` in a process of its own, on one port and one folder through all its lives."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self._folder = folder
        self._environment = {**os.environ, "STRATA_ALLOWED_UPSTREAM": upstream}
        self._port = _free_port()
        self._process = self._started()
        self.url = f"http://127.0.0.1:{self._port}/v1"

    def kill(self) -> None:
        """As the power of a kernel does it; then up again."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = self._started()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self) -> None:
        """Until it answers."""
        deadline = CLOCK.monotonic() + PATIENCE
        while CLOCK.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                CLOCK.sleep(0.02)
        raise TimeoutError("The server does not come up")

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", "from strata.local.command import main; main()", "serve"]
        return subprocess.Popen(
            [*command, "--port", str(self._port), "--data", str(self._folder)],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Client:
    """Signed in; what is not acknowledged is sent again."""

    def __init__(self, server: Server) -> None:
        self._http = httpx.Client(base_url=server.url, trust_env=False, timeout=10)
        account = {"email": "storm@example.com", "password": PASSWORD}
        self._http.post("/auth/register", json=account)
        token = self._http.post("/auth/login", json=account).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._http.close()

    def posts(self, path: str, body: Mapping[str, Any], key: str) -> Json:
        return self._asks("POST", path, json=body, headers={"Idempotency-Key": key})

    def reads(self, path: str, **query: Any) -> Json:
        return self._asks("GET", path, params=query)

    def lists(self, path: str) -> Iterator[Json]:
        cursor = None
        while True:
            page = self.reads(path, limit=100, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _asks(self, method: str, path: str, **more: Any) -> Json:
        deadline = CLOCK.monotonic() + PATIENCE
        while CLOCK.monotonic() < deadline:
            try:
                answer = self._http.request(method, path, **more)
            except httpx.HTTPError:
                CLOCK.sleep(0.05)
                continue
            if answer.status_code in (200, 201, 202):
                found: Json = answer.json()
                return found
            if answer.status_code not in (409, 503):
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            CLOCK.sleep(0.05)
        raise TimeoutError(path)


class Load:
    """Threads that start executions of all kinds until told to stop."""

    def __init__(self, client: Client, graphs: Mapping[str, str], threads: int = 3) -> None:
        self.acknowledged: dict[int, str] = {}
        """The execution of each number that was started."""
        self._client, self._graphs = client, graphs
        self._numbers = iter(range(1_000_000))
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What was begun is brought to its acknowledgement."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        names = list(self._graphs)
        while not self._stopped.is_set():
            with self._lock:
                number = next(self._numbers)
            path = f"/graphs/{self._graphs[names[number % len(names)]]}/executions"
            body = {"inputs": {"n": number}}
            made = self._client.posts(path, body, f"start-{number}")
            self.acknowledged[number] = made["id"]
            pause(0.1)


@contextmanager
def storm(folder: Path) -> Iterator[tuple[Server, Client, Load, Upstream]]:
    """A server under load."""
    with ExitStack() as stack:
        upstream = Upstream()
        stack.callback(upstream.close)
        server = Server(folder, upstream.address)
        stack.callback(server.stop)
        server.wait()
        client = Client(server)
        stack.callback(client.close)
        made = {
            name: client.posts("/graphs", document, f"graph-{name}")["id"]
            for name, document in kinds(upstream.address).items()
        }
        load = Load(client, made)
        stack.callback(load.stop)
        yield server, client, load, upstream
