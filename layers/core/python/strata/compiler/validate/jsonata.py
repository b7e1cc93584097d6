"""Whether a text is a JSONata expression that Step Functions takes.

Nothing is evaluated. Besides the grammar: no input stands behind an expression of a state, so what
reads from it at the top level is refused, as the service does.
"""

from collections.abc import Callable
from functools import lru_cache

from strata.compiler.validate.jsonata_parser import BINDS, Node, Parser
from strata.compiler.validate.jsonata_tokens import Faulty

_PATHS = ("name", "path")


@lru_cache(maxsize=4096)
def fault(source: str) -> str | None:
    """What is wrong with an expression, as the rest of a sentence; None for a good one."""
    try:
        node = Parser(source, _PREFIXES, _INFIXES).whole()
    except Faulty as faulty:
        return str(faulty)
    except RecursionError:
        return "is nested too deep"
    if node.top:
        return f"reads '{node.top[:40]}' at the top level: begin with $states or a variable"
    return None


def _list(parser: Parser, close: str, entry: Callable[[Parser], Node]) -> list[Node]:
    """Entries between commas, and the sign that closes them."""
    nodes: list[Node] = []
    while nodes or not parser.at(close):
        nodes.append(entry(parser))
        if not parser.took(","):
            break
    parser.take(close, after_operand=True)
    return nodes


def _first(nodes: list[Node]) -> str:
    return next((node.top for node in nodes if node.top), "")


# --- what begins an expression ---


def _block(parser: Parser) -> Node:
    nodes: list[Node] = []
    while not parser.at(")"):
        nodes.append(parser.expression())
        if not parser.took(";"):
            break
    parser.take(")", after_operand=True)
    return Node("block", _first(nodes))


def _array(parser: Parser) -> Node:
    return Node("array", _first(_list(parser, "]", _item)))


def _item(parser: Parser) -> Node:
    nodes = [parser.expression()]
    if parser.took(".."):
        nodes.append(parser.expression())
    return Node("item", _first(nodes))


def _object(parser: Parser) -> Node:
    return Node("object", _first(_list(parser, "}", _pair)))


def _pair(parser: Parser) -> Node:
    key = parser.expression()
    parser.take(":")
    return Node("pair", _first([key, parser.expression()]))


def _transform(parser: Parser) -> Node:
    parser.expression()
    parser.take("|")
    parser.expression()
    if parser.took(","):
        parser.expression()
    parser.take("|")
    return Node("transform")


# --- what goes on from an operand ---


def _step(parser: Parser, left: Node) -> Node:
    right = parser.expression(BINDS["."])
    if {left.kind, right.kind} & {"number", "value"}:
        raise Faulty("has a number, true, false or null as a step of a path")
    return Node("path", left.top)


def _predicate(parser: Parser, left: Node) -> Node:
    if parser.took("]"):
        return left
    if left.kind == "grouped value":
        raise Faulty("has a filter after a grouping")
    parser.expression()
    parser.take("]", after_operand=True)
    return left._replace(filtered=True)


def _grouping(parser: Parser, left: Node) -> Node:
    if left.kind.startswith("grouped"):
        raise Faulty("groups twice")
    _object(parser)
    return Node("grouped path" if left.kind in _PATHS else "grouped value", left.top)


def _ordering(parser: Parser, left: Node) -> Node:
    parser.take("(")
    while True:
        if parser.at("<") or parser.at(">"):
            parser.next()
        parser.expression()
        if not parser.took(","):
            break
    parser.take(")")
    return Node("path", left.top)


def _binding(parser: Parser, left: Node) -> Node:
    if left.kind != "variable":
        raise Faulty("assigns to what is no variable")
    # One less: of a := b := c the right one is first.
    return Node("binding", parser.expression(BINDS[":="] - 1).top)


def _focus(parser: Parser, left: Node) -> Node:
    if left.filtered:
        raise Faulty("binds its focus behind a filter")
    return _index(parser, left)


def _index(parser: Parser, left: Node) -> Node:
    if parser.expression(BINDS["@"]).kind != "variable":
        raise Faulty("binds to what is no variable")
    return left


def _condition(parser: Parser, left: Node) -> Node:
    nodes = [left, parser.expression()]
    if parser.took(":"):
        nodes.append(parser.expression())
    return Node("condition", _first(nodes))


def _otherwise(parser: Parser, left: Node) -> Node:
    return Node("condition", _first([left, parser.expression()]))


def _call(parser: Parser, left: Node) -> Node:
    arguments = _list(parser, ")", _argument)
    if left.kind == "name" and left.top in ("function", "λ"):
        return _function(parser, arguments)
    return Node("call", _first(arguments))


def _argument(parser: Parser) -> Node:
    return Node("placeholder") if parser.took("?") else parser.expression()


def _function(parser: Parser, parameters: list[Node]) -> Node:
    """What its body reads from its input is known when it is called."""
    if any(one.kind != "variable" for one in parameters):
        raise Faulty("has a parameter of a function that is no variable")
    if parser.at("<"):
        _signature(parser)
    parser.take("{")
    parser.expression()
    parser.take("}")
    return Node("function")


def _signature(parser: Parser) -> None:
    depth = 0
    while True:
        depth += parser.at("<") - parser.at(">")
        if parser.at("{") or parser.token.kind == "end":
            raise parser.unexpected("'>'")
        parser.next()
        if not depth:
            return


_PREFIXES: dict[str, Callable[[Parser], Node]] = {
    "(": _block,
    "[": _array,
    "{": _object,
    "|": _transform,
}
_INFIXES: dict[str, Callable[[Parser, Node], Node]] = {
    ".": _step,
    "[": _predicate,
    "(": _call,
    "{": _grouping,
    "^": _ordering,
    ":=": _binding,
    "@": _focus,
    "#": _index,
    "?": _condition,
    "?:": _otherwise,
    "??": _otherwise,
}
