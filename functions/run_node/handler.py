"""The Task behind every node."""

from typing import Any

from strata import nodes
from strata.model.execution import Run
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes {"run", "node"}, answers a preview of at most 2 KB.

    Raises NodeRetry if another attempt is due, NodeFailed if the execution ends with this node."""
    return nodes.run(Run(**event["run"]), event["node"], platform=platform_of(context))
