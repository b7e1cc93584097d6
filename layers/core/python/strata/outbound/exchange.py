"""One request over an open connection, and its answer, bounded in size."""

from contextlib import closing
from http.client import HTTPException

from urllib3.connection import HTTPConnection
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.exceptions import TimeoutError as WaitTimeout
from urllib3.response import HTTPResponse

from strata.model.block import HttpAnswer
from strata.model.errors import NodeError
from strata.outbound.redirects import Request, leads_on
from strata.outbound.sockets import TimedSocket

MAX_ANSWER_HEADERS = 262_144
MAX_FRAMING = 1_048_576
LEAST_SHARE = 8
"""Of what comes in over a connection, each eighth byte may be the body's: chunks of a byte have six
around it. What tells of no end (interim answers, empty chunks, empty members of gzip) ends here."""

_PIECE = 16_384
_UNPACKED = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))
"""What else an answer is packed in stays as it is: whether the library could unpack it depends on
what is installed, and not every unpacker is bounded."""


def exchange(request: Request, connection: TimedSocket, max_bytes: int) -> HttpAnswer:
    """Sends the request and reads the answer; of a redirect its headers alone.

    Raises NodeError `too_large`, `upstream_disconnected`, `upstream_unreadable`; TimeoutError."""
    framing = HTTPConnection(request.target.host, request.target.port, timeout=None)
    # The connection that was checked is the only one: none is ever opened from here.
    framing.auto_open = 0
    framing.sock = connection
    connection.room = MAX_FRAMING + LEAST_SHARE * max_bytes
    try:
        framing.request(
            request.method,
            request.target.path,
            request.body,
            request.all_headers(),
            preload_content=False,
        )
        # Closed as well: a response that is half read holds the connection open.
        with closing(framing.getresponse()) as response:
            # The library takes headers that break off for all of them.
            if connection.ended:
                raise HTTPException
            return _answer(response, max_bytes)
    except (TimeoutError, WaitTimeout):
        raise TimeoutError from None
    except DecodeError:
        raise _unreadable("its content encoding is broken") from None
    except (HTTPException, HTTPError, OSError):
        if connection.room < 0:
            raise _too_large(max_bytes) from None
        message = "The host broke off before its answer was complete"
        raise NodeError("upstream_disconnected", message, retryable=True) from None
    finally:
        framing.close()


def _answer(response: HTTPResponse, max_bytes: int) -> HttpAnswer:
    headers = {name.lower(): response.headers[name] for name in response.headers}
    if sum(len(name) + len(text) for name, text in headers.items()) > MAX_ANSWER_HEADERS:
        raise NodeError("too_large", f"The headers are larger than {MAX_ANSWER_HEADERS:,} bytes")
    if leads_on(response.status, headers):
        return HttpAnswer(response.status, headers, b"")
    if "," in headers.get("content-encoding", ""):
        raise _unreadable("it is encoded more than once")
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes and response.length_remaining != 0:
        raise _too_large(max_bytes)
    return HttpAnswer(response.status, headers, _body(response, max_bytes))


def _body(response: HTTPResponse, max_bytes: int) -> bytes:
    """Counted after decompression: a small answer can hold gigabytes."""
    body = bytearray()
    unpack = response.headers.get("content-encoding", "").strip().lower() in _UNPACKED
    while piece := response.read(_PIECE, decode_content=unpack):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


def _too_large(max_bytes: int) -> NodeError:
    return NodeError("too_large", f"The answer is larger than {max_bytes:,} bytes")


def _unreadable(reason: str) -> NodeError:
    return NodeError("upstream_unreadable", f"The answer cannot be read: {reason}")
