"""Nodes: one of them is tried alone."""

from typing import Any

from strata import node_tests
from strata.http.parameters import GraphId, NodeId, User, World
from strata.http.resource import Resource
from strata.http.schemas import nodes as schemas
from strata.node_tests import Trial

Json = dict[str, Any]

app = Resource("nodes")
handler = app.handle

NO_INPUTS = schemas.NodeTrial(inputs={})


@app.post(
    "/v1/graphs/{graph_id}/nodes/{node_id}/test",
    permission="graph:execute",
    answer=schemas.TestedNode,
)
def try_node(
    graph_id: GraphId,
    node_id: NodeId,
    body: schemas.NodeTrial = NO_INPUTS,
    *,
    user: User,
    platform: World,
) -> Json:
    """Run one node alone, and get what it emits.

    Its inputs are the values of the body, over what the node got in an execution, over what is
    pinned to its sources, over its constants. No execution is written; what the node does outside
    it does.
    """
    return node_tests.run(user, graph_id, node_id, Trial(**body.model_dump()), platform=platform)
