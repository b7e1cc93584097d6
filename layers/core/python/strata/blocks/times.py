"""The blocks on time."""

import re
from zoneinfo import ZoneInfo

from strata.blocks.schema import number, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput

_DIRECTIVE = re.compile(r"%(-?[aAbBdHIjmMpSUVwWyYGu]|[fzZ%xXcDFTeR])")


def _current_time(values: Values, context: Context) -> Values:
    local = context.now().astimezone(_zone(values["timezone"]))
    if "format" not in values:
        written = local.isoformat(timespec="seconds").replace("+00:00", "Z")
    else:
        _check_format(values["format"])
        written = local.strftime(values["format"])
    return {"text": written, "timestamp": local.timestamp()}


def _zone(name: str) -> ZoneInfo:
    """Names of the IANA database; a name that is a path elsewhere is refused by the library."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise InvalidInput("timezone", "must be a name such as UTC or Europe/Rome") from None


def _check_format(pattern: str) -> None:
    """The C library takes widths of any size and directives that differ between systems."""
    rest = _DIRECTIVE.sub(lambda found: " " * len(found[0]), pattern)
    if "%" in rest:
        raise InvalidInput("format", f"has an unknown directive at position {rest.index('%')}")


BLOCKS = (
    Block(
        name="current_time",
        title="Current time",
        description="The time at which the node runs.",
        category="time",
        inputs={
            "timezone": text("Time zone by its IANA name.", default="UTC", maxLength=64),
            "format": text(
                "How the time is written, in strftime's directives, such as %Y-%m-%d %H:%M; "
                "ISO 8601 if not set.",
                maxLength=200,
            ),
        },
        outputs={
            "text": text("The time as text."),
            "timestamp": number("Seconds since 1970-01-01 UTC."),
        },
        run=_current_time,
        is_light=True,
        example=Example(
            inputs={"timezone": "Asia/Tokyo", "format": "%d.%m.%Y %H:%M"},
            outputs={"text": "21.11.2026 09:30", "timestamp": 1795221000.5},
        ),
    ),
)
