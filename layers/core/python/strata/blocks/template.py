"""Logic-less templates: the part of Mustache that needs no code, parsed into a tree.

Variables `{{ name }}` and `{{{ name }}}`, dotted names, sections `{{#name}}…{{/name}}`, inverted
sections `{{^name}}…{{/name}}`, comments `{{! … }}` and `.` for the value itself. A section's tag
that is alone on its line takes the line with it. There are no partials, lambdas, other delimiters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from strata.model.errors import InvalidInput

MAX_NESTING = 50
MAX_TAGS = 100_000

_TAG = re.compile(r"\{\{(\{[^{}]*\}|[^{}]*)\}\}")
_COMMENT = re.compile(r"\{\{!.*?\}\}", re.DOTALL)
_REST_OF_LINE = re.compile(r"[ \t]*(\r?\n|\Z)")
_ALONE = frozenset("#^/!")
_SIGILS = frozenset("#^/!&>=")


@dataclass(frozen=True, slots=True)
class Variable:
    path: tuple[str, ...]
    """Empty for `.`, the value itself."""
    raw: bool


@dataclass(slots=True)
class Section:
    """`inverted` is rendered where the value is missing or empty, the other one where it is not."""

    path: tuple[str, ...]
    inverted: bool
    line: int
    parts: "list[Part]" = field(default_factory=list)


Part = str | Variable | Section


@dataclass(frozen=True, slots=True)
class _Token:
    """Text between tags (no sigil), or a tag (a plain variable has `v`); `line` counts from 1."""

    sigil: str
    content: str
    line: int


def parse(template: str) -> list[Part]:
    """The tree of a template. Raises InvalidInput for the pin `template`, naming the line."""
    root = Section((), False, 1)
    open_sections = [root]
    for token in _tokens(template):
        if token.sigil == "/":
            _close(open_sections, token)
            continue
        part = _part(token)
        if part is not None:
            open_sections[-1].parts.append(part)
        if isinstance(part, Section):
            open_sections.append(part)
            if len(open_sections) > MAX_NESTING:
                raise _invalid(token.line, f"nests sections more than {MAX_NESTING} deep")
    if len(open_sections) > 1:
        raise _invalid(open_sections[-1].line, "opens a section that is never closed")
    return root.parts


def _close(open_sections: list[Section], token: _Token) -> None:
    closed = open_sections.pop()
    if not open_sections or closed.path != _path(token):
        raise _invalid(token.line, "closes a section that is not the last one opened")


def _part(token: _Token) -> Part | None:
    match token.sigil:
        case "":
            return token.content or None
        case "!":
            return None
        case "#" | "^":
            return Section(_path(token), token.sigil == "^", token.line)
        case ">" | "=":
            raise _invalid(token.line, "has a partial or other delimiters, which do not exist here")
    return Variable(_path(token), token.sigil == "&")


def _path(token: _Token) -> tuple[str, ...]:
    if token.content == ".":
        return ()
    names = tuple(token.content.split("."))
    if not all(names):
        raise _invalid(token.line, "has a tag without a name")
    return names


def _tokens(template: str) -> Iterator[_Token]:
    """Text and tags in turn, the lines of lone section tags already taken away."""
    position, line = 0, 1
    for count, (start, end, body) in enumerate(_tags(template)):
        line += template.count("\n", position, start)
        if count == MAX_TAGS:
            raise _invalid(line, f"has more than {MAX_TAGS:,} tags")
        sigil, content = _read(body)
        before, after = start, end
        if sigil in _ALONE:
            before, after = _widened(template, position, start, end)
        yield _Token("", template[position:before], line)
        yield _Token(sigil, content, line)
        line += template.count("\n", start, after)
        position = after
    yield _Token("", template[position:], line)


def _tags(template: str) -> Iterator[tuple[int, int, str]]:
    position = 0
    while (start := template.find("{{", position)) >= 0:
        pattern = _COMMENT if template.startswith("{{!", start) else _TAG
        found = pattern.match(template, start)
        if found is None:
            line = template.count("\n", 0, start) + 1
            raise _invalid(line, "has a tag that is not closed, or holds a brace")
        yield start, found.end(), template[start + 2 : found.end() - 2]
        position = found.end()


def _read(body: str) -> tuple[str, str]:
    """Sigil and content of what stands between the braces."""
    if body.startswith("{"):
        return "&", body[1:-1].strip()
    body = body.strip()
    return (body[0], body[1:].strip()) if body[:1] in _SIGILS else ("v", body)


def _widened(template: str, position: int, start: int, end: int) -> tuple[int, int]:
    """The tag's place, widened to its whole line if nothing else stands on it.

    What stands before `position` is done with; so it looks at each character once or twice.
    """
    line_start = template.rfind("\n", position, start) + 1 or position
    begins_line = line_start == 0 or template[line_start - 1] == "\n"
    rest = _REST_OF_LINE.match(template, end)
    if begins_line and rest and not template[line_start:start].strip():
        return line_start, rest.end()
    return start, end


def _invalid(line: int, message: str) -> InvalidInput:
    return InvalidInput("template", f"{message} (line {line})")
