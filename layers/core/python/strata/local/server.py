"""The HTTP server of the embedded platform: on loopback alone, events in and answers out."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from strata.http.bodies import MAX_BODY_BYTES
from strata.local.blobs import PATH as LINKS
from strata.local.blobs import LocalBlobs
from strata.local.callers import check
from strata.local.gateway import Gateway
from strata.local.gateway_events import Headers, Reply, Request
from strata.local.platform import LocalPlatform
from strata.model.errors import StrataError, TooLarge

HOST = "127.0.0.1"
MAX_DRAINED_BYTES = 32 * 1024 * 1024
"""So much of a body that is too large is read and dropped: a caller that still sends would miss
the answer. Past it the connection is closed."""
GRACE_SECONDS = 30
PIECE_BYTES = 256 * 1024
_FILE_HEADERS = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
]
BACKLOG = 512


class HttpServer:
    """Serves from its making to `stop`; port 0 takes a free one. Raises OSError where the port
    cannot be had."""

    def __init__(self, local: LocalPlatform, port: int = 0) -> None:
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        local.reached_at(self.url)
        # One thread: see Gateway.
        self._handlers = ThreadPoolExecutor(1, "strata-http")
        settings = local.platform.settings
        reached = (settings.public_url, settings.oauth_redirect_url)
        self._app = _App(Gateway(local), local.blobs, self._handlers, self.port, reached)
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who calls is whose connection it is, and not who a header says.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="strata-server", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def stop(self) -> None:
        """Requests under way are answered; new ones are not taken."""
        self._server.should_exit = True
        self._thread.join()
        self._handlers.shutdown()

    def _run(self) -> None:
        with self._socket:
            self._server.run(sockets=[self._socket])

    def __enter__(self) -> "HttpServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named; with it an answer over a
    # connection that is kept takes 40 ms more.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


class _App:
    """The ASGI application."""

    def __init__(
        self,
        gateway: Gateway,
        blobs: LocalBlobs,
        handlers: ThreadPoolExecutor,
        port: int,
        public_urls: Sequence[str],
    ) -> None:
        self._gateway = gateway
        self._blobs = blobs
        self._handlers = handlers
        self._port = port
        self._public_urls = public_urls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await _read(scope, receive)
        except ConnectionResetError:
            return
        try:
            check(scope["method"], dict(_decoded(scope)), self._public_urls)
        except StrataError as refused:
            await _send(send, self._gateway.refuse(refused))
            return
        if scope["path"].startswith(LINKS) and scope["method"] in ("GET", "HEAD"):
            await _send_file(send, self._blobs.linked(scope["path"]), scope["method"])
            return
        if body is None:
            reply = self._gateway.refuse(TooLarge())
        else:
            request = _request(scope, body, self._port)
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(self._handlers, self._gateway.answer, request)
        await _send(send, reply)


async def _read(scope: Any, receive: Any) -> bytes | None:
    """The body; None if it is too large. Raises ConnectionResetError where its end never came."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if int(announced) > MAX_DRAINED_BYTES:
        return None
    parts: list[bytes] = []
    size, has_more = 0, True
    while has_more and size <= MAX_DRAINED_BYTES:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionResetError
        part = event.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            parts.clear()
        else:
            parts.append(part)
        has_more = event.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY_BYTES else None


def _decoded(scope: Any) -> Iterator[tuple[str, str]]:
    for name, value in scope["headers"]:
        yield name.decode("latin-1"), value.decode("latin-1")


def _request(scope: Any, body: bytes, port: int) -> Request:
    return Request(
        scope["method"],
        scope["path"],
        scope["query_string"].decode("latin-1"),
        list(_decoded(scope)),
        body,
        scope["client"][0] if scope["client"] else "",
        port,
        f"HTTP/{scope['http_version']}",
    )


async def _send(send: Any, reply: Reply) -> None:
    headers = list(reply.headers)
    if reply.status not in (204, 304):
        headers.append(("content-length", str(len(reply.body))))
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": _encoded(headers)}
    )
    await send({"type": "http.response.body", "body": reply.body})


async def _send_file(send: Any, path: Path | None, method: str) -> None:
    """Piece by piece: a value may have 50 MB."""
    try:
        file = path.open("rb") if path else None
    except FileNotFoundError:
        file = None
    if file is None:
        await _send(send, Reply(404, [("content-type", "text/plain")], b"This link has ended.\n"))
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        headers = [*_FILE_HEADERS, ("content-length", str(size))]
        await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers)})
        while method == "GET" and (piece := file.read(PIECE_BYTES)):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
