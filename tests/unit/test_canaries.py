"""The scanner for planted secrets finds one in each spelling, and nothing where there is none."""

import base64
import gzip
import html
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest

from tests.canaries import ODD, Cage

HIDINGS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda one: one.encode(),
    "in JSON": lambda one: json.dumps({"a": [one]}).encode(),
    "in JSON, not ASCII": lambda one: json.dumps({"a": [one]}, ensure_ascii=False).encode(),
    "in JSON in JSON": lambda one: json.dumps(json.dumps({"a": one})).encode(),
    "in a URL": lambda one: f"https://x/?a={quote(one, safe='')}&b=1".encode(),
    "in a form": lambda one: urlencode({"a": one}).encode(),
    "in percents alone": lambda one: "".join(f"%{byte:02X}" for byte in one.encode()).encode(),
    "in HTML": lambda one: html.escape(f"<b>{one}</b>").encode(),
    "in a log of Python": lambda one: repr({"a": one}).encode(),
    "in hexadecimal": lambda one: b"00" + one.encode().hex().encode() + b"00",
    "in HEXADECIMAL": lambda one: one.encode().hex().upper().encode(),
    "in UTF-16": lambda one: one.encode("utf-16"),
    "backwards": lambda one: one[::-1].encode(),
    "in base 32": lambda one: base64.b32encode(one.encode()),
    "as the end of base64": lambda one: base64.b64encode(b"user:" + one.encode()),
    "packed": lambda one: b"head" + gzip.compress(one.encode()),
    "packed by zlib": lambda one: b"head" + zlib.compress(one.encode()) + b"tail",
    "in base64, packed": lambda one: gzip.compress(base64.b64encode(one.encode())),
}


def _caged(odd: bool = True) -> tuple[Cage, str]:
    cage = Cage()
    return cage, cage.plant("password", odd=odd)


@pytest.mark.parametrize("hiding", HIDINGS)
@pytest.mark.parametrize("odd", [True, False])
def test_a_planted_secret_is_found(hiding: str, odd: bool) -> None:
    cage, secret = _caged(odd)
    hidden = b"before" + HIDINGS[hiding](secret) + b"after"
    found = cage.seen_in([("log", hidden)])
    assert found
    assert all(one.startswith("password as ") and one.endswith(" in log") for one in found)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
def test_base64_is_seen_through_wherever_the_secret_begins(
    encode: Callable[[bytes], bytes], before: int, after: int
) -> None:
    cage, secret = _caged()
    hidden = encode(b"?" * before + secret.encode() + b">" * after)
    assert cage.seen_in([("item", hidden)])


def test_a_secret_where_it_belongs_is_no_find() -> None:
    cage = Cage()
    secret = cage.plant("one-time token", "outbox").encode()
    assert cage.seen_in([("outbox", secret), ("log", b"nothing")]) == []
    assert "one-time token as text in table" in cage.seen_in([("table", secret)])


def test_nothing_is_found_where_there_is_none() -> None:
    cage, secret = _caged()
    half = secret[: len(secret) // 2].encode()
    assert cage.seen_in([("log", half), ("item", ODD.encode()), ("blob", bytes(range(256)))]) == []


def test_two_secrets_are_never_the_same() -> None:
    cage = Cage()
    assert len({cage.plant("key") for _ in range(100)}) == 100
