"""JMESPath with a bounded number of steps.

A short query can double its value again and again, so steps are counted as they are made, and what
a function or comparison must go through is measured before it does.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath import exceptions as known
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

from strata.blocks.comparison import NotComparable, equals
from strata.blocks.steps import Steps, length
from strata.model.errors import InvalidInput

if TYPE_CHECKING:
    from jmespath.visitor import _TreeNode

MAX_STEPS = 20_000_000
_WITHOUT_WALK = frozenset(("length", "type", "not_null", "to_array"))
_WALK_ALL = frozenset(("to_string", "contains"))


def query(expression: str, value: Any) -> Any:
    """What the expression finds in the value, null if nothing.

    Raises InvalidInput for the pin `query`, and NodeError `too_slow` or `not_comparable`.
    """
    try:
        return _Interpreter().visit(_parsed(expression), value)
    except known.JMESPathError as error:
        raise InvalidInput("query", _sentence(error)) from None
    except RecursionError:
        raise InvalidInput("query", "is nested too deeply") from None
    except TypeError:
        raise NotComparable("The query compares values of different types") from None
    except ValueError:
        raise InvalidInput("query", "has a slice with the step 0") from None


@lru_cache(maxsize=64)
def _parsed(expression: str) -> Any:
    return jmespath.compile(expression).parsed


def _sentence(error: known.JMESPathError) -> str:
    """The library's own sentences repeat the query, and the value that a function refused."""
    match error:
        case known.IncompleteExpressionError():
            return "is not a JMESPath expression: it ends too early"
        case known.ArityError():
            return f"calls {error.function_name}() with a wrong number of arguments"
        case known.ParseError():
            return f"is not a JMESPath expression: fault at position {error.lex_position}"
        case known.JMESPathTypeError():
            return f"gives {error.function_name}() a value of the type {error.actual_type}"
        case known.UnknownFunctionError():
            return "calls a function that JMESPath does not have"
    return "must not be empty"


class _Functions(Functions):
    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def call_function(self, function_name: str, resolved_args: Any) -> Any:
        if function_name in _WALK_ALL:
            self._steps.walk(list(resolved_args))
        elif function_name not in _WITHOUT_WALK:
            self._steps.spend(sum(map(length, resolved_args)))
        if function_name == "join":
            self._measure_join(*resolved_args)
        return super().call_function(function_name, resolved_args)

    def _measure_join(self, separator: Any = None, items: Any = None, *_: Any) -> None:
        if isinstance(items, list):
            self._steps.spend(length(separator) * len(items) + sum(map(length, items)))


class _Interpreter(TreeInterpreter):
    def __init__(self) -> None:
        self._steps = Steps(MAX_STEPS, "query")
        super().__init__(Options(custom_functions=_Functions(self._steps)))

    def visit(self, node: "_TreeNode", *args: Any, **kwargs: Any) -> Any:
        self._steps.spend(1)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: "_TreeNode", value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        self._steps.spend(sum(len(item) if isinstance(item, list) else 1 for item in base))
        return [inner for item in base for inner in (item if isinstance(item, list) else [item])]

    def visit_slice(self, node: "_TreeNode", value: Any) -> Any:
        self._steps.spend(length(value))
        return super().visit_slice(node, value)

    def visit_comparator(self, node: "_TreeNode", value: Any) -> Any:
        if node["value"] not in ("eq", "ne"):
            return super().visit_comparator(node, value)
        left, right = (self.visit(child, value) for child in node["children"])
        self._steps.walk([left, right])
        return equals(left, right) == (node["value"] == "eq")
