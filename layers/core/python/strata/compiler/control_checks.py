"""What can be wrong with the nodes that steer."""

from collections.abc import Iterator

from strata.compiler.regions import loops_around
from strata.compiler.wiring import Wiring
from strata.model.control import CALLBACK_URL, WAIT_FOR_EVENT
from strata.model.graph import Problem


def callbacks_of_no_event(wiring: Wiring) -> Iterator[Problem]:
    """A URL leads to a node that there is one of where the URL is made: in a body around, too."""
    for node, block in wiring.with_block():
        named = node.inputs.get("node")
        if block.name != CALLBACK_URL or not isinstance(named, str):
            continue
        target = wiring.nodes.get(named)
        if target is None or target.block != WAIT_FOR_EVENT:
            message = f"'{named[:64]}' is no node of the graph that waits for an event."
            yield Problem(code="unknown_event_node", message=message, node=node.id, pin="node")
        elif target.parent not in (None, *loops_around(node.id, wiring.parents)):
            message = f"'{named}' waits in the body of a loop that this node is not in."
            yield Problem(code="unknown_event_node", message=message, node=node.id, pin="node")
