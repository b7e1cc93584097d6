"""Effects of nodes in an execution before: whether one may have happened, and by which key it is
known to the other side."""

from strata.model.execution import NodeStatus, Run
from strata.node_attempts import UNKNOWN_EFFECT
from strata.store.node_records import Record

_WITHOUT_EFFECT = frozenset((NodeStatus.COMPLETED, NodeStatus.SKIPPED))
_PLATFORM_FAILURES = frozenset(
    (
        "node_lost",
        "execution_timeout",
        "limit_exceeded",
        "platform_error",
        "platform_unavailable",
    )
)


def unknown_effect(run: Run, record: Record) -> str:
    """The idempotency key of an effect of that node in that run of which nobody knows whether it
    happened; empty where it did not, or is known."""
    if record.status in _WITHOUT_EFFECT or not (record.attempts or record.effect_key):
        return ""
    code = (record.error or {}).get("code")
    told = record.status is NodeStatus.FAILED and code not in _PLATFORM_FAILURES
    is_known = told and code not in UNKNOWN_EFFECT and not record.possibly_repeated
    return "" if is_known else record.effect_key or run.effect_key(record.node)
