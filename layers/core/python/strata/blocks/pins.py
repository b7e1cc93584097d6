"""Around a block's work: its inputs completed and checked, its outputs checked.

A message names the pin and what it must hold, never the value that it got.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from strata.model.block import ANSWER, Block, Context, Schema, Values
from strata.model.bounds import BOUNDS
from strata.model.errors import InvalidInput, NodeError
from strata.model.graph_schema import GIVEN, INPUT_BLOCK
from strata.model.values import fault, has_type

if TYPE_CHECKING:
    from fastjsonschema import JsonSchemaValueException

_ANNOTATIONS = ("description", "default", "title", "examples")


def run_block(block: Block, values: Values, context: Context) -> Values:
    """Runs the block on the values of its input pins; raises NodeError."""
    outputs = block.run(check_inputs(block, values), context)
    check_outputs(outputs)
    return outputs


def check_inputs(block: Block, values: Values) -> Values:
    """The values with the defaults of the other pins laid in; raises InvalidInput.

    `values` of the block `input` may hold, under `GIVEN`, what the execution was given; those of
    one that has waited hold, under `ANSWER`, what came of that.
    """
    for pin, value in values.items():
        _check(block, pin, value)
    for pin in block.required:
        if pin not in values:
            raise InvalidInput(pin, "is required and has no value")
    defaults = {
        pin: schema["default"] for pin, schema in block.inputs.items() if "default" in schema
    }
    return {**defaults, **values}


def check_outputs(outputs: Values) -> None:
    """Raises NodeError for outputs that are not JSON, or one that cannot but be over 50 MB. Whoever
    writes them as JSON sees their size."""
    for pin, value in outputs.items():
        found = fault(value)
        if found is not None:
            code = "too_large" if "larger" in found else "invalid_output"
            raise NodeError(code, f"Output '{pin}' {found}")


def _check(block: Block, pin: str, value: Any) -> None:
    if pin == ANSWER and block.behaviour != "run":
        return
    schema = block.inputs.get(pin)
    if schema is None and not (block.name == INPUT_BLOCK and pin == GIVEN):
        raise InvalidInput(pin, f"is not a pin of the block {block.name}")
    violated = _violation(schema or {}, value)
    if violated is not None:
        raise InvalidInput(pin, violated)
    found = fault(value)
    if found is not None and "larger" in found:
        # A limit of ours, and no mistake in what was given.
        raise NodeError("too_large", f"Input '{pin}' {found}")
    if found is not None:
        raise InvalidInput(pin, found)


def _violation(schema: Schema, value: Any) -> str | None:
    """What the value must be, where it is not that."""
    rules = {word: rule for word, rule in schema.items() if word not in _ANNOTATIONS}
    if not rules:
        return None
    if rules.keys() == {"type"} and isinstance(rules["type"], str):
        return None if has_type(value, rules["type"]) else _must("type", rules["type"])
    return _validator(json.dumps(rules))(value)


@cache
def _validator(rules: str) -> Callable[[Any], str | None]:
    """Compiled once per distinct schema. The library loads here: most pins do without it."""
    import fastjsonschema

    compiled = fastjsonschema.compile(json.loads(rules), use_default=False)

    def violation(value: Any) -> str | None:
        try:
            compiled(value)
        except fastjsonschema.JsonSchemaValueException as error:
            return _sentence(error)
        return None

    return violation


def _sentence(error: "JsonSchemaValueException") -> str:
    """Its place in the value is told by the positions in arrays alone: names may be the user's."""
    rule, definition = error.rule, error.rule_definition
    if rule in ("anyOf", "oneOf"):
        must = "must be " + " or ".join(map(_kind, definition))
    else:
        must = _must(rule, definition)
    return f"{_place(error.path[1:])}{must}"


def _place(path: list[str]) -> str:
    if not path:
        return ""
    if path[0].isdigit():
        return f"at position {path[0]} "
    return "in one of its parts "


_SENTENCES: Mapping[str, str] = {
    **{word: bound.sentence for word, bound in BOUNDS.items()},
    "enum": "must be one of {}",
    "required": "must have {}",
    "uniqueItems": "must not name the same thing twice",
    "additionalProperties": "has a part that is not known here",
}


def _must(rule: str | None, definition: Any) -> str:
    if rule == "type":
        names = [definition] if isinstance(definition, str) else definition
        return "must be " + " or ".join(map(_article, names))
    listed = ", ".join(map(str, definition)) if isinstance(definition, list) else definition
    return _SENTENCES[rule or ""].format(listed)


def _kind(schema: Schema) -> str:
    return _article(schema["type"]) if "type" in schema else "something else"


def _article(name: str) -> str:
    if name == "null":
        return name
    return f"an {name}" if name[0] in "aio" else f"a {name}"
