"""How a value is written into a text, and how one is found by its dotted name."""

import json
from typing import Any

MISSING = object()
"""What `look_up` gives where there is no such value; null is one."""


def written(value: Any) -> str:
    """Text as it is, null as nothing, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def look_up(value: Any, names: list[str]) -> Any:
    """Goes down by the names of objects and the positions of arrays; `MISSING` if it ends."""
    for name in names:
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isascii() and name.isdigit():
            value = value[int(name)] if len(name) < 10 and int(name) < len(value) else MISSING
        else:
            return MISSING
    return value
