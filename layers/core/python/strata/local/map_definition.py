"""A Map, read from a definition."""

import re
from collections.abc import Callable
from typing import Any

from strata.local.amounts import parse_amount, parse_percentage
from strata.local.paths import Reference, parse_reference
from strata.local.refusals import Json, check_fields, refuse
from strata.local.state_fields import failing_of
from strata.local.states import (
    ALL_AT_ONCE,
    EXPRESS_SECONDS,
    STANDARD_SECONDS,
    Distribution,
    Machine,
    Map,
    Region,
)

ReadBody = Callable[[Json, str, bool], Region]
"""From the document, its place, and whether it runs as an Express machine."""

MAX_LABEL_LENGTH = 40
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]+")
_PROCESSOR_FIELDS = {"Comment", "ProcessorConfig", "StartAt", "States"}
_CONFIG_FIELDS = {"Mode", "ExecutionType"}
_TOLERANCES = ("ToleratedFailureCount", "ToleratedFailurePercentage")
DISTRIBUTED_FIELDS = {"Label", *_TOLERANCES, *(f"{field}Path" for field in _TOLERANCES)}
_ALIASES = {"ItemProcessor": "Iterator", "ItemSelector": "Parameters"}
"""Fields, and the names that they had before."""


def parse_map(name: str, state: Json, place: str, read: ReadBody, *, express: bool) -> Map:
    """`express` tells of the machine that the Map lies in.

    Raises InvalidDefinition, PathRefused."""
    processor = _named(state, "ItemProcessor", place)
    selector = _named(state, "ItemSelector", place)
    document: Json = state.get(processor, {})
    place_of_body = f"{place}/{processor}"
    check_fields(document, _PROCESSOR_FIELDS, place_of_body)
    config = _config(document, place_of_body)
    distributed = config.get("Mode", "INLINE") == "DISTRIBUTED"
    _check_mode(state, config, place, distributed=distributed, express=express)
    body = read(document, place_of_body, express or config.get("ExecutionType") == "EXPRESS")
    return Map(
        *failing_of(name, state, place, selector),
        _items(state),
        None if distributed else body,
        parse_amount(state, "MaxConcurrency", place) or ALL_AT_ONCE,
        _distribution(name, state, config, body, place) if distributed else None,
    )


def _named(state: Json, field: str, place: str) -> str:
    """Under which of its two names the field is given."""
    before = _ALIASES[field]
    if field in state and before in state:
        raise refuse(f"You cannot specify both {field} and {before}", place)
    return before if before in state else field


def _config(document: Json, place: str) -> Json:
    config = document.get("ProcessorConfig", {})
    place = f"{place}/ProcessorConfig"
    check_fields(config, _CONFIG_FIELDS, place)
    _check_one_of(config, "Mode", ("INLINE", "DISTRIBUTED"), place)
    _check_one_of(config, "ExecutionType", ("STANDARD", "EXPRESS"), place)
    return dict(config)


def _check_one_of(config: Json, field: str, values: tuple[str, ...], place: str) -> None:
    if field in config and config[field] not in values:
        raise refuse(f"Value must be one of {', '.join(values)}", f"{place}/{field}")


def _check_mode(state: Json, config: Json, place: str, *, distributed: bool, express: bool) -> None:
    if distributed and express:
        raise refuse("Express state machine does not support Map state in DISTRIBUTED mode", place)
    if distributed and "ExecutionType" not in config:
        raise refuse("ExecutionType is required in DISTRIBUTED mode", place)
    if not distributed and "ExecutionType" in config:
        raise refuse("ExecutionType is not supported in INLINE mode", place)
    for field in state.keys() & DISTRIBUTED_FIELDS:
        if not distributed:
            raise refuse(f"Field '{field}' is not supported in INLINE mode", f"{place}/{field}")


def _items(state: Json) -> Reference | None:
    return parse_reference(state["ItemsPath"]) if "ItemsPath" in state else None


def _distribution(name: str, state: Json, config: Json, body: Region, place: str) -> Distribution:
    express = config["ExecutionType"] == "EXPRESS"
    seconds = EXPRESS_SECONDS if express else STANDARD_SECONDS
    return Distribution(
        Machine(body.start_at, body.states, seconds, express),
        _label(state.get("Label", name), "Label" in state, f"{place}/Label"),
        parse_amount(state, "ToleratedFailureCount", place),
        parse_percentage(state, "ToleratedFailurePercentage", place),
    )


def _label(label: Any, is_given: bool, place: str) -> str:
    is_label = isinstance(label, str) and _LABEL.fullmatch(label) is not None
    if is_given and (not is_label or len(label) > MAX_LABEL_LENGTH):
        characters = f"1 to {MAX_LABEL_LENGTH} characters, without spaces and signs"
        raise refuse(f"Value must be a string of {characters}", place)
    return str(label)
