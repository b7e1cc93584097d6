"""The blocks that filter and sort the rows of a table."""

from collections.abc import Callable
from typing import Any

from strata.blocks.columns import (
    ROWS,
    Cell,
    cells,
    check_cell_order,
    check_cells,
    columns_of,
    columns_schema,
)
from strata.blocks.comparison import ALONE, OPERATOR_TEXT, OPERATORS, compare, equals, identity
from strata.blocks.matching import Budget
from strata.blocks.schema import anything, array, boolean, integer, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput, NodeError

MAX_CHARACTERS = 2_000_000_000
"""Of one text that is looked through for each row."""


def _filter(values: Values, context: Context) -> Values:
    operator = values["operator"]
    if operator not in ALONE and "value" not in values:
        raise InvalidInput("value", f"is required by the operator {operator}")
    taken: list[Any] = []
    rest: list[Any] = []
    rows, column = values["rows"], values["column"]
    found = cells(rows, column)
    holds = _among(values) or _test(values, Budget(context.now, len(found)))
    for row, cell in zip(rows, found, strict=True):
        arm = taken if holds(cell) else rest
        arm.append(row)
    return {"rows": taken, "count": len(taken), "rest": rest}


def _among(values: Values) -> Callable[[Cell], bool] | None:
    """Of `in`: the array is gone through once, and not again for each row."""
    whole = values.get("value")
    if values["operator"] != "in":
        return None
    if isinstance(whole, str) and len(whole) * len(values["rows"]) > MAX_CHARACTERS:
        message = f"The filter looks at over {MAX_CHARACTERS:,} characters"
        raise NodeError("too_slow", message)
    if not isinstance(whole, list):
        return None
    members = frozenset(map(identity, whole))
    return lambda cell: identity(cell.value) in members


def _test(values: Values, budget: Budget) -> Callable[[Cell], bool]:
    return lambda cell: _holds(values, cell, budget)


def _holds(values: Values, cell: Cell, budget: Budget) -> bool:
    wanted = values.get("value")
    try:
        return compare(values["operator"], cell.value, wanted, pin="value", budget=budget)
    except InvalidInput:
        raise
    except NodeError as error:
        place = f"column '{values['column']}', row {cell.row}"
        raise NodeError(error.code, f"{error.message} ({place})") from None


def _sort(values: Values, _: Context) -> Values:
    """Sorted by the last column first: each sort keeps the order among equals."""
    rows, by = values["rows"], columns_of(values["by"])
    check_cells(rows, len(by))
    order = list(range(len(rows)))
    for column in reversed(by):
        found = cells(rows, column)
        keys = [cell.value for cell in found]
        if all(equals(keys[0], key) for key in keys):
            # Nothing is to be ordered, so that it needs no order.
            continue
        check_cell_order(column, found)
        order.sort(key=keys.__getitem__, reverse=values["descending"])
    return {"rows": [rows[place] for place in order]}


_STATIONS = [
    {"city": "Seattle", "rain": 10.9},
    {"city": "Rome", "rain": 0.8},
    {"city": "Oslo", "rain": 20.3},
]

BLOCKS = (
    Block(
        name="table_filter",
        title="Filter a table",
        description="Takes the rows of a table whose value in a column fulfils a condition. A "
        "row without the column fails the node. A regular expression has 2 seconds for all rows "
        "together, and 10 microseconds more for each.",
        category="tables",
        inputs={
            "rows": ROWS,
            "column": {
                "type": ["string", "integer"],
                "description": "The column to look at: its name, or its number from 0 for arrays.",
                "minimum": 0,
            },
            "operator": text(OPERATOR_TEXT, enum=list(OPERATORS)),
            "value": anything("What the column is compared with; needed by all but empty."),
        },
        required=("rows", "column", "operator"),
        outputs={
            "rows": array("The rows taken, in their order.", ROWS["items"]),
            "count": integer("How many were taken."),
            "rest": array("The rows not taken, in their order.", ROWS["items"]),
        },
        run=_filter,
        example=Example(
            inputs={"rows": _STATIONS, "column": "rain", "operator": ">=", "value": 10.9},
            outputs={"rows": [_STATIONS[0], _STATIONS[2]], "count": 2, "rest": [_STATIONS[1]]},
        ),
    ),
    Block(
        name="table_sort",
        title="Sort a table",
        description="Orders the rows of a table by one column or several, the first weighing "
        "most; rows that are equal in them keep their order. A column holds numbers or texts, or "
        "one value alone.",
        category="tables",
        inputs={
            "rows": ROWS,
            "by": columns_schema("The column to sort by, or several in an array."),
            "descending": boolean("Whether the greatest comes first.", default=False),
        },
        required=("rows", "by"),
        outputs={"rows": array("The rows in order.", ROWS["items"])},
        run=_sort,
        example=Example(
            inputs={"rows": _STATIONS, "by": "rain", "descending": True},
            outputs={"rows": [_STATIONS[2], _STATIONS[0], _STATIONS[1]]},
        ),
    ),
)
