"""Executions: start one, look at it and at its nodes, list them."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from strata import (
    approvals,
    callbacks,
    cancelling,
    executions,
    iteration_views,
    node_views,
    resuming,
)
from strata.approvals import Decision
from strata.http.events import Posted
from strata.http.parameters import (
    CallbackToken,
    Cursor,
    ExecutionId,
    From,
    GraphFilter,
    GraphId,
    Iteration,
    Limit,
    NodeId,
    Once,
    User,
    World,
)
from strata.http.resource import Resource
from strata.http.schemas import executions as schemas
from strata.model.execution import NodeStatus, Status
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("executions")
handler = app.handle

NO_INPUTS = schemas.NewExecution(inputs={})
SAME_VERSION = schemas.NewResumption()


@app.post(
    "/v1/graphs/{graph_id}/executions",
    permission="graph:execute",
    status=202,
    answer=schemas.Execution,
    location="/v1/executions/{id}",
)
def start_execution(
    graph_id: GraphId,
    body: schemas.NewExecution = NO_INPUTS,
    *,
    user: User,
    once: Once,
    platform: World,
) -> Json:
    """Start an execution of the graph."""
    return executions.start(
        user,
        graph_id,
        body.inputs,
        body.version,
        until=body.until,
        idempotency=once,
        platform=platform,
    )


@app.get("/v1/executions", permission="execution:read", answer=schemas.ExecutionPage)
def list_executions(
    status: Status | None = None,
    graph_id: GraphFilter = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """Your executions, newest first."""
    page = PageRequest(limit, cursor)
    return executions.listing(user, status=status, graph_id=graph_id, page=page, platform=platform)


@app.get("/v1/executions/{execution_id}", permission="execution:read", answer=schemas.Execution)
def read_execution(execution_id: ExecutionId, *, user: User, platform: World) -> Json:
    """An execution: its status, outputs or error, and its nodes by status."""
    return executions.get(user, execution_id, platform=platform)


@app.post(
    "/v1/executions/{execution_id}/cancel",
    permission="execution:write",
    status=202,
    answer=schemas.Execution,
    also={409: None},
)
def cancel_execution(execution_id: ExecutionId, *, user: User, once: Once, platform: World) -> Json:
    """Cancel an execution: no node of it begins any more."""
    return cancelling.cancel(user, execution_id, idempotency=once, platform=platform)


@app.post(
    "/v1/executions/{execution_id}/resume",
    permission="graph:execute",
    status=202,
    answer=schemas.ResumedExecution,
    location="/v1/executions/{id}",
    also={200: schemas.Resumption, 409: None},
)
def resume_execution(
    execution_id: ExecutionId,
    body: schemas.NewResumption = SAME_VERSION,
    dry_run: Annotated[
        bool, Query(description="Tells what would be reused and what would run; nothing runs.")
    ] = False,
    *,
    user: User,
    once: Once,
    platform: World,
) -> tuple[Json, int]:
    """Go on with an execution that failed, was cancelled or ran out of time.

    A new execution reuses every result whose node, constants, links and upstream are unchanged; the
    answer tells which.
    """
    if dry_run:
        return resuming.preview(user, execution_id, body.version, platform=platform), 200
    return resuming.resume(
        user, execution_id, body.version, idempotency=once, platform=platform
    ), 202


@app.get(
    "/v1/executions/{execution_id}/nodes",
    permission="execution:read",
    answer=schemas.NodeExecutionPage,
)
def list_node_executions(
    execution_id: ExecutionId,
    iteration: Iteration = None,
    values: Annotated[bool, Query(description="Whether inputs and outputs are told.")] = True,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """The nodes of an execution, or those of an iteration of a loop, by level."""
    page = PageRequest(limit, cursor)
    return node_views.listing(
        user, execution_id, iteration=iteration, values=values, page=page, platform=platform
    )


@app.get(
    "/v1/executions/{execution_id}/nodes/{node_id}",
    permission="execution:read",
    answer=schemas.NodeExecution,
)
def read_node_execution(
    execution_id: ExecutionId,
    node_id: NodeId,
    iteration: Iteration = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """One node of an execution, or of an iteration of a loop."""
    return node_views.get(user, execution_id, node_id, iteration=iteration, platform=platform)


@app.get(
    "/v1/executions/{execution_id}/nodes/{node_id}/items",
    permission="execution:read",
    answer=schemas.IterationPage,
)
def list_iterations(
    execution_id: ExecutionId,
    node_id: NodeId,
    iteration: Iteration = None,
    status: NodeStatus | None = None,
    values: Annotated[bool, Query(description="Whether results are told.")] = True,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """The iterations of a loop in the order of its items: how each fares, and what it gave."""
    return iteration_views.listing(
        user,
        execution_id,
        node_id,
        iteration=iteration,
        status=status,
        values=values,
        page=PageRequest(limit, cursor),
        platform=platform,
    )


@app.post(
    "/v1/executions/{execution_id}/nodes/{node_id}/decision",
    permission="execution:approve",
    answer=schemas.NodeExecution,
    also={409: None},
)
def decide_approval(
    execution_id: ExecutionId,
    node_id: NodeId,
    body: schemas.NewDecision,
    iteration: Iteration = None,
    *,
    user: User,
    once: Once,
    platform: World,
) -> Json:
    """Approve or reject what a node asks, once; its execution goes on."""
    changes = {"data": body.data} if "data" in body.model_fields_set else {}
    decision = Decision(body.approve, changes, iteration or "")
    return approvals.decide(
        user, execution_id, node_id, decision, idempotency=once, platform=platform
    )


@app.post(
    "/v1/callbacks/{token}",
    public=True,
    status=202,
    answer=schemas.EventReceived,
    also={409: None, 410: None, 413: None},
    takes_anything=True,
)
def receive_event(token: CallbackToken, *, event: Posted, origin: From, platform: World) -> Json:
    """Tell a node the event that it waits for, or will: the first one counts.

    JSON is taken as a value, anything else as text in UTF-8, up to 1 MB. The secret is in the URL.
    """
    return callbacks.receive(token, event, origin, platform=platform)
