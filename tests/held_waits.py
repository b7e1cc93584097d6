"""Waiting nodes on a platform whose machines stand still: a test gives out the tokens, and sees
how they were answered."""

from typing import Any, cast

from strata import node_views, nodes
from strata.model.errors import NodeFailed
from strata.model.execution import Run
from strata.platform import Platform
from tests.held_platform import USER, HeldMachines

TOKEN = "token-1"


def ask(run: Run, node: str, platform: Platform, token: str = TOKEN) -> str:
    """The node's status once its machine's Task, which has this token, has called."""
    return str(nodes.run(run, node, token=token, platform=platform)["status"])


def fails(run: Run, node: str, platform: Platform, token: str = TOKEN) -> str:
    """The same where the Task is to fail: why."""
    try:
        ask(run, node, platform, token)
    except NodeFailed as failure:
        return str(failure)
    raise AssertionError("the machine goes on")


def answers(platform: Platform) -> dict[str, str | None]:
    """By token: None for success, else why the machine is to fail."""
    return cast("HeldMachines", platform.machines).answers


def shown(run: Run, node: str, platform: Platform) -> dict[str, Any]:
    return node_views.get(USER, run.execution_id, node, platform=platform)
