"""What nobody is shown: the texts that an execution was given as secrets, and those of a credential
that a node has used, wherever they turn up and however they are written there.

texts ─▶ spellings of each and a pattern ─▶ those that occur at all ─▶ masks in their place
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from strata.model.graph_schema import INPUT_BLOCK, MASK, AnyNode
from strata.ports import Item
from strata.spellings import HEAD, escapes, spellings

LEAST_CHARACTERS = HEAD
"""A shorter text may stand anywhere by chance. It is masked only within a longer one, such as the
header or the name and password that it is part of, and where a secret input is handed on whole."""

MOST_PATTERNS = 50
"""Of more texts no patterns are made: they are looked for as a whole alone."""
MOST_LOOKS = 200
"""Each of so many spellings is looked for by itself, more all at once."""
LONG = 10_000
"""Shorter texts are searched together."""

Finder = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Finders:
    """`all` in the order in which they mask: what holds another one before that."""

    all: tuple[Finder, ...]
    fixed: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    heads: dict[str, list[str]]
    """The fixed ones by their first characters, where they are too many to be looked for each."""

    def within(self, text: str) -> Iterator[Finder]:
        yield from (one for one in self._likely(text) if one in text)
        yield from (one for one in self.patterns if one.search(text))

    def _likely(self, text: str) -> Iterable[str]:
        if not self.heads:
            return self.fixed
        parts = (text[at : at + HEAD] for at in range(len(text) - HEAD + 1))
        return chain.from_iterable(self.heads[one] for one in {*filter(self.heads.get, parts)})


def sought(texts: Iterable[str]) -> list[str]:
    """Those that are long enough, the longest first."""
    return sorted({one for one in texts if len(one) >= LEAST_CHARACTERS}, key=len, reverse=True)


def secret_texts(head: Item) -> list[str]:
    """The texts to be looked for within the secret inputs of an execution. What was too large for
    the head is larger than any secret."""
    given = (head["inputs"].get(name, {}) for name in head["secret_inputs"])
    values = [json.loads(packed["json"]) for packed in given if "json" in packed]
    return sought(text for text, is_name in _texts(values) if not is_name)


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
    """The value with a mask in the place of each secret in its texts, names included, also as
    others write it; the value itself where there is none. `secrets` are as `sought` tells them.

    Its texts are searched together first: a large value without a secret costs little."""
    if not secrets:
        return value
    finders = _finders(tuple(secrets))
    found: set[Finder] = set()
    for text in _together(value):
        found.update(finders.within(text))
    return _masked(value, [one for one in finders.all if one in found]) if found else value


@lru_cache(maxsize=16)
def _finders(secrets: tuple[str, ...]) -> _Finders:
    found: dict[Finder, None] = {}
    for text in secrets:
        pattern = escapes(text) if len(secrets) <= MOST_PATTERNS else None
        if pattern:
            found[pattern] = None
        found |= dict.fromkeys(spellings(text))
    fixed = tuple(one for one in found if isinstance(one, str))
    patterns = tuple(one for one in found if not isinstance(one, str))
    heads: dict[str, list[str]] = {}
    for one in fixed if len(fixed) > MOST_LOOKS else ():
        heads.setdefault(one[:HEAD], []).append(one)
    return _Finders(tuple(found), fixed, patterns, heads)


def _together(value: Any) -> Iterator[str]:
    """All texts and names of the value: long ones alone, short ones as one text."""
    short = []
    for text, _ in _texts(value):
        if len(text) > LONG:
            yield text
        elif len(text) >= LEAST_CHARACTERS:
            short.append(text)
    yield "\n".join(short)


def _masked(value: Any, found: Sequence[Finder]) -> Any:
    if isinstance(value, str):
        return _covered(value, found)
    if isinstance(value, list):
        return [_masked(one, found) for one in value]
    if isinstance(value, dict):
        return {_covered(name, found): _masked(one, found) for name, one in value.items()}
    return value


def _covered(text: str, found: Sequence[Finder]) -> str:
    for one in found:
        text = text.replace(one, MASK) if isinstance(one, str) else one.sub(MASK, text)
    return text


def _texts(value: Any) -> Iterator[tuple[str, bool]]:
    """Each text of the value, and whether it is a name; level by level, however deep."""
    level = [value]
    while level:
        yield from ((one, False) for one in level if isinstance(one, str))
        named = [one for one in level if isinstance(one, dict)]
        yield from ((name, True) for name in chain.from_iterable(named))
        level = [
            *chain.from_iterable(one for one in level if isinstance(one, list)),
            *chain.from_iterable(one.values() for one in named),
        ]
