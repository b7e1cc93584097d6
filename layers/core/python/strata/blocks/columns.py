"""Cells of a table: its rows are objects by column name, or arrays by column number from 0."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from strata.blocks.comparison import NotComparable, check_order
from strata.blocks.schema import array
from strata.model.block import Schema
from strata.model.errors import NodeError
from strata.model.values import type_of

MAX_CELLS = 5_000_000
Column = str | int

ROWS = array(
    "The rows of the table: objects by column name, or arrays.", {"type": ["object", "array"]}
)


def columns_schema(description: str) -> Schema:
    """Of a pin that names one column, or several in an array."""
    one = {"type": ["string", "integer"], "minimum": 0}
    several = {"type": "array", "items": one, "minItems": 1}
    return {
        "anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}, several],
        "description": description,
    }


def columns_of(by: Any) -> list[Column]:
    """The columns that such a pin names, each once."""
    named = by if isinstance(by, list) else [by]
    return list(dict.fromkeys(one if isinstance(one, str) else int(one) for one in named))


class Cell(NamedTuple):
    """A value and the number of its row, from 1."""

    row: int
    value: Any


def check_cells(rows: Sequence[Any], columns: int) -> None:
    """Raises NodeError `too_large` before so many columns of the rows are taken."""
    if len(rows) * columns > MAX_CELLS:
        raise NodeError("too_large", f"The columns have more than {MAX_CELLS:,} cells")


def cells(rows: Sequence[Any], column: Column) -> list[Cell]:
    """The column's cell of each row; raises NodeError `missing_column` naming column and row."""
    return [Cell(number, _value(row, column, number)) for number, row in enumerate(rows, 1)]


def _value(row: Any, column: Column, number: int) -> Any:
    if isinstance(row, dict) and isinstance(column, str) and column in row:
        return row[column]
    if isinstance(row, list) and not isinstance(column, str) and column < len(row):
        return row[int(column)]
    raise NodeError("missing_column", f"Row {number} has no column '{column}'")


def check_cell_order(column: Column, found: Sequence[Cell]) -> None:
    """Raises NotComparable, naming column and row, unless all the values have an order."""
    for cell in found:
        try:
            check_order(found[0].value, cell.value)
        except NotComparable as error:
            place = f"column '{column}', rows {found[0].row} and {cell.row}"
            raise NotComparable(f"{error.message} ({place})") from None


def check_numbers(column: Column, found: Sequence[Cell]) -> None:
    """Raises NotComparable, naming column and row, unless all the values are numbers."""
    for cell in found:
        kind = type_of(cell.value)
        if kind != "number":
            place = f"column '{column}', row {cell.row}"
            raise NotComparable(f"There is a value of the type {kind}, no number ({place})")
