"""What a node waits for, as the API shows it to the owner of its execution."""

from typing import Any

from strata import callback_urls
from strata.model.control import WAIT_FOR_EVENT
from strata.model.execution import NodeStatus, Run
from strata.model.plan import PlannedNode
from strata.platform import Platform
from strata.store import keys
from strata.store.node_records import Record

Json = dict[str, Any]


def view(
    run: Run, node: PlannedNode, record: Record, status: NodeStatus, platform: Platform
) -> Json | None:
    """None for a node that does not wait, or not for anything outside of the execution's machine.
    `status` is what is shown of the node."""
    if status is not NodeStatus.WAITING or record.wait is None:
        return None
    if node.behaviour == "delay":
        return {"until": record.wait.until}
    told: Json = {"expires_at": record.wait.until}
    if node.block == WAIT_FOR_EVENT:
        told["callback_url"] = callback_urls.url_of(run, node.id, platform=platform)
    child = record.wait.child
    # Its id is on record a moment before there is an execution of that id.
    if child and platform.table.get(keys.execution_of(run.user_id, child)):
        told["execution_id"] = child
    return told
