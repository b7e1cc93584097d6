"""The blocks on JSON."""

import json
from typing import Any, NoReturn

from strata.blocks.schema import anything, integer, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_BYTES, MAX_DIGITS, fault

MAX_JSON_DEPTH = 100
_BYTE_ORDER_MARK = "\ufeff"


def _parse(values: Values, _: Context) -> Values:
    return {"value": read_json(values["text"], pin="text")}


def read_json(document: str, *, pin: str) -> Any:
    """The value of one JSON document. Raises InvalidInput for the pin, with line and column."""
    try:
        value = _DECODER.decode(document.removeprefix(_BYTE_ORDER_MARK))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(pin, f"is not JSON: {error.msg} ({place})") from None
    except RecursionError:
        raise InvalidInput(pin, f"is nested more than {MAX_JSON_DEPTH} deep") from None
    except _NotStrict as error:
        raise InvalidInput(pin, str(error)) from None
    found = fault(value, MAX_JSON_DEPTH)
    if found is not None:
        raise InvalidInput(pin, found)
    return value


class _NotStrict(Exception):
    """JSON that Python would take and others read differently."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotStrict("holds an object that has one name twice")
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _NotStrict(f"holds an integer of more than {MAX_DIGITS} digits")
    return int(digits)


def _constant(_: str) -> NoReturn:
    raise _NotStrict("holds NaN or Infinity, which JSON does not have")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)


def _format(values: Values, _: Context) -> Values:
    if "indent" in values:
        return {"text": _indented(values["value"], int(values["indent"]))}
    return {"text": json.dumps(values["value"], ensure_ascii=False)}


def _indented(value: Any, indent: int) -> str:
    """Counted while it is written: each line of a deep value begins with hundreds of spaces."""
    pieces, room = [], MAX_BYTES
    for piece in json.JSONEncoder(ensure_ascii=False, indent=indent).iterencode(value):
        room -= len(piece)
        if room < 0:
            raise NodeError("too_large", f"The text would be over {MAX_BYTES:,} characters")
        pieces.append(piece)
    return "".join(pieces)


def _query(values: Values, _: Context) -> Values:
    # Loads JMESPath, which most graphs do without.
    from strata.blocks.json_query import query

    return {"result": query(values["query"], values["value"])}


BLOCKS = (
    Block(
        name="json_parse",
        title="Parse JSON",
        description="The value of a JSON text. Names that come twice in an object, NaN, "
        "integers over 38 digits and nesting over 100 are refused.",
        category="json",
        inputs={"text": text("The JSON text.")},
        required=("text",),
        outputs={"value": anything("The value.")},
        run=_parse,
        is_light=True,
        example=Example(
            inputs={"text": '{"city": "Seattle", "days": [10.9, 0]}'},
            outputs={"value": {"city": "Seattle", "days": [10.9, 0]}},
        ),
    ),
    Block(
        name="json_format",
        title="Format JSON",
        description="A value as JSON text, names in the order in which they came.",
        category="json",
        inputs={
            "value": anything("The value."),
            "indent": integer(
                "Spaces for each level; on one line if not set.", minimum=0, maximum=16
            ),
        },
        required=("value",),
        outputs={"text": text("The JSON text.")},
        run=_format,
        is_light=True,
        example=Example(
            inputs={"value": {"city": "Zürich", "rain": 2.0}},
            outputs={"text": '{"city": "Zürich", "rain": 2.0}'},
        ),
    ),
    Block(
        name="json_query",
        title="Query JSON",
        description="Takes a part of a value, or reshapes it, by a JMESPath expression; null "
        "where the expression finds nothing.",
        category="json",
        inputs={
            "value": anything("The value to look into."),
            "query": text("The expression, such as rows[?rain > `10`].date.", maxLength=4000),
        },
        required=("value", "query"),
        outputs={"result": anything("What the expression gives.")},
        run=_query,
        example=Example(
            inputs={
                "value": {
                    "rows": [{"date": "1 Jan", "rain": 0.0}, {"date": "2 Jan", "rain": 10.9}]
                },
                "query": "rows[?rain > `10`].date",
            },
            outputs={"result": ["2 Jan"]},
        ),
    ),
)
