"""What a new credential must be: headers that HTTP can carry, hosts that a URL can name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from strata.model.credential import Secret, headers_of
from strata.model.errors import Detail
from strata.model.headers import MAX_HEADER_BYTES, OF_THE_CONNECTION
from strata.model.hosts import normal_host

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def problems_of(
    kind: str, secret: Secret, placement: Mapping[str, str] | None, hosts: Sequence[str]
) -> list[Detail]:
    """All at once; none repeats a secret, whose fields are those of its kind."""
    return [*secret_problems(kind, secret, placement), *host_problems(hosts)]


def secret_problems(kind: str, secret: Secret, placement: Mapping[str, str] | None) -> list[Detail]:
    """The same of what becomes a header."""
    found = [*_PROBLEMS[kind](secret), *_placement_problems(placement)]
    return found or [*_size_problems(headers_of(kind, secret, placement))]


def _api_key_problems(secret: Secret) -> Iterator[Detail]:
    if not is_header_value(secret["key"]):
        yield Detail("/secret", "invalid_secret", "A secret is printable ASCII, and not blank.")


def _login_problems(secret: Secret) -> Iterator[Detail]:
    """RFC 7617: a colon ends the name, and neither part holds control characters."""
    username, password = secret["username"], secret["password"]
    if not username and not password:
        yield Detail("/secret", "empty_secret", "A secret has a username or a password.")
    if ":" in username:
        sentence = "A username has no colon: the password would begin there."
        yield Detail("/secret/username", "invalid_username", sentence)
    if _CONTROL.search(username + password):
        yield Detail("/secret", "invalid_secret", "A secret has no control characters.")
    if not _is_unicode(username + password):
        yield Detail("/secret", "invalid_secret", "A secret is text that UTF-8 can write.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _header_problems(secret: Secret) -> Iterator[Detail]:
    headers: Mapping[str, str] = secret["headers"]
    if not headers:
        yield Detail("/secret", "empty_secret", "A secret has a header.")
    if len({name.casefold() for name in headers}) < len(headers):
        yield Detail("/secret", "duplicate_header", "A header is named twice.")
    if not all(map(_is_name, headers)):
        yield Detail("/secret", "invalid_header", "A header has no such name.")
    if not all(map(is_header_value, headers.values())):
        yield Detail("/secret", "invalid_secret", "A secret is printable ASCII, and not blank.")


def _placement_problems(placement: Mapping[str, str] | None) -> Iterator[Detail]:
    if placement is None:
        return
    if not _is_name(placement["header"]):
        sentence = "No header has this name, or none that a request may set."
        yield Detail("/placement/header", "invalid_header", sentence)
    # What follows is the key: a space at the end of a prefix stands between the two.
    if placement["prefix"] and not is_header_value(placement["prefix"] + "x"):
        sentence = "A prefix is printable ASCII, and does not begin with a space."
        yield Detail("/placement/prefix", "invalid_prefix", sentence)


def _size_problems(headers: Mapping[str, str]) -> Iterator[Detail]:
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        yield Detail(
            "/secret", "secret_too_large", f"A secret has at most {MAX_HEADER_BYTES:,} bytes."
        )


def _is_name(text: str) -> bool:
    return bool(_HEADER_NAME.fullmatch(text)) and text.casefold() not in OF_THE_CONNECTION


def is_header_value(text: str) -> bool:
    """What a header carries unchanged: no control characters, no spaces at its ends."""
    return text.isascii() and text.isprintable() and text == text.strip() != ""


def host_problems(hosts: Sequence[str]) -> Iterator[Detail]:
    if not hosts:
        yield Detail("/allowed_hosts", "no_host", "Name the hosts that may get it.")
    for index, host in enumerate(hosts):
        if normal_host(host) is None:
            yield Detail(f"/allowed_hosts/{index}", "invalid_host", "This is not a host name.")


_PROBLEMS = {
    "api_key": _api_key_problems,
    "header": _header_problems,
    "user_password": _login_problems,
}
