"""All definitions of the corpus."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from tests.unit.compiler.definitions import (
    right,
    right_jsonata,
    wrong_choices_and_maps,
    wrong_jsonata,
    wrong_payloads,
    wrong_structure,
    wrong_tasks,
)
from tests.unit.compiler.definitions.building import Json, Right, Wrong

Way = tuple[Any, ...]

RIGHT: list[Right] = [*right.CASES, *right_jsonata.CASES]
WRONG: list[Wrong] = [
    *wrong_structure.CASES,
    *wrong_tasks.CASES,
    *wrong_payloads.CASES,
    *wrong_jsonata.CASES,
    *wrong_choices_and_maps.CASES,
]


def places(value: Any, opaque: Collection[str] = (), path: Way = ()) -> list[Way]:
    """The ways to all values within this one; not into fields of those names."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    found: list[Way] = []
    for key, part in parts:
        inner = [] if key in opaque else places(part, opaque, (*path, key))
        found += [(*path, key), *inner]
    return found


def text_of(definition: Json | str) -> str:
    return definition if isinstance(definition, str) else json.dumps(definition)


def known_actions(service: str) -> set[str]:
    """As many as the corpus calls: those of botocore are tested where they are read."""
    return {"s3": {"listBuckets"}, "glue": {"startJobRun"}, "sfn": {"startExecution"}}.get(
        service, set()
    )
