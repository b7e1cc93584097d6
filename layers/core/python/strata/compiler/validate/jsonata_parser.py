"""A parser by the precedence of operators; what the operators do is told to it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from strata.compiler.validate.jsonata_tokens import Faulty, Token, next_token

MOST_NESTED = 150

BINDS = {
    **dict.fromkeys(("[", "(", "@", "#"), 80),
    ".": 75,
    "{": 70,
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("+", "-", "&"), 50),
    **dict.fromkeys(("=", "<", ">", "!=", "<=", ">=", "~>", "in", "^", "?:", "??"), 40),
    "and": 30,
    "or": 25,
    "?": 20,
    ":=": 10,
}
_UNARY = 70
_WILDCARDS = ("*", "**")
_WORDS = ("and", "or", "in")


class Node(NamedTuple):
    """What was parsed: its kind, and the first name in it that is read at the top level."""

    kind: str
    top: str = ""
    filtered: bool = False


class Parser:
    """Stands at a token of an expression. Every method may raise Faulty."""

    def __init__(
        self,
        source: str,
        prefixes: Mapping[str, Callable[["Parser"], Node]],
        infixes: Mapping[str, Callable[["Parser", Node], Node]],
    ) -> None:
        self._source = source
        self._prefixes, self._infixes = prefixes, infixes
        self._at = 0
        self._depth = 0
        self.token = Token("end", "", 0)
        self.next()

    def whole(self) -> Node:
        node = self.expression()
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    def expression(self, binds: int = 0) -> Node:
        """What stands there, as far as its operators bind stronger than that."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise Faulty("is nested too deep")
        node = self._prefix()
        while self.token.kind == "operator" and binds < BINDS.get(self.token.text, 0):
            node = self._infix(node)
        self._depth -= 1
        return node

    def next(self, *, after_operand: bool = False) -> Token:
        """Goes on by a token and returns the one that was passed."""
        passed = self.token
        self.token, self._at = next_token(self._source, self._at, after_operand=after_operand)
        return passed

    def at(self, sign: str) -> bool:
        return self.token.kind == "operator" and self.token.text == sign

    def take(self, sign: str, *, after_operand: bool = False) -> None:
        if not self.at(sign):
            raise self.unexpected(f"'{sign}'")
        self.next(after_operand=after_operand)

    def took(self, sign: str) -> bool:
        """Goes on by that sign if it stands there."""
        found = self.at(sign)
        if found:
            self.next()
        return found

    def unexpected(self, wanted: str = "something else") -> Faulty:
        return _unexpected(self.token, wanted)

    def _prefix(self) -> Node:
        # A slash right behind an opening bracket divides too: the language's own parser has it so.
        token = self.next(after_operand=True)
        if token.kind != "operator":
            return _operand(token)
        if token.text in _WORDS:
            return Node("name", token.text)
        if token.text in _WILDCARDS:
            return Node("wildcard")
        if token.text == "%":
            return Node("parent", token.text)
        if token.text == "-":
            return Node("unary", self.expression(_UNARY).top)
        parse = self._prefixes.get(token.text)
        if parse is None:
            raise _unexpected(token, "a value")
        return parse(self)

    def _infix(self, left: Node) -> Node:
        sign = self.next().text
        parse = self._infixes.get(sign)
        if parse:
            return parse(self, left)
        right = self.expression(BINDS[sign])
        return Node("binary", left.top or right.top)


def _operand(token: Token) -> Node:
    if token.kind == "end":
        raise Faulty("ends where a value is missing")
    if token.text == "$$":
        raise Faulty("reads $$, which a state does not have: begin with $states")
    return Node(token.kind, token.text.strip("`") if token.kind == "name" else "")


def _unexpected(token: Token, wanted: str) -> Faulty:
    found = "its end" if token.kind == "end" else f"'{token.text[:40]}' at character {token.at + 1}"
    return Faulty(f"has {found} where {wanted} is expected")
