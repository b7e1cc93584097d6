"""Payload templates: `Parameters`, `ItemSelector`, `ResultSelector`."""

from typing import Any

from strata.local.intrinsics import INTRINSIC, gives_text, parse_intrinsic
from strata.local.paths import Context, PathRefused, Resolve, parse_reference


def parse_template(template: Any) -> Resolve:
    """The values of fields whose names end in `.$` come from paths or intrinsic functions.

    Raises PathRefused."""
    if isinstance(template, dict):
        return _object_template(template)
    if isinstance(template, list):
        parts = [parse_template(part) for part in template]
        return lambda data, context: [part(data, context) for part in parts]
    return lambda _data, _context: template


def _object_template(template: dict[str, Any]) -> Resolve:
    constants: dict[str, Any] = {}
    fields: list[tuple[str, Resolve]] = []
    for name, value in template.items():
        if f"{name}.$" in template:
            raise PathRefused(f"You cannot specify both {name} and {name}.$")
        if name.endswith(".$"):
            fields.append((name[:-2], parse_expression(name, value)))
        elif isinstance(value, (dict, list)):
            fields.append((name, parse_template(value)))
        else:
            constants[name] = value

    def resolve(data: Any, context: Context) -> Any:
        return constants | {name: field(data, context) for name, field in fields}

    return resolve


def parse_text_expression(name: str, value: Any) -> Resolve:
    """The same where a text is asked for: not all functions give one. Raises PathRefused."""
    if isinstance(value, str) and value.startswith(INTRINSIC) and not gives_text(value):
        raise PathRefused(f"The value for the field '{name}' must be a path or give a string")
    return parse_expression(name, value)


def parse_expression(name: str, value: Any) -> Resolve:
    """The value of the field of that name: a path or a call. Raises PathRefused."""
    try:
        if isinstance(value, str) and value.startswith(INTRINSIC):
            return parse_intrinsic(value)
        return parse_reference(value).resolve
    except PathRefused as error:
        raise PathRefused(
            f"The value for the field '{name}' must be a valid JSONPath"
            f" or a valid intrinsic function call ({error})"
        ) from None
