"""Triggers: what starts executions of a graph besides its user."""

from typing import Any

from strata import triggers
from strata.http.parameters import (
    Caller,
    Cursor,
    GraphId,
    IfMatch,
    Limit,
    Once,
    TriggerId,
    User,
    World,
)
from strata.http.resource import Resource
from strata.http.schemas import triggers as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("triggers")
handler = app.handle


@app.post(
    "/v1/graphs/{graph_id}/triggers",
    permission="trigger:write",
    status=201,
    answer=schemas.CreatedTrigger,
    location="/v1/triggers/{id}",
)
def create_trigger(
    graph_id: GraphId, body: schemas.NewTrigger, *, caller: Caller, once: Once, platform: World
) -> Json:
    """Let messages of the queue start executions of the graph.

    Whoever has the token starts them in your name: this needs the permission graph:execute, too."""
    return triggers.create(
        caller,
        graph_id,
        body.kind,
        body.name,
        enabled=body.enabled,
        idempotency=once,
        platform=platform,
    )


@app.get("/v1/graphs/{graph_id}/triggers", permission="trigger:read", answer=schemas.TriggerPage)
def list_triggers(
    graph_id: GraphId,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """The triggers of a graph, newest first."""
    return triggers.listing(user, graph_id, page=PageRequest(limit, cursor), platform=platform)


@app.get("/v1/triggers/{trigger_id}", permission="trigger:read", answer=schemas.Trigger)
def read_trigger(trigger_id: TriggerId, *, user: User, platform: World) -> Json:
    """A trigger without its token."""
    return triggers.get(user, trigger_id, platform=platform)


@app.patch("/v1/triggers/{trigger_id}", permission="trigger:write", answer=schemas.Trigger)
def change_trigger(
    trigger_id: TriggerId,
    body: schemas.TriggerChanges,
    *,
    caller: Caller,
    if_match: IfMatch,
    platform: World,
) -> Json:
    """Rename a trigger, or switch it on or off.

    To switch it on needs the permission graph:execute, too."""
    changes = body.model_dump(exclude_unset=True)
    return triggers.change(caller, trigger_id, changes, if_match=if_match, platform=platform)


@app.delete("/v1/triggers/{trigger_id}", permission="trigger:delete")
def delete_trigger(trigger_id: TriggerId, *, user: User, platform: World) -> None:
    """Delete a trigger; its messages start nothing any more."""
    triggers.delete(user, trigger_id, platform=platform)
