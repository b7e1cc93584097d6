"""What a new credential must be: headers that HTTP can carry, hosts that a URL can name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from strata.model.errors import Detail
from strata.model.hosts import normal_host

MAX_BYTES = 32_768
"""What servers take of headers, at most; beyond it a request could never be answered."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_OF_THE_CONNECTION = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


def problems_of(headers: Mapping[str, str], key: str | None, hosts: Sequence[str]) -> list[Detail]:
    """All at once; none repeats a secret. `key` is what a header was made of, where it was."""
    return [*_header_problems(headers, key), *_host_problems(hosts)]


def _header_problems(headers: Mapping[str, str], key: str | None) -> Iterator[Detail]:
    if not headers:
        yield Detail("/secret", "empty_secret", "A secret has a header.")
    if len({name.casefold() for name in headers}) < len(headers):
        yield Detail("/secret", "duplicate_header", "A header is named twice.")
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_BYTES:
        yield Detail("/secret", "secret_too_large", f"A secret has at most {MAX_BYTES:,} bytes.")
    if not all(map(_is_name, headers)):
        yield Detail("/secret", "invalid_header", "A header has no such name.")
    if not all(map(_is_secret, [*headers.values(), *([] if key is None else [key])])):
        yield Detail("/secret", "invalid_secret", "A secret is printable ASCII, and not blank.")


def _is_name(text: str) -> bool:
    return bool(_HEADER_NAME.fullmatch(text)) and text.casefold() not in _OF_THE_CONNECTION


def _is_secret(text: str) -> bool:
    """What a header carries unchanged: no control characters, no spaces at its ends."""
    return text.isascii() and text.isprintable() and text == text.strip() != ""


def _host_problems(hosts: Sequence[str]) -> Iterator[Detail]:
    if not hosts:
        yield Detail("/allowed_hosts", "no_host", "Name the hosts that may get it.")
    for index, host in enumerate(hosts):
        if normal_host(host) is None:
            yield Detail(f"/allowed_hosts/{index}", "invalid_host", "This is not a host name.")
