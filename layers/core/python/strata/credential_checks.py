"""What a new credential must be: headers that HTTP can carry, hosts that a URL can name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from strata.model.errors import Detail
from strata.model.headers import MAX_HEADER_BYTES, OF_THE_CONNECTION
from strata.model.hosts import normal_host

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")


def problems_of(
    headers: Mapping[str, str],
    key: str | None,
    placement: Mapping[str, str] | None,
    hosts: Sequence[str],
) -> list[Detail]:
    """All at once; none repeats a secret. `key` and `placement` are what a header was made of,
    where it was."""
    if key is None or placement is None:
        found = [*_header_problems(headers)]
    else:
        found = [*_placement_problems(placement), *_key_problems(key)]
    return [*found, *_size_problems(headers), *_host_problems(hosts)]


def _header_problems(headers: Mapping[str, str]) -> Iterator[Detail]:
    if not headers:
        yield Detail("/secret", "empty_secret", "A secret has a header.")
    if len({name.casefold() for name in headers}) < len(headers):
        yield Detail("/secret", "duplicate_header", "A header is named twice.")
    if not all(map(_is_name, headers)):
        yield Detail("/secret", "invalid_header", "A header has no such name.")
    if not all(map(_is_secret, headers.values())):
        yield Detail("/secret", "invalid_secret", "A secret is printable ASCII, and not blank.")


def _placement_problems(placement: Mapping[str, str]) -> Iterator[Detail]:
    if not _is_name(placement["header"]):
        sentence = "No header has this name, or none that a request may set."
        yield Detail("/placement/header", "invalid_header", sentence)
    # What follows is the key: a space at the end of a prefix stands between the two.
    if placement["prefix"] and not _is_secret(placement["prefix"] + "x"):
        sentence = "A prefix is printable ASCII, and does not begin with a space."
        yield Detail("/placement/prefix", "invalid_prefix", sentence)


def _key_problems(key: str) -> Iterator[Detail]:
    if not _is_secret(key):
        yield Detail("/secret", "invalid_secret", "A secret is printable ASCII, and not blank.")


def _size_problems(headers: Mapping[str, str]) -> Iterator[Detail]:
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        yield Detail(
            "/secret", "secret_too_large", f"A secret has at most {MAX_HEADER_BYTES:,} bytes."
        )


def _is_name(text: str) -> bool:
    return bool(_HEADER_NAME.fullmatch(text)) and text.casefold() not in OF_THE_CONNECTION


def _is_secret(text: str) -> bool:
    """What a header carries unchanged: no control characters, no spaces at its ends."""
    return text.isascii() and text.isprintable() and text == text.strip() != ""


def _host_problems(hosts: Sequence[str]) -> Iterator[Detail]:
    if not hosts:
        yield Detail("/allowed_hosts", "no_host", "Name the hosts that may get it.")
    for index, host in enumerate(hosts):
        if normal_host(host) is None:
            yield Detail(f"/allowed_hosts/{index}", "invalid_host", "This is not a host name.")
