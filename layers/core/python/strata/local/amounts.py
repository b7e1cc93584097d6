"""Numbers that a definition gives as they are, or by a path to where they will be."""

from typing import Any, NamedTuple

from strata.local.failures import StateFailed, to_text
from strata.local.paths import Context, Reference, parse_reference
from strata.local.refusals import MAX_WHOLE, Json, check_whole, refuse


class Amount(NamedTuple):
    """A number from `least` to `most`, whole unless `may_be_part`."""

    constant: float = 0
    path: Reference | None = None
    field: str = ""
    least: int = 0
    most: int = MAX_WHOLE
    may_be_part: bool = False

    def resolve(self, data: Any, context: Context) -> float:
        """Raises StateFailed with States.Runtime for what is no such number."""
        if self.path is None:
            return self.constant
        value = self.path.resolve(data, context)
        kind = "number" if self.may_be_part else "integer"
        if not _is_number(value, self.may_be_part):
            raise StateFailed(
                "States.Runtime",
                f'The {self.field}Path field refers to value "{to_text(value)}"'
                f" which is not a valid {kind}: {self.path.text}",
            )
        if not self.least <= value <= self.most:
            raise StateFailed(
                "States.Runtime",
                f"{self.field} must be between {self.least} and {self.most}: {to_text(value)}",
            )
        return float(value) if self.may_be_part else int(value)


def _is_number(value: Any, may_be_part: bool) -> bool:
    return type(value) is int or (may_be_part and type(value) is float)


def parse_amount(
    document: Json, field: str, place: str, least: int = 0, most: int = MAX_WHOLE
) -> Amount | None:
    """The field, or the one of its name with `Path`; None where there is neither.

    Raises InvalidDefinition, PathRefused."""
    path = _path(document, field, place)
    if path is not None:
        return Amount(0, path, field, least, most)
    value = check_whole(document, field, None, place, least, most)
    return None if value is None else Amount(value)


def parse_percentage(document: Json, field: str, place: str) -> Amount | None:
    """The same for a number from 0 to 100, which need not be whole."""
    path = _path(document, field, place)
    if path is not None:
        return Amount(0, path, field, 0, 100, may_be_part=True)
    if field not in document:
        return None
    value: Any = document[field]
    if not _is_number(value, True) or not 0 <= value <= 100:
        raise refuse("Value must be a number from 0 to 100", f"{place}/{field}")
    return Amount(value)


def _path(document: Json, field: str, place: str) -> Reference | None:
    path = f"{field}Path"
    if field in document and path in document:
        raise refuse(f"You cannot specify both {field} and {path}", place)
    return parse_reference(document[path]) if path in document else None
