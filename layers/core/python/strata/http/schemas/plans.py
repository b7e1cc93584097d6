"""The plan of a graph, as `functions/graphs` answers it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Json
from strata.model.graph import Problem


class Level(TypedDict):
    level: int
    nodes: list[str]


class Limit(TypedDict):
    limit: str
    value: int
    most: int
    share: Annotated[float, Field(description="Of the limit; 1 is the limit itself.")]


class PerItem(TypedDict):
    transitions: int
    history_events: int
    dollars_per_1000_items: float


class Fusing(TypedDict):
    enabled: bool
    saves_transitions: Annotated[int, Field(description="Of each execution, if it is enabled.")]
    saves_dollars_per_1000_executions: float


class Express(TypedDict):
    enabled: bool
    possible: bool
    obstacles: list[Problem]
    dollars_per_1000_executions: float
    dollars_per_1000_seconds: Annotated[float, Field(description="Of executions, besides.")]


class GraphPlan(TypedDict):
    graph_id: str
    version: int
    nodes: int
    machines: Annotated[int, Field(description="1, and one for each part of a large graph.")]
    states: int
    levels: list[Level]
    definition: Annotated[Json, Field(description="The state machine in ASL.")]
    parts: Annotated[
        list[Json],
        Field(description="Machines that it runs as nested executions, where it is too large."),
    ]
    fused: Annotated[list[list[str]], Field(description="Light nodes that share a Task.")]
    definition_bytes: int
    transitions: Annotated[int, Field(description="Of one execution in which nothing fails.")]
    history_events: Annotated[
        int,
        Field(
            description="Of one execution in which nothing fails; of several machines, that of the "
            "one which has the most."
        ),
    ]
    dollars_per_1000_executions: Annotated[
        float, Field(description="US dollars for the state transitions.")
    ]
    longest_path: Annotated[
        list[str], Field(description="A chain of nodes as long as the graph has levels.")
    ]
    longest_run_seconds: Annotated[int, Field(description="When every retry is used up.")]
    limits: list[Limit]
    per_item: Annotated[
        dict[str, PerItem],
        Field(description="What each item of a loop costs besides, by the loop's node."),
    ]
    fusing: Annotated[Fusing, Field(description="Light nodes that share Tasks.")]
    express: Annotated[Express, Field(description="The graph as an Express machine.")]
