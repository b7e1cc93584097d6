"""Names that users give to things: lists show them, also to others, in terminals and pages."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

# Control characters, and what ends a line or turns the direction of the text around it. Joiners may
# stay: scripts and emoji are written with them.
_HIDDEN = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_PATTERN = f"^[^{_HIDDEN}]*$"
_FOUND = re.compile(f"[{_HIDDEN}]")


def _without_hidden(given: Any) -> Any:
    """Before the pattern, which would be no sentence for people."""
    if isinstance(given, str) and _FOUND.search(given):
        raise ValueError("A name has no control characters, line breaks or changes of direction.")
    return given


NameOrNone = Annotated[
    str, Field(max_length=200, pattern=_PATTERN), BeforeValidator(_without_hidden)
]
Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=_PATTERN), BeforeValidator(_without_hidden)
]
