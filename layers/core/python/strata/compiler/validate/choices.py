"""The rules of a Choice state."""

from collections.abc import Iterator, Mapping
from typing import Any

from strata.compiler.validate import templates
from strata.compiler.validate.fields import check_fields, missing
from strata.compiler.validate.paths import reference
from strata.compiler.validate.problems import Place, Problem
from strata.compiler.validate.values import (
    Check,
    array_of,
    boolean,
    name,
    number,
    text,
    timestamp,
    wrong_type,
)

_ORDERED = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_OPERANDS: Mapping[str, Check] = {"String": text, "Numeric": number(), "Timestamp": timestamp}

OPERATORS: Mapping[str, Check] = {
    **{f"{kind}{test}": check for kind, check in _OPERANDS.items() for test in _ORDERED},
    **{f"{kind}{test}Path": reference for kind in _OPERANDS for test in _ORDERED},
    "BooleanEquals": boolean,
    "BooleanEqualsPath": reference,
    "StringMatches": text,
    **{
        f"Is{kind}": boolean
        for kind in ("Boolean", "Null", "Numeric", "Present", "String", "Timestamp")
    },
}
_JOINING = ("And", "Or", "Not")

_NESTED: Mapping[str, Check] = {
    **OPERATORS,
    **dict.fromkeys(_JOINING, lambda _value, _place: ()),
    "Variable": reference,
    "Comment": text,
    "Assign": templates.assigned_paths,
}
_RULES: Mapping[str, Mapping[str, Check]] = {
    "JSONPath": {**_NESTED, "Next": name},
    "JSONata": {
        "Condition": templates.or_expression(boolean),
        "Next": name,
        "Comment": text,
        "Output": templates.json_with_expressions,
        "Assign": templates.assigned_expressions,
    },
}


def choices(language: str, other: str) -> Check:
    """Choices of a state in that query language."""
    check_one = _path_rule if language == "JSONPath" else _condition

    def rule(value: Any, place: Place) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield wrong_type(value, "an object", place)
            return
        yield from check_fields(value, place, _RULES[language], _RULES[other])
        yield from missing(value, place, ("Next",))
        yield from check_one(value, place)

    return array_of(rule, least=1)


def _condition(rule: dict[str, Any], place: Place) -> Iterator[Problem]:
    yield from missing(rule, place, ("Condition",))


def _path_rule(rule: dict[str, Any], place: Place) -> Iterator[Problem]:
    """The rule and all rules within it; without recursion."""
    yield from _one_test(rule, place)
    waiting = list(_inner(rule, place))[::-1]
    while waiting:
        inner, where = waiting.pop()
        if not isinstance(inner, dict):
            yield wrong_type(inner, "an object", where)
            continue
        if "Next" in inner:
            message = "cannot lead anywhere: only the rule around it has Next"
            yield where.at("Next").problem("nested_next", message)
        told = {field: value for field, value in inner.items() if field != "Next"}
        yield from check_fields(told, where, _NESTED, _RULES["JSONata"])
        yield from _one_test(inner, where)
        waiting.extend(list(_inner(inner, where))[::-1])


def _inner(rule: dict[str, Any], place: Place) -> Iterator[tuple[Any, Place]]:
    for joining in ("And", "Or"):
        rules = rule.get(joining)
        for at, one in enumerate(rules if isinstance(rules, list) else ()):
            yield one, place.at(joining).at(at)
    if "Not" in rule:
        yield rule["Not"], place.at("Not")


def _one_test(rule: dict[str, Any], place: Place) -> Iterator[Problem]:
    joining = [field for field in _JOINING if field in rule]
    operators = [field for field in rule if field in OPERATORS]
    if len(joining) + len(operators) != 1:
        wanted = "exactly one comparison, or And, Or or Not"
        message = f"must have {wanted}, not {len(joining) + len(operators)}"
        yield place.problem("not_one_comparison", message)
    if operators and "Variable" not in rule:
        yield place.problem("missing_field", "must have 'Variable', which is compared")
    if joining and not operators and "Variable" in rule:
        yield place.at("Variable").problem("unknown_field", f"cannot stand beside {joining[0]}")
    for field in ("And", "Or"):
        if field in rule:
            yield from array_of(lambda _value, _place: (), least=1)(rule[field], place.at(field))
