"""The block that groups the rows of a table."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isinf
from typing import Any

from strata.blocks.columns import (
    ROWS,
    Cell,
    Column,
    cells,
    check_cell_order,
    check_cells,
    check_numbers,
    columns_of,
    columns_schema,
)
from strata.blocks.comparison import identity
from strata.blocks.schema import array, mapping
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_INTEGER

Group = list[int]
"""The places of its rows in the table."""

DIGITS = 60
"""Of a sum on its way; a double has 17 of them, an integer 38."""


def _group(values: Values, _: Context) -> Values:
    rows, by = values["rows"], columns_of(values["by"])
    wanted: Mapping[str, Any] = values["aggregates"]
    _check_names(by, wanted)
    check_cells(rows, len(by) + len(wanted))
    labels = {str(column): cells(rows, column) for column in by}
    groups = _groups(labels, len(rows))
    found = {name: cells(rows, one["column"]) for name, one in wanted.items() if "column" in one}
    return {
        "rows": [
            {name: column[group[0]].value for name, column in labels.items()}
            | {name: _aggregate(one, group, found.get(name)) for name, one in wanted.items()}
            for group in groups
        ]
    }


def _check_names(by: Sequence[Column], wanted: Mapping[str, Any]) -> None:
    if set(map(str, by)) & wanted.keys():
        raise InvalidInput("aggregates", "must not name a column that the table is grouped by")
    for one in wanted.values():
        if "column" not in one and one["function"] != "count":
            raise InvalidInput(
                "aggregates", f"must have a column for the function {one['function']}"
            )


def _groups(labels: Mapping[str, list[Cell]], count: int) -> list[Group]:
    """The groups in the order of their first rows."""
    found: dict[Hashable, Group] = {}
    for place in range(count):
        key = tuple(identity(column[place].value) for column in labels.values())
        found.setdefault(key, []).append(place)
    return list(found.values())


def _aggregate(wanted: Mapping[str, Any], group: Group, column: list[Cell] | None) -> Any:
    """One value of a group; only a count does without a column."""
    if column is None:
        return len(group)
    return _FUNCTIONS[wanted["function"]](wanted["column"], [column[place] for place in group])


def _sum(column: Column, found: Sequence[Cell]) -> int | float:
    """Exact for integers, and for what is written in decimals."""
    check_numbers(column, found)
    values = [cell.value for cell in found]
    if all(type(value) is int for value in values):
        return _bounded(column, sum(values))
    return _double(column, values, 1)


def _mean(column: Column, found: Sequence[Cell]) -> float:
    check_numbers(column, found)
    values = [cell.value for cell in found]
    if all(type(value) is int for value in values):
        return float(Fraction(sum(values), len(values)))
    return _double(column, values, len(values))


def _double(column: Column, values: Sequence[int | float], count: int) -> float:
    """As one would add by hand: a double stands for the decimal number that it is written as, so
    that 0.1 and 0.2 are 0.3."""
    with localcontext(prec=DIGITS):
        found = float(sum(Decimal(repr(value)) for value in values) / count)
    if isinf(found):
        raise NodeError("out_of_range", f"The sum of column '{column}' is too large")
    return found


def _bounded(column: Column, value: int) -> int:
    if abs(value) > MAX_INTEGER:
        raise NodeError("out_of_range", f"The sum of column '{column}' is too large")
    return value


def _least(column: Column, found: Sequence[Cell]) -> Any:
    check_cell_order(column, found)
    return min(cell.value for cell in found)


def _greatest(column: Column, found: Sequence[Cell]) -> Any:
    check_cell_order(column, found)
    return max(cell.value for cell in found)


_FUNCTIONS: Mapping[str, Callable[[Column, Sequence[Cell]], Any]] = {
    "sum": _sum,
    "mean": _mean,
    "min": _least,
    "max": _greatest,
    "count": lambda _, found: len(found),
    "first": lambda _, found: found[0].value,
    "last": lambda _, found: found[-1].value,
}

_AGGREGATE = {
    "type": "object",
    "properties": {
        "column": {"type": ["string", "integer"], "minimum": 0},
        "function": {"enum": list(_FUNCTIONS)},
    },
    "required": ["function"],
    "additionalProperties": False,
}

BLOCKS = (
    Block(
        name="table_group",
        title="Group a table",
        description="One row for each different value of a column, or of several, in the order "
        "in which they first appear, with what the rows of the group come to: sum, mean (of "
        "numbers), min, max (of numbers or texts), count, first, last.",
        category="tables",
        inputs={
            "rows": ROWS,
            "by": columns_schema("The column to group by, or several in an array."),
            "aggregates": mapping(
                'What to compute, by the name of the new column: {"rain": {"column": '
                '"precipitation", "function": "sum"}}; count needs no column.',
                additionalProperties=_AGGREGATE,
            ),
        },
        required=("rows", "by", "aggregates"),
        outputs={"rows": array("One row for each group.", {"type": "object"})},
        run=_group,
        example=Example(
            inputs={
                "rows": [
                    {"month": "2014/01", "precipitation": 10.5},
                    {"month": "2014/02", "precipitation": 0.8},
                    {"month": "2014/01", "precipitation": 20.25},
                ],
                "by": "month",
                "aggregates": {
                    "rain": {"column": "precipitation", "function": "sum"},
                    "days": {"function": "count"},
                },
            },
            outputs={
                "rows": [
                    {"month": "2014/01", "rain": 30.75, "days": 2},
                    {"month": "2014/02", "rain": 0.8, "days": 1},
                ]
            },
        ),
    ),
)
