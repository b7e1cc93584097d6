"""The codes of faults in a request: ours, whatever the validator calls them and whichever it is."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class FaultCode(NamedTuple):
    """`kinds` are pydantic's names of what it found."""

    sentence: str
    kinds: tuple[str, ...]


OTHER = "invalid_value"

FAULT_CODES: Mapping[str, FaultCode] = {
    "missing_field": FaultCode("This field is required.", ("missing", "union_tag_not_found")),
    "unknown_field": FaultCode("There is no such field.", ("extra_forbidden",)),
    "wrong_type": FaultCode(
        "The value must be of another JSON type; from a text, one that can be read as it.",
        (
            *("model_type", "model_attributes_type", "dict_type", "list_type", "none_required"),
            *("string_type", "int_type", "float_type", "bool_type"),
            *("int_parsing", "int_from_float", "float_parsing", "bool_parsing"),
        ),
    ),
    "wrong_length": FaultCode(
        "A text, a list or an object is too short or too long.",
        ("string_too_short", "string_too_long", "too_short", "too_long"),
    ),
    "wrong_form": FaultCode(
        "A text does not have the form that it must have.",
        (
            *("string_pattern_mismatch", "datetime_parsing", "datetime_from_date_parsing"),
            "value_error",
        ),
    ),
    "out_of_range": FaultCode(
        "A number is too small or too large.",
        (
            *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
            *("int_parsing_size", "finite_number"),
        ),
    ),
    "not_allowed_value": FaultCode(
        "The value is none of those allowed.", ("literal_error", "enum", "union_tag_invalid")
    ),
    OTHER: FaultCode("The value does not fit.", ()),
}

_CODES = {kind: code for code, found in FAULT_CODES.items() for kind in found.kinds}


def code_of(kind: str) -> str:
    """Our code for pydantic's kind of fault."""
    return _CODES.get(kind, OTHER)


def sentences() -> Iterable[tuple[str, str]]:
    """Each code with what it means, for the reference."""
    return ((code, found.sentence) for code, found in FAULT_CODES.items())
