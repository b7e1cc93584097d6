"""Moments as the Amazon States Language writes them: RFC 3339 with `T`, and `Z` or an offset."""

import re
from datetime import datetime

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def parse_timestamp(text: object) -> datetime:
    """Raises ValueError."""
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"not a valid ISO-8601 extended offset date-time format string: {text}")
    return datetime.fromisoformat(text)
