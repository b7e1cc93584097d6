"""Fills a parsed template, with bounds on its steps and on what it writes."""

from collections.abc import Sequence
from html import escape
from typing import Any

from strata.blocks.template import Part, Section, Variable, parse
from strata.blocks.written import MISSING, look_up, written
from strata.model.errors import NodeError

MAX_STEPS = 5_000_000
MAX_CHARACTERS = 5_000_000


def render(template: str, values: dict[str, Any], *, html: bool) -> str:
    """The text of the template. Raises InvalidInput, and NodeError `too_large` or `too_slow`."""
    rendering = _Rendering(html)
    rendering.render(parse(template), [values])
    return "".join(rendering.written)


class _Rendering:
    """What has been written so far, and how much more may be."""

    def __init__(self, html: bool) -> None:
        self.written: list[str] = []
        self._html = html
        self._steps = MAX_STEPS
        self._room = MAX_CHARACTERS

    def render(self, parts: Sequence[Part], scopes: list[Any]) -> None:
        """`scopes` holds the values that sections have entered, the innermost last."""
        for part in parts:
            self._count_step()
            if isinstance(part, str):
                self._write(part)
            elif isinstance(part, Variable):
                self._variable(part, scopes)
            else:
                self._section(part, scopes)

    def _variable(self, variable: Variable, scopes: list[Any]) -> None:
        value = _find(variable.path, scopes)
        text = "" if value is MISSING else written(value)
        self._write(escape(text) if self._html and not variable.raw else text)

    def _section(self, section: Section, scopes: list[Any]) -> None:
        value = _find(section.path, scopes)
        if _is_empty(value):
            if section.inverted:
                self.render(section.parts, scopes)
            return
        if section.inverted:
            return
        for item in value if isinstance(value, list) else [value]:
            self._count_step()
            self.render(section.parts, [*scopes, item])

    def _write(self, text: str) -> None:
        self._room -= len(text)
        if self._room < 0:
            raise NodeError("too_large", f"The text is over {MAX_CHARACTERS:,} characters")
        self.written.append(text)

    def _count_step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise NodeError("too_slow", f"The template takes over {MAX_STEPS:,} steps")


def _find(path: tuple[str, ...], scopes: list[Any]) -> Any:
    """The innermost scope that knows the first name decides; the rest is looked up in it."""
    if not path:
        return scopes[-1]
    for scope in reversed(scopes):
        found = look_up(scope, [path[0]])
        if found is not MISSING:
            return look_up(found, list(path[1:]))
    return MISSING


def _is_empty(value: Any) -> bool:
    """What skips a section: missing, false, null, empty text, empty list; 0 is a value."""
    return value is MISSING or value is False or value is None or value in ("", [])
