"""Bodies of `functions/executions`."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Body, NextCursor, Time, Values
from strata.model.execution import NodeStatus, Status


class NewExecution(Body):
    inputs: Annotated[
        dict[str, Any], Field(default_factory=dict, description="The graph's inputs by name.")
    ]
    version: Annotated[
        int | None, Field(ge=1, le=999_999, description="By default the active one.")
    ] = None


class ExecutionError(TypedDict):
    code: str
    message: str
    node: str | None


class Execution(TypedDict):
    id: str
    graph_id: str
    graph_version: int
    status: Status
    queue_position: Annotated[
        int | None,
        Field(description="While it waits for others of yours to end: 1 for the next to run."),
    ]
    inputs: Values
    outputs: Values | None
    error: ExecutionError | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
    duration_seconds: float | None
    trigger: Annotated[str, Field(description="`api`, or the id of the trigger.")]
    resumed_from: str | None
    node_counts: Annotated[dict[str, int], Field(description="Nodes by status.")]


class ExecutionPage(TypedDict):
    items: list[Execution]
    next_cursor: NextCursor


class NodeFailure(TypedDict):
    code: str
    message: str
    attempts: int


class AttemptFailure(TypedDict):
    code: str
    message: str


class FailedAttempt(TypedDict):
    started_at: Time | None
    ended_at: Annotated[Time | None, Field(description="Absent where the platform lost it.")]
    error: AttemptFailure


class NodeExecution(TypedDict):
    node: str
    block: str
    level: int
    status: NodeStatus
    attempts: int
    inputs: NotRequired[Values | None]
    outputs: NotRequired[Values | None]
    error: NodeFailure | None
    failed_attempts: Annotated[list[FailedAttempt], Field(description="The oldest first.")]
    started_at: Time | None
    ended_at: Time | None
    possibly_repeated: Annotated[
        bool, Field(description="Nobody can know whether an effect happened twice.")
    ]


class NodeExecutionPage(TypedDict):
    items: list[NodeExecution]
    next_cursor: NextCursor
