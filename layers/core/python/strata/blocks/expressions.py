"""A small language of expressions, parsed into a tree: numbers, texts, names, operators, calls.

From loosest to tightest: `or`; `and`; `not`; comparisons, chained as in mathematics; `+ -`;
`* / // %`; signs; `**`, from the right; calls and parentheses. Dotted names look into objects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from strata.model.errors import InvalidInput
from strata.model.values import MAX_DIGITS

MAX_NESTING = 100

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?!\w)
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<text>'[^'\\]*'|"[^"\\]*")
      | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>(),\[\]])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_CONSTANTS = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
}
_STRENGTH = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "%"), 6),
    "**": 8,
}
_PREFIX_STRENGTH = {"not": 3, "-": 7, "+": 7}


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Array:
    items: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Prefix:
    """Signs or `not`s, the last one next to the operand."""

    signs: tuple[str, ...]
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one strength: arithmetic from the left, comparisons, `and`s or `or`s."""

    first: "Expression"
    steps: "tuple[tuple[str, Expression], ...]"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: "tuple[Expression, ...]"


Expression = Literal | Name | Array | Prefix | Chain | Call


def parse(expression: str) -> Expression:
    """The tree of an expression. Raises InvalidInput for the pin `expression`, with the place."""
    parser = _Parser(list(_tokens(expression)))
    tree = parser.expression()
    parser.expect_end()
    return tree


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int
    """Position of its first character, from 1."""


def _tokens(expression: str) -> Iterator[_Token]:
    position = 0
    while position <= len(expression):
        found = _TOKEN.match(expression, position)
        if found is None:
            rest = expression[position:]
            raise _invalid(position + len(rest) - len(rest.lstrip()) + 1)
        kind = found.lastgroup or ""
        text = found[kind]
        sign = text in _STRENGTH or text in _PREFIX_STRENGTH
        yield _Token("sign" if sign else kind, text, found.start(kind) + 1)
        position = found.end() + (kind == "end")


class _Parser:
    """By precedence climbing: an operator takes what binds at least as tightly as it asks."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def expression(self, strength: int = 1) -> Expression:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise InvalidInput("expression", f"is nested more than {MAX_NESTING} deep")
        tree = self._prefixed(strength)
        while (next_strength := self._strength()) >= strength:
            tree = self._chain(tree, next_strength)
        self._depth -= 1
        return tree

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise _invalid(self._next.place)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _strength(self) -> int:
        """Of the operator that comes next; 0 if there is none."""
        return _STRENGTH.get(self._next.text, 0) if self._next.kind == "sign" else 0

    def _took(self, sign: str) -> bool:
        found = self._next.kind == "sign" and self._next.text == sign
        self._position += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise _invalid(self._next.place)

    def _chain(self, first: Expression, strength: int) -> Chain:
        steps = []
        while self._strength() == strength:
            sign = self._next.text
            self._position += 1
            steps.append((sign, self.expression(strength + (sign != "**"))))
        return Chain(first, tuple(steps))

    def _prefixed(self, strength: int) -> Expression:
        sign = self._next.text if self._next.kind == "sign" else ""
        own = _PREFIX_STRENGTH.get(sign)
        if own is None:
            return self._atom()
        if sign == "not" and strength > own:
            raise _invalid(self._next.place)
        signs = []
        while self._next.kind == "sign" and _PREFIX_STRENGTH.get(self._next.text) == own:
            signs.append(self._next.text)
            self._position += 1
        return Prefix(tuple(signs), self.expression(own + 1))

    def _atom(self) -> Expression:
        if self._took("("):
            tree = self.expression()
            self._expect(")")
            return tree
        if self._took("["):
            return Array(self._list("]"))
        token = self._next
        self._position += token.kind != "end"
        match token.kind:
            case "number":
                return Literal(_number(token.text))
            case "text":
                return Literal(token.text[1:-1])
            case "name":
                return self._named(token.text)
        raise _invalid(token.place)

    def _named(self, name: str) -> Expression:
        if self._took("("):
            return Call(name, self._list(")"))
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        return Name(tuple(name.split(".")))

    def _list(self, closing: str) -> tuple[Expression, ...]:
        if self._took(closing):
            return ()
        items = [self.expression()]
        while self._took(","):
            items.append(self.expression())
        self._expect(closing)
        return tuple(items)


def _number(text: str) -> int | float:
    if not text.isdigit():
        number = float(text)
        if number == float("inf"):
            raise InvalidInput("expression", "holds a number that is too large")
        return number
    if len(text) > MAX_DIGITS:
        raise InvalidInput("expression", f"holds an integer of more than {MAX_DIGITS} digits")
    return int(text)


def _invalid(place: int) -> InvalidInput:
    return InvalidInput("expression", f"cannot be read from position {place} on")
