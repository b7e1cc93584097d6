"""The plan of a graph, as `functions/graphs` answers it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Json


class Level(TypedDict):
    level: int
    nodes: list[str]


class Limit(TypedDict):
    limit: str
    value: int
    most: int


class GraphPlan(TypedDict):
    graph_id: str
    version: int
    levels: list[Level]
    definition: Annotated[Json, Field(description="The state machine in ASL.")]
    parts: Annotated[
        list[Json],
        Field(description="Machines that it runs as nested executions, where it is too large."),
    ]
    fused: Annotated[list[list[str]], Field(description="Light nodes that share a Task.")]
    definition_bytes: int
    transitions: Annotated[int, Field(description="Of one execution in which nothing fails.")]
    history_events: Annotated[int, Field(description="Of one execution in which nothing fails.")]
    dollars_per_1000_executions: Annotated[
        float, Field(description="US dollars for the state transitions.")
    ]
    longest_path: Annotated[
        list[str], Field(description="A chain of nodes as long as the graph has levels.")
    ]
    longest_run_seconds: Annotated[int, Field(description="When every retry is used up.")]
    near_limits: Annotated[list[Limit], Field(description="Limits used to 80 percent or more.")]
