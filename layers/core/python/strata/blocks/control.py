"""The blocks that choose a way, and the one that ends it."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from strata.blocks.comparison import ALONE, OPERATOR_TEXT, OPERATORS, compare
from strata.blocks.matching import Budget
from strata.blocks.schema import anything, array, text
from strata.model.block import ERROR_PIN, Block, Context, Example, Schema, Values
from strata.model.errors import InvalidInput, NodeError

MAX_CASES = 50
CASE_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
NO_CASE = "default"
MATCHED = "matched"
TAKEN = (NO_CASE, MATCHED, ERROR_PIN)
EQUALS = "=="

_CASE: Schema = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "pattern": CASE_NAME,
            "description": "Name of the output pin that the value goes down.",
        },
        "operator": {"enum": list(OPERATORS), "description": OPERATOR_TEXT},
        "value": {"description": "What the value is compared with; not with empty."},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def _switch(values: Values, context: Context) -> Values:
    for pin, sentence in _wrong_cases(values, ()):
        raise InvalidInput(pin, sentence)
    value, cases = values["value"], values["cases"]
    budget = Budget(context.now, len(cases))
    name = next((case["name"] for case in cases if _holds(case, value, budget)), NO_CASE)
    return {name: value, MATCHED: name}


def _holds(case: Mapping[str, Any], value: Any, budget: Budget) -> bool:
    operator = case.get("operator", EQUALS)
    try:
        return compare(operator, value, case.get("value"), pin="cases", budget=budget)
    except InvalidInput:
        raise
    except NodeError as error:
        raise NodeError(error.code, f"{error.message} (case '{case['name']}')") from None


def _arms(constants: Values) -> Mapping[str, Schema]:
    """An output pin for each case that has a name, whatever else may be wrong with it."""
    cases = constants.get("cases")
    listed = cases if isinstance(cases, list) else []
    named = [case.get("name") for case in listed if isinstance(case, dict)]
    about = "The value, if this case is the first that holds."
    return {name: anything(about) for name in named if isinstance(name, str)}


def _wrong_cases(constants: Values, _: Collection[str]) -> Iterator[tuple[str, str]]:
    cases = constants.get("cases")
    seen: set[str] = set()
    for position, case in enumerate(cases if isinstance(cases, list) else ()):
        # That each is an object is the schema's to tell.
        found = _wrong_case(case, seen) if isinstance(case, dict) else None
        if found is not None:
            yield "cases", f"at position {position} {found}"


def _wrong_case(case: Mapping[str, Any], seen: set[str]) -> str | None:
    """`seen` are the names of the cases before it, to which its own is added."""
    if not case.keys() <= _CASE["properties"].keys():
        return "must have a name, an operator and a value, and nothing else"
    name, operator = case.get("name"), case.get("operator", EQUALS)
    if not isinstance(name, str) or not re.fullmatch(CASE_NAME, name):
        return "must have a name of letters, digits, _ and -, a letter first, up to 64"
    if name in TAKEN or name in seen:
        return f"must have a name of its own, and none of {', '.join(TAKEN)}"
    seen.add(name)
    if operator not in OPERATORS:
        return f"must have an operator of {', '.join(OPERATORS)}"
    if operator not in ALONE and "value" not in case:
        return f"must have a value for the operator {operator}"
    return None


def _fail(values: Values, _: Context) -> Values:
    raise NodeError(values["code"], values["message"])


BLOCKS = (
    Block(
        name="switch",
        title="Switch",
        description="Sends a value down the arm of the first case that holds, or down default. "
        "Each case is an output pin of its name.",
        category="control",
        inputs={
            "value": anything("What is compared, and goes down the arm."),
            "cases": array(
                f"The cases in their order: name, operator (by default {EQUALS}), value.",
                _CASE,
                minItems=1,
                maxItems=MAX_CASES,
            ),
        },
        required=("value", "cases"),
        outputs={
            NO_CASE: anything("The value, if no case holds."),
            MATCHED: text(f"Name of the case that holds; {NO_CASE} if none does."),
        },
        run=_switch,
        example=Example(
            inputs={
                "value": 12.5,
                "cases": [
                    {"name": "dry", "value": 0},
                    {"name": "wet", "operator": ">", "value": 10},
                ],
            },
            outputs={"wet": 12.5, "matched": "wet"},
        ),
        is_light=True,
        constant_pins=("cases",),
        named_outputs=_arms,
        faults=_wrong_cases,
    ),
    Block(
        name="fail",
        title="Fail",
        description="Fails with an error of the graph's own, which ends the execution unless the "
        "node goes on after errors.",
        category="control",
        inputs={
            "message": text("What went wrong, in a sentence."),
            "code": text(
                "The error's code, for programs.",
                default="failed",
                pattern="^[a-z][a-z0-9_]{0,63}$",
            ),
        },
        required=("message",),
        outputs={},
        run=_fail,
        example=Example(
            inputs={"message": "There is no rain in the file.", "code": "no_rain"},
            outputs={},
            error="no_rain",
        ),
        is_light=True,
    ),
)
