"""From whatever is given to the JSON that it is, with what JSON itself forbids."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any, NamedTuple

from strata.compiler.validate.problems import MACHINE, Place, Problem, told

MOST_BYTES = 1_048_576
"""CreateStateMachine takes no larger definition."""
MOST_DIGITS = 400
"""A longer integer is beyond every bound anyway, and takes its time to be read."""


class Reading(NamedTuple):
    document: Any
    """None where there is nothing to read."""
    problems: list[Problem]


def read(definition: object) -> Reading:
    """The document of a definition: JSON text, or the mapping that it would be. Never raises."""
    try:
        text = definition if isinstance(definition, str) else _written(definition)
        reader = _Reader()
        document = reader.parse(text)
    except RecursionError:
        return Reading(None, [MACHINE.problem("too_deep", "is nested too deep to be read")])
    except (TypeError, ValueError, OverflowError) as error:
        return Reading(None, [MACHINE.problem("invalid_json", f"is no JSON: {_reason(error)}")])
    return Reading(document, [*_size(text), *reader.problems(document)])


def _written(definition: object) -> str:
    return json.dumps(definition, ensure_ascii=False, separators=(",", ":"), default=_as_dict)


def _as_dict(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} has no form in it")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    return str(error)


def _size(text: str) -> Iterator[Problem]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        message = f"has {size:,} bytes, and {MOST_BYTES:,} are the most"
        yield MACHINE.problem("definition_too_large", message)


class _Repeating(dict[str, Any]):
    """An object of which some names stand twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        count = Counter(name for name, _ in pairs)
        self.repeated = [name for name, times in count.items() if times > 1]


class _Reader:
    """Notes while parsing whether there is anything to look for: as a rule there is not."""

    def __init__(self) -> None:
        self._is_odd = False

    def parse(self, text: str) -> Any:
        return json.loads(
            text,
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_int=_integer,
        )

    def problems(self, document: Any) -> Iterator[Problem]:
        return _oddities(document) if self._is_odd else iter(())

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self._is_odd = True
        return _Repeating(pairs)

    def _constant(self, _: str) -> float:
        self._is_odd = True
        return float("nan")


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= MOST_DIGITS else float(text)


def _oddities(document: Any) -> Iterator[Problem]:
    for value, place, holds_states in _values(document):
        if isinstance(value, float) and isnan(value):
            yield place.problem("not_a_number", "is NaN or Infinity, which JSON lacks")
        for name in value.repeated if isinstance(value, _Repeating) else ():
            if holds_states:
                yield Place(name).problem("duplicate_state_name", "is there twice in one object")
            else:
                yield place.problem("duplicate_key", f"has the field {told(name)} twice")


def _values(document: Any) -> Iterator[tuple[Any, Place, bool]]:
    """Every value, where it stands, and whether it is an object of states."""
    waiting: list[tuple[Any, Place, str]] = [(document, MACHINE, "scope")]
    while waiting:
        value, place, role = waiting.pop()
        yield value, place, role == "states"
        if isinstance(value, dict):
            parts = [(part, *_within(name, place, role)) for name, part in value.items()]
        elif isinstance(value, list):
            inner = "scope" if role == "scopes" else "data"
            parts = [(part, place.at(number), inner) for number, part in enumerate(value)]
        else:
            continue
        waiting.extend(reversed(parts))


_ROLES = {
    ("scope", "States"): "states",
    ("state", "Branches"): "scopes",
    ("state", "ItemProcessor"): "scope",
    ("state", "Iterator"): "scope",
}


def _within(name: str, place: Place, role: str) -> tuple[Place, str]:
    if role == "states":
        return Place(name), "state"
    return place.at(name), _ROLES.get((role, name), "data")
