"""The tokens of a JSONata expression (docs.jsonata.org, 2.x)."""

import re
from math import isinf
from typing import NamedTuple

_SPACE = re.compile(r"(?:[ \t\n\r\v]+|/\*.*?\*/)*", re.DOTALL)
_OPERATOR = re.compile(r"\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~]")
_STRING = re.compile(
    r"\"(?:[^\"\\]|\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}))*\""
    r"|'(?:[^'\\]|\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}))*'"
)
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_QUOTED_NAME = re.compile(r"`[^`]*`")
_END_OF_NAME = re.compile(r"[ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]")
_FLAGS = re.compile(r"[im]*")

_WORDS = {"and": "operator", "or": "operator", "in": "operator"}
_VALUES = frozenset({"true", "false", "null"})


class Faulty(Exception):
    """The expression is none; the text is the rest of a sentence about it."""


class Token(NamedTuple):
    kind: str
    """operator, string, number, value, name, variable, regex, or end."""
    text: str
    at: int


def next_token(source: str, at: int, *, after_operand: bool) -> tuple[Token, int]:
    """The token from there on, and where it ends. A slash divides after an operand, and begins
    a regular expression elsewhere. Raises Faulty."""
    at = _behind_space(source, at)
    if at == len(source):
        return Token("end", "", at), at
    if source[at] == "/" and not after_operand:
        return _regex(source, at)
    for kind, pattern in _KINDS:
        found = pattern.match(source, at)
        if found:
            return _bounded(Token(kind, found.group(), at)), found.end()
    if source[at] in "\"'`":
        raise Faulty(f"has a text that does not end, or a bad escape in it, at character {at + 1}")
    return _name(source, at)


_KINDS = (
    ("operator", _OPERATOR),
    ("string", _STRING),
    ("number", _NUMBER),
    ("name", _QUOTED_NAME),
)


def _bounded(token: Token) -> Token:
    if token.kind == "number" and isinf(float(token.text)):
        raise Faulty(f"has a number that is too large, at character {token.at + 1}")
    return token


def _behind_space(source: str, at: int) -> int:
    found = _SPACE.match(source, at)
    end = found.end() if found else at
    if source.startswith("/*", end):
        raise Faulty(f"has a comment that does not end, at character {end + 1}")
    return end


def _name(source: str, at: int) -> tuple[Token, int]:
    found = _END_OF_NAME.search(source, at)
    end = found.start() if found else len(source)
    text = source[at:end]
    if text.startswith("$"):
        return Token("variable", text, at), end
    kind = "value" if text in _VALUES else _WORDS.get(text, "name")
    return Token(kind, text, at), end


def _regex(source: str, at: int) -> tuple[Token, int]:
    """A slash within brackets, or behind a backslash, does not end it."""
    depth, end = 0, at + 1
    while end < len(source) and (source[end] != "/" or depth):
        if source[end] == "\\":
            end += 1
        elif source[end] in "([{":
            depth += 1
        elif source[end] in ")]}":
            depth -= 1
        end += 1
    if end >= len(source) or end == at + 1:
        raise Faulty(
            f"has a regular expression that is empty or does not end, at character {at + 1}"
        )
    flags = _FLAGS.match(source, end + 1)
    end = flags.end() if flags else end + 1
    return Token("regex", source[at:end], at), end
