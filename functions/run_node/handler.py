"""The Task behind every node, and behind light nodes that share one."""

from typing import Any

from strata import nodes
from strata.model.execution import run_from_json
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes {"run", "node", "token"?, "phase"?} or {"run", "nodes"}, answers a preview of at most
    2 KB.

    Raises NodeRetry if another attempt is due, NodeFailed if the execution ends with this node."""
    run, platform = run_from_json(event["run"]), platform_of(context)
    if "nodes" in event:
        return nodes.run_together(run, event["nodes"], platform=platform)
    token, phase = event.get("token", ""), event.get("phase", "")
    return nodes.run(run, event["node"], token=token, phase=phase, platform=platform)
