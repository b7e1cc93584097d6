"""An execution as the API shows it: its head, without what is secret and what is large."""

from collections.abc import Iterable, Mapping
from typing import Any

from strata.clock import moment
from strata.model.graph_schema import MASK
from strata.ports import Item
from strata.redaction import redact, redact_values, secret_texts
from strata.store.values import Packed, Show

Json = dict[str, Any]


def view(head: Item, show: Show, queue_position: int | None = None) -> Json:
    """`show` tells each value, whole or by its size; one that waits has a place in the queue."""
    hidden, secrets = head["secret_inputs"], secret_texts(head)
    outputs = head.get("outputs")
    shown = None if outputs is None else _shown(outputs, show)
    return {
        "id": head["execution_id"],
        "graph_id": head["graph_id"],
        "graph_version": head["version"],
        "status": head["status"],
        "queue_position": queue_position,
        "inputs": _shown(head["inputs"], show) | _masks(hidden, head["inputs"]),
        "outputs": redact_values(shown, secrets),
        "error": redact(head.get("error"), secrets),
        "created_at": head["created_at"],
        "started_at": head.get("started_at"),
        "ended_at": head.get("ended_at"),
        "duration_seconds": duration(head.get("started_at"), head.get("ended_at")),
        "trigger": head["trigger"],
        "parent": _parent(head),
        "resumed_from": head.get("resumed_from"),
        "until": head.get("until"),
        "node_counts": head.get("node_counts", {}),
    }


def _parent(head: Item) -> Json | None:
    """The node that runs this execution as a sub-graph."""
    if "parent" not in head:
        return None
    return {name: head["parent"][name] for name in ("execution_id", "node", "iteration")}


def owner_of_links(head: Item) -> str | None:
    """Whose blobs links to large values lead to; None where such a value may repeat a secret that
    the execution was given, which nobody looks for at the other end of a link."""
    return None if head["secret_inputs"] else str(head["user_id"])


def _shown(values: Mapping[str, Packed], show: Show) -> Json:
    return {name: show(packed) for name, packed in values.items()}


def _masks(hidden: Iterable[str], given: Mapping[str, Packed]) -> Json:
    return {name: MASK for name in hidden if name in given}


def duration(started_at: str | None, ended_at: str | None) -> float | None:
    """Seconds from one time to the other, once both are known."""
    if started_at is None or ended_at is None:
        return None
    return (moment(ended_at) - moment(started_at)).total_seconds()
