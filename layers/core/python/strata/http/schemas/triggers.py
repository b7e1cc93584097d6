"""Bodies of `functions/triggers`."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import UNCHANGED, Body, NextCursor, Revision, Time
from strata.model.names import NameOrNone


class NewTrigger(Body):
    kind: Literal["queue"]
    name: NameOrNone = ""
    enabled: bool = True


class TriggerChanges(Body):
    """Only the fields that are there change."""

    name: Annotated[NameOrNone, UNCHANGED] = ""
    enabled: Annotated[bool, UNCHANGED] = True


class Trigger(TypedDict):
    id: str
    graph_id: str
    kind: Literal["queue"]
    name: str
    enabled: bool
    created_at: Time
    updated_at: Time
    revision: Revision


class CreatedTrigger(Trigger):
    token: Annotated[str, Field(description="Goes into every message; shown this once.")]


class TriggerPage(TypedDict):
    items: list[Trigger]
    next_cursor: NextCursor
