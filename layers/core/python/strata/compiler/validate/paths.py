"""Paths in JSONPath states.

path       `$`, `$$` (the context) or `$variable`, then any steps of JSONPath
reference  the same, with steps that lead to one value: `.name`, `['name']`, `[0]`
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from strata.compiler.validate.problems import Place, Problem, told
from strata.compiler.validate.values import wrong_type

_NAME = r"(?:\\.|[^\s.\[\](),'\"\\<>!=])+"
_QUOTED = r"(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
_WHOLE = r"-?\d+"
_INSIDE = (
    r"\*",
    rf"{_QUOTED}(?:\s*,\s*{_QUOTED})*",
    rf"{_WHOLE}(?:\s*,\s*{_WHOLE})*",
    rf"(?:{_WHOLE})?\s*:\s*(?:{_WHOLE})?(?:\s*:\s*(?:{_WHOLE})?)?",
    r"\(\s*@\.length(?:\(\))?\s*-\s*\d+\s*\)",
)
_ROOT = re.compile(r"\$(?:\$|[A-Za-z]\w*)?")
# A name may be called, as in `$.items.length()`.
_STEP = re.compile(
    rf"\.\.?(?:\*|{_NAME}(?:\(\s*\))?|(?=\[))|\[\s*(?:{'|'.join(_INSIDE)})\s*\]", re.DOTALL
)
_FILTER = re.compile(r"\[\s*\?\s*\(")
_CLOSED = re.compile(r"\s*\]")
_UNFINISHED = re.compile(r"(?:==|!=|<=?|>=?|=~|&&|\|\||!)\s*\Z")

_PLAIN = r"(?:\\.|[^\s.\[\](),'\"\\<>!=*?@])+"
_REFERENCE = re.compile(
    rf"\$(?:\$|[A-Za-z]\w*)?(?:\.{_PLAIN}|\[\s*(?:{_QUOTED}|\d+)\s*\])*\s*", re.DOTALL
)


def end_of_path(text: str, start: int) -> int:
    """Where the path that begins at `start` ends; `start` itself where none does."""
    root = _ROOT.match(text, start)
    if root is None:
        return start
    end = root.end()
    while (step := _end_of_step(text, end)) > end:
        end = step
    return end


def _end_of_step(text: str, start: int) -> int:
    found = _STEP.match(text, start)
    if found:
        return found.end()
    return _end_of_filter(text, start)


def _end_of_filter(text: str, start: int) -> int:
    """`[?(…)]` with brackets that close and texts that end; `start` where it is none."""
    opened = _FILTER.match(text, start)
    if opened is None:
        return start
    at, depth = opened.end(), 1
    while at < len(text) and depth:
        if text[at] in "'\"":
            at = _end_of_quote(text, at)
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    inside = text[opened.end() : at - 1].strip()
    closed = _CLOSED.match(text, at)
    if depth or closed is None or not inside or _UNFINISHED.search(inside):
        return start
    return closed.end()


def _end_of_quote(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    return at + 1


@lru_cache(maxsize=4096)
def is_path(text: str) -> bool:
    return text.startswith("$") and end_of_path(text, 0) == len(text.rstrip())


@lru_cache(maxsize=4096)
def is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


def path(value: Any, place: Place) -> Iterator[Problem]:
    """InputPath, OutputPath: null stands for an empty object."""
    if value is None:
        return
    if not isinstance(value, str):
        yield wrong_type(value, "a path or null", place)
    elif not is_path(value):
        yield place.problem("invalid_path", f"must be a JSONPath such as $.a.b, not {told(value)}")


def reference(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield wrong_type(value, "a reference path", place)
    elif not is_path(value):
        yield place.problem("invalid_path", f"must be a path such as $.a.b, not {told(value)}")
    elif not is_reference(value):
        message = f"must lead to one value, without wildcards and filters, unlike {told(value)}"
        yield place.problem("not_a_reference_path", message)


def result_path(value: Any, place: Place) -> Iterator[Problem]:
    """A place in the state's input: not in the context, not in a variable."""
    if value is None:
        return
    yield from reference(value, place)
    root = _ROOT.match(value) if isinstance(value, str) else None
    if root and root.group() != "$" and is_reference(value):
        message = "must lead into the state's input, and neither to the context nor to a variable"
        yield place.problem("invalid_path", message)
