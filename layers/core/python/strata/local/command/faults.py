"""Faults as the API tells them, in the words of the graph's author."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from strata.http.problems import refusal
from strata.local.command.refusals import problem_line

Json = dict[str, Any]


def fault_lines(faults: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> list[str]:
    """One line for each of `{"pointer", "code", "message"}` in a request whose body was that
    document; a pointer to the third node becomes that node's id."""
    return [
        problem_line(fault["code"], fault["message"], _place(fault["pointer"], document), None)
        for fault in faults
    ]


def validation_lines(errors: Iterable[Mapping[str, Any]], document: Mapping[str, Any]) -> list[str]:
    """The same for what pydantic found in the document."""
    found = [
        asdict(fault)
        for error in errors
        for fault in refusal([{**error, "loc": ("body", *error["loc"])}], document).errors
    ]
    return fault_lines(found, document)


def _place(pointer: str, document: Mapping[str, Any]) -> str:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if parts[:1] == ["nodes"] and len(parts) > 1:
        named = _node(parts[1], document)
        within = parts[3:] if parts[2:3] == ["inputs"] else parts[2:]
        parts = [named, *within] if named else parts
    return ".".join(parts)


def _node(position: str, document: Mapping[str, Any]) -> str | None:
    """The id of the node at that position of the document, if it has one that can be shown."""
    try:
        node_id = document["nodes"][int(position)]["id"]
    except (LookupError, TypeError, ValueError):
        return None
    return node_id if isinstance(node_id, str) else None
