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


class LoopItems(TypedDict):
    count: int
    done: Annotated[int, Field(description="So many have ended, those that failed among them.")]
    failed: int


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
    items: NotRequired[
        Annotated[LoopItems | None, Field(description="Of a loop; null before it has begun.")]
    ]
    possibly_repeated: Annotated[
        bool, Field(description="Nobody can know whether an effect happened twice.")
    ]


class IterationExecution(TypedDict):
    index: Annotated[int, Field(description="The position of its item.")]
    iteration: Annotated[str, Field(description="Its name: for `iteration` of other requests.")]
    status: NodeStatus
    error: Annotated[
        ExecutionError | None, Field(description="Of the node of the body that failed first.")
    ]
    started_at: Time | None
    ended_at: Time | None
    result: NotRequired[Annotated[Any, Field(description="Null where there is none.")]]


class IterationPage(TypedDict):
    items: list[IterationExecution]
    next_cursor: NextCursor


class NodeExecutionPage(TypedDict):
    items: list[NodeExecution]
    next_cursor: NextCursor
