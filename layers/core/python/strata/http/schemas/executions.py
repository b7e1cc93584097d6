"""Bodies of `functions/executions`."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import UNCHANGED, Body, NextCursor, Time, Values
from strata.model.execution import NodeStatus, Status
from strata.model.graph import NODE_ID


class NewExecution(Body):
    inputs: Annotated[
        dict[str, Any], Field(default_factory=dict, description="The graph's inputs by name.")
    ]
    version: Annotated[
        int | None, Field(ge=1, le=999_999, description="By default the active one.")
    ] = None
    until: Annotated[
        str | None,
        Field(
            pattern=NODE_ID,
            description="Runs this node and all that it depends on, and skips the others.",
        ),
    ] = None


class ExecutionError(TypedDict):
    code: str
    message: str
    node: str | None


class Parent(TypedDict):
    execution_id: str
    node: str
    iteration: Annotated[str, Field(description="Empty outside of loops.")]


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
    trigger: Annotated[
        str, Field(description="`api`, `resume`, `sub_graph`, or the id of the trigger.")
    ]
    parent: Annotated[Parent | None, Field(description="The node that runs it as a sub-graph.")]
    resumed_from: Annotated[str | None, Field(description="The execution that it goes on with.")]
    until: Annotated[str | None, Field(description="The node that it runs up to.")]
    node_counts: Annotated[dict[str, int], Field(description="Nodes by status.")]


class RunsAgain(TypedDict):
    node: str
    reason: Annotated[
        Literal["new", "changed", "failed", "interrupted", "not_reached", "depends_on"],
        Field(description="Why its result is not reused."),
    ]
    depends_on: Annotated[
        str | None, Field(description="For the reason `depends_on`: a node that runs again.")
    ]


class Resumption(TypedDict):
    resumed_from: str
    graph_id: str
    graph_version: int
    reused: Annotated[list[str], Field(description="Nodes whose results are reused.")]
    runs: Annotated[list[RunsAgain], Field(description="Nodes that run.")]


class ResumedExecution(Execution):
    reused: Annotated[list[str], Field(description="Nodes whose results are reused.")]
    runs: Annotated[list[RunsAgain], Field(description="Nodes that run.")]


class NewResumption(Body):
    version: Annotated[
        int | None,
        Field(ge=1, le=999_999, description="By default that of the execution itself."),
    ] = None


class NewDecision(Body):
    approve: Annotated[bool, Field(description="Whether to go on with the data, or to reject it.")]
    data: Annotated[
        Any, Field(description="What goes on instead, if it is approved."), UNCHANGED
    ] = None


class EventReceived(TypedDict):
    received_at: Time


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


class Waiting(TypedDict):
    until: NotRequired[Annotated[Time, Field(description="Of a delay: when it is over.")]]
    expires_at: NotRequired[Annotated[Time, Field(description="When it is waited for no more.")]]
    callback_url: NotRequired[Annotated[str, Field(description="Where its event is posted.")]]
    execution_id: NotRequired[Annotated[str, Field(description="Of a sub-graph.")]]


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
    waiting: Annotated[Waiting | None, Field(description="What it waits for.")]
    items: NotRequired[
        Annotated[LoopItems | None, Field(description="Of a loop; null before it has begun.")]
    ]
    possibly_repeated: Annotated[
        bool, Field(description="Nobody can know whether an effect happened twice.")
    ]
    reused_from: Annotated[
        str | None, Field(description="The execution that it ran in, if this one did not run it.")
    ]
    pinned: Annotated[
        bool, Field(description="Whether it emitted what the draft pins, without running.")
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
