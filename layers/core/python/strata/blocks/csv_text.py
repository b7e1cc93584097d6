"""The block that reads CSV: RFC 4180 with any delimiter, and a header or none."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from strata.blocks.columns import MAX_CELLS
from strata.blocks.schema import array, boolean, integer, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_BYTES, MAX_DIGITS

_BYTE_ORDER_MARK = "\ufeff"
_NUMBER = re.compile(r"[ \t]*(-?(?:0|[1-9]\d*))((?:\.\d+)?(?:[eE][+-]?\d+)?)[ \t]*", re.ASCII)

Row = list[Any]


def _parse(values: Values, _: Context) -> Values:
    """A header's row counts among the lines, not among the rows."""
    table = _read(values["text"].removeprefix(_BYTE_ORDER_MARK), values["delimiter"])
    header = table.pop(0) if values["header"] and table else None
    if header is not None:
        _check_header(header)
        _check_widths(table, len(header))
    if values["numbers"]:
        _convert(table)
    rows = table if header is None else [dict(zip(header, row, strict=True)) for row in table]
    return {"rows": rows, "count": len(rows)}


def _read(document: str, delimiter: str) -> list[Row]:
    """All rows that are not blank lines."""
    # The library's own limit on a cell is 128 KiB, and belongs to the process.
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(StringIO(document, newline=""), delimiter=delimiter, strict=True)
    found, cells = [], 0
    try:
        for row in reader:
            cells += len(row)
            if cells > MAX_CELLS:
                raise NodeError("too_large", f"The text has more than {MAX_CELLS:,} cells")
            if row:
                found.append(row)
    except csv.Error:
        place = f"line {reader.line_num}"
        raise InvalidInput(
            "text", f"is not CSV: a quotation mark is out of place ({place})"
        ) from None
    return found


def _check_header(header: Row) -> None:
    first: dict[str, int] = {}
    for place, name in enumerate(header, 1):
        if first.setdefault(name, place) != place:
            raise InvalidInput("text", f"has one name for the columns {first[name]} and {place}")


def _check_widths(table: Sequence[Row], width: int) -> None:
    for number, row in enumerate(table, 1):
        if len(row) != width:
            counts = f"{len(row)} cells under a header of {width}"
            raise InvalidInput("text", f"has {counts} in row {number}")


def _convert(table: list[Row]) -> None:
    """Turns the cells of each column that is all numbers; texts like 007 are no numbers."""
    for place in range(max(map(len, table), default=0)):
        wide_enough = [row for row in table if place < len(row)]
        numbers = _numbers(row[place] for row in wide_enough)
        for row, number in zip(wide_enough, numbers, strict=False):
            row[place] = number


def _numbers(column: Iterable[str]) -> list[int | float]:
    """The column as numbers, or nothing if one of its cells is none."""
    found = []
    for cell in column:
        number = _number(cell)
        if number is None:
            return []
        found.append(number)
    return found


def _number(cell: str) -> int | float | None:
    """The number that JSON would read; None for text, and for what no number can keep."""
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None
    whole, rest = match.groups()
    if rest:
        number = float(whole + rest)
        return number if abs(number) != float("inf") else None
    return int(whole) if len(whole.lstrip("-")) <= MAX_DIGITS else None


BLOCKS = (
    Block(
        name="csv_parse",
        title="Parse CSV",
        description="The rows of a CSV text: objects by the names in the header, or arrays "
        "without one. Quoted cells, any line end and a byte order mark are read, blank lines are "
        "skipped; a row that is shorter or longer than the header is refused.",
        category="tables",
        inputs={
            "text": text("The CSV text."),
            "delimiter": text(
                "The character between two cells.",
                default=",",
                minLength=1,
                maxLength=1,
                pattern=r'[^"\r\n\x00]',
            ),
            "header": boolean("Whether the first line names the columns.", default=True),
            "numbers": boolean(
                "Whether a column becomes numbers if each of its cells is one; an empty cell "
                "and 007 are none.",
                default=True,
            ),
        },
        required=("text",),
        outputs={
            "rows": array("The rows, in their order.", {"type": ["object", "array"]}),
            "count": integer("How many rows there are."),
        },
        run=_parse,
        example=Example(
            inputs={"text": "date,rain,weather\n2012/01/01,0.0,drizzle\n2012/01/02,10.9,rain\n"},
            outputs={
                "rows": [
                    {"date": "2012/01/01", "rain": 0.0, "weather": "drizzle"},
                    {"date": "2012/01/02", "rain": 10.9, "weather": "rain"},
                ],
                "count": 2,
            },
        ),
    ),
)
