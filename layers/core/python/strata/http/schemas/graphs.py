"""Bodies of `functions/graphs`."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from strata.http.schemas.parts import UNCHANGED, Body, Json, NextCursor, Revision, Time
from strata.model.graph import Graph as Content
from strata.model.graph import Link, Node, Options, Problem
from strata.model.names import Name

OrderBy = Literal["created_at", "updated_at", "name"]


class NewGraph(Content):
    draft: Annotated[
        StrictBool, Field(description="A draft may have problems; it is kept and never run.")
    ] = False


class GraphChanges(Body):
    """Only the fields that are there change."""

    name: Annotated[Name, UNCHANGED] = ""
    description: Annotated[str, Field(max_length=4000), UNCHANGED] = ""
    active_version: Annotated[int, Field(ge=1, le=999_999), UNCHANGED] = 1


class _Head(TypedDict):
    id: str
    name: str
    description: str
    active_version: int | None
    latest_version: int
    node_count: int
    created_at: Time
    updated_at: Time


class Graph(_Head):
    revision: Revision
    version: Annotated[int, Field(description="The version that `nodes` and `links` are of.")]
    draft: bool
    nodes: list[Node]
    links: list[Link]
    options: Options
    input_schema: Annotated[Json, Field(description="JSON Schema of an execution's inputs.")]
    output_schema: Annotated[Json, Field(description="JSON Schema of an execution's outputs.")]


class GraphStats(TypedDict):
    execution_count: int
    last_execution_at: Time | None
    success_rate: Annotated[float | None, Field(ge=0, le=1, description="Of those that ended.")]


class GraphSummary(_Head):
    stats: GraphStats


class GraphPage(TypedDict):
    items: list[GraphSummary]
    next_cursor: NextCursor


class GraphVersion(TypedDict):
    version: int
    created_at: Time
    draft: bool
    active: bool


class GraphVersionPage(TypedDict):
    items: list[GraphVersion]
    next_cursor: NextCursor


class NodeDifference(TypedDict):
    added: list[str]
    removed: list[str]
    changed: Annotated[
        list[Json],
        Field(description='{"id"} and each field that differs as {"from", "to"}; inputs by pin.'),
    ]


class LinkDifference(TypedDict):
    added: list[Link]
    removed: list[Link]


class GraphDifference(TypedDict):
    nodes: NodeDifference
    links: LinkDifference


class GraphCheck(TypedDict):
    valid: bool
    problems: list[Problem]


def check_of(problems: list[Problem]) -> dict[str, Any]:
    return {"valid": not problems, "problems": [problem.model_dump() for problem in problems]}
