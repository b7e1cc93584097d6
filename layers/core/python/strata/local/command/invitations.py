"""What a person reads of a node that waits: what it asks, until when, and how to answer it."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from strata.local.command.client import LOGIN
from strata.local.command.refusals import printable

Lines = Iterator[str]

MOST_LINES = 12
MOST_CHARACTERS = 1_000
"""Of the data that a person is shown; the API has all."""
_JSON = "-H 'content-type: application/json'"
_READ = 'import json, sys; print(json.load(sys.stdin)["access_token"])'


def approval(named: str, until: str, inputs: Mapping[str, Any]) -> Lines:
    """`inputs` are those of the node."""
    otherwise = "it is rejected" if inputs.get("on_expiry") == "reject" else "it fails"
    yield f"◷ {named} waits for a decision until {until}, else {otherwise}"
    if inputs.get("message"):
        yield from (f"  {line}" for line in _shown(inputs["message"]))
    if inputs.get("data") is not None:
        yield from (f"    {line}" for line in _shown(inputs["data"]))


def decision(url: str, login: str) -> Lines:
    """`login` is the command for a token; empty where it has been told."""
    yield "  To decide (true or false), from another terminal:"
    if login:
        yield f"    token=$({login})"
    body = shlex.quote('{"approve": true}')
    yield f'    curl -sS {shlex.quote(url)} {_JSON} -H "authorization: Bearer $token" -d {body}'


def event(named: str, until: str, url: str) -> Lines:
    yield f"◷ {named} waits for an event until {until}, else it fails. To send one:"
    yield f"    curl -sS {shlex.quote(url)} {_JSON} -d '{{}}'"


def login_command(url: str, email: str, password: str) -> str:
    """For a shell: prints a token."""
    body = shlex.quote(json.dumps({"email": email, "password": password}))
    return f"curl -sS {url}{LOGIN} {_JSON} -d {body} | python3 -c {shlex.quote(_READ)}"


def _shown(value: Any) -> Lines:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    lines = printable(text[:MOST_CHARACTERS]).splitlines()
    yield from lines[:MOST_LINES]
    if len(text) > MOST_CHARACTERS or len(lines) > MOST_LINES:
        yield "…"
