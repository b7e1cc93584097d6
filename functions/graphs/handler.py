"""Graphs: their content, their versions, and what they compile to."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from strata import graph_checks, graph_versions, graphs, plan_views
from strata.http.parameters import (
    Cursor,
    GraphId,
    IfMatch,
    Limit,
    Once,
    User,
    Version,
    VersionNumber,
    World,
)
from strata.http.resource import Resource
from strata.http.schemas import graphs as schemas
from strata.http.schemas.plans import GraphPlan
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("graphs")
handler = app.handle


@app.post(
    "/v1/graphs",
    permission="graph:write",
    status=201,
    answer=schemas.Graph,
    location="/v1/graphs/{id}",
)
def create_graph(body: schemas.NewGraph, *, user: User, once: Once, platform: World) -> Json:
    """Save a new graph as its version 1.

    A graph with problems is refused with all of them, unless it is a draft.
    """
    graphs.check_tellable(body)
    return graphs.create(user, body, draft=body.draft, idempotency=once, platform=platform)


@app.get("/v1/graphs", permission="graph:read", answer=schemas.GraphPage)
def list_graphs(
    q: Annotated[str, Query(max_length=200, description="Text within the name.")] = "",
    order_by: schemas.OrderBy = "created_at",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """Your graphs with their statistics: newest first, or by name."""
    page = PageRequest(limit, cursor)
    return graphs.listing(user, query=q, order_by=order_by, page=page, platform=platform)


@app.post(
    "/v1/graphs/validate", permission="graph:read", answer=schemas.GraphCheck, only_looks=True
)
def validate_graph(body: schemas.NewGraph, *, user: User, platform: World) -> Json:
    """Find all problems of a graph without saving it."""
    return schemas.check_of(graph_checks.validate(user, body, platform=platform))


@app.get("/v1/graphs/{graph_id}", permission="graph:read", answer=schemas.Graph)
def read_graph(graph_id: GraphId, version: Version = None, *, user: User, platform: World) -> Json:
    """A graph with the nodes and links of one version."""
    return graphs.get(user, graph_id, version, platform=platform)


@app.put("/v1/graphs/{graph_id}", permission="graph:write", answer=schemas.Graph)
def save_graph(
    graph_id: GraphId, body: schemas.NewGraph, *, user: User, if_match: IfMatch, platform: World
) -> Json:
    """Save the graph's next version, which becomes the active one unless it is a draft."""
    graphs.check_tellable(body)
    return graphs.save(user, graph_id, body, draft=body.draft, if_match=if_match, platform=platform)


@app.patch("/v1/graphs/{graph_id}", permission="graph:write", answer=schemas.Graph)
def change_graph(
    graph_id: GraphId,
    body: schemas.GraphChanges,
    *,
    user: User,
    if_match: IfMatch,
    platform: World,
) -> Json:
    """Change the name, the description or the active version."""
    changes = body.model_dump(exclude_unset=True)
    return graphs.change(user, graph_id, changes, if_match=if_match, platform=platform)


@app.delete("/v1/graphs/{graph_id}", permission="graph:delete")
def delete_graph(graph_id: GraphId, *, user: User, if_match: IfMatch, platform: World) -> None:
    """Delete a graph; its executions stay."""
    graphs.delete(user, graph_id, if_match=if_match, platform=platform)


@app.get("/v1/graphs/{graph_id}/versions", permission="graph:read", answer=schemas.GraphVersionPage)
def list_graph_versions(
    graph_id: GraphId,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """The versions of a graph, newest first."""
    page = PageRequest(limit, cursor)
    return graph_versions.versions(user, graph_id, page=page, platform=platform)


@app.get(
    "/v1/graphs/{graph_id}/versions/{a}/diff/{b}",
    permission="graph:read",
    answer=schemas.GraphDifference,
)
def compare_graph_versions(
    graph_id: GraphId, a: VersionNumber, b: VersionNumber, *, user: User, platform: World
) -> Json:
    """What differs from version `a` to version `b`, by node, pin and link."""
    return graph_versions.difference(user, graph_id, a, b, platform=platform)


@app.get("/v1/graphs/{graph_id}/plan", permission="graph:read", answer=GraphPlan, also={409: None})
def read_graph_plan(
    graph_id: GraphId, version: Version = None, *, user: User, platform: World
) -> Json:
    """The levels, the state machine, and what a run of it takes."""
    return plan_views.get(user, graph_id, version, platform=platform)
