"""What no view shows: the texts that an execution was given as secrets, wherever they turn up."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from strata.model.block import HttpAnswer
from strata.model.graph_schema import INPUT_BLOCK, MASK, AnyNode
from strata.ports import Item
from strata.store.values import encode

LEAST_CHARACTERS = 8
"""A shorter text may stand anywhere by chance; it is masked only where it is handed on whole."""


def secret_texts(head: Item) -> list[str]:
    """The texts within the secret inputs of an execution, also as others write them; the
    longest first. What was too large for the head is larger than any secret."""
    given = (head["inputs"].get(name, {}) for name in head["secret_inputs"])
    values = (json.loads(packed["json"]) for packed in given if "json" in packed)
    texts = {text for value in values for text in _texts(value) if len(text) >= LEAST_CHARACTERS}
    return sorted({one for text in texts for one in _spellings(text)}, key=len, reverse=True)


def is_secret_in(head: Item, node: AnyNode) -> bool:
    """Whether the node is an input of which the execution was given a secret: by what its own graph
    says, or because it runs as a sub-graph of one that was."""
    return node.block == INPUT_BLOCK and node.inputs.get("name") in head["secret_inputs"]


def redact_values(values: dict[str, Any] | None, secrets: Sequence[str]) -> dict[str, Any] | None:
    """Values by names that are the graph's own, and stay as they are."""
    if values is None:
        return None
    return {name: redact(value, secrets) for name, value in values.items()}


def redact(value: Any, secrets: Sequence[str]) -> Any:
    """The value with a mask in the place of each secret in its texts, names included."""
    if not secrets:
        return value
    if isinstance(value, str):
        return _masked(value, secrets)
    if isinstance(value, list):
        return [redact(one, secrets) for one in value]
    if isinstance(value, dict):
        return {_masked(name, secrets): redact(one, secrets) for name, one in value.items()}
    return value


def without_secrets(answer: HttpAnswer, sent: Iterable[str]) -> HttpAnswer:
    """An answer that repeats the credential it was asked with, as echoing servers do, masked
    before a block sees it. `sent` are header values; a scheme before the secret is not part of
    it."""
    texts = {text for value in sent for text in (value, value.rpartition(" ")[2])}
    long = [one for one in texts if len(one) >= LEAST_CHARACTERS]
    secrets = sorted({one for text in long for one in _spellings(text)}, key=len, reverse=True)
    body = answer.body
    for secret in secrets:
        body = body.replace(secret.encode(), MASK.encode())
    headers = {name: _masked(value, secrets) for name, value in answer.headers.items()}
    return replace(answer, headers=headers, body=body)


def _spellings(text: str) -> set[str]:
    """As it is, and as JSON, URLs, forms and HTML write it."""
    plain = json.dumps(text)[1:-1]
    quoted = {encode(text)[1:-1], plain, plain.replace("/", "\\/")}
    return {text, quote(text), quote(text, safe=""), quote_plus(text), escape(text), *quoted}


def _masked(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
