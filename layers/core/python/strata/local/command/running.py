"""`strata run`: a platform of its own, and through its HTTP API from a new user to the outputs.

server up → register and log in → save the graph → start → follow → timeline and outputs
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from strata.clock import Clock
from strata.local.command.attending import Attendant, Desk
from strata.local.command.checked import invalid
from strata.local.command.client import Client, Refused
from strata.local.command.faults import fault_lines
from strata.local.command.following import Following
from strata.local.command.refusals import Refusal, one_line, problem_line
from strata.local.command.snapshot import Snapshot, labels_of, span
from strata.local.command.timeline import timeline
from strata.local.command.watching import WIDEST, Watcher
from strata.model.execution import NodeStatus, Status

Json = dict[str, Any]

_MOST_ROWS = 40
_MOST_FAILURES = 20
_STEP_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Account:
    """The user whom a run makes for itself; the password is made up and told to nobody, unless
    the data stays or a decision is waited for."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to run, as a draft or not, and where it is told: `told` gets the steps and the
    progress. `desk` decides approvals."""

    graph: Mapping[str, Any]
    inputs: Mapping[str, Any]
    account: Account
    told: Console
    watcher: Watcher
    desk: Desk
    draft: bool = False


def run(asked: Asked, client: Client, clock: Clock) -> Json:
    """The execution as it ended. Raises Refusal for what the API refuses."""
    _sign_in(asked, client)
    saved = _save(asked, client)
    started = _start(asked, saved["id"], client)
    ended, seen = _follow(asked, started["id"], client, clock)
    asked.told.print()
    asked.told.print(timeline(seen, _MOST_ROWS, min(asked.told.width, WIDEST)))
    _tell_failed_nodes(seen, asked.told)
    _tell_end(seen, asked.told)
    return ended


def check_completed(execution: Json) -> None:
    """Raises Refusal for an execution that ended otherwise."""
    if execution["status"] == Status.COMPLETED:
        return
    error = execution["error"] or {"code": "unknown", "message": "no reason was told"}
    message = f"The execution ended {execution['status']}: {_said(error)}"
    raise Refusal(message + (f" (node {error['node']})" if error.get("node") else ""))


def _sign_in(asked: Asked, client: Client) -> None:
    client.register(asked.account.email, asked.account.password)
    client.log_in(asked.account.email, asked.account.password)
    tell_step(asked.told, "Registered and logged in", asked.account.email)


def _save(asked: Asked, client: Client) -> Json:
    try:
        saved = client.save(asked.graph, draft=asked.draft)
    except Refused as refused:
        if refused.code == "graph_invalid":
            raise _with_all_problems(asked, client) from None
        raise _refusal("The graph cannot be saved", refused, asked.graph) from None
    draft = " as a draft" if asked.draft else ""
    tell_step(asked.told, f"Saved the graph “{one_line(saved['name'])}”{draft}", saved["id"])
    return saved


def _with_all_problems(asked: Asked, client: Client) -> Refusal:
    """The answer to a graph that is saved holds the first hundred alone."""
    return invalid([problem_line(**one) for one in client.problems(asked.graph)])


def _start(asked: Asked, graph_id: str, client: Client) -> Json:
    try:
        started = client.start(graph_id, asked.inputs)
    except Refused as refused:
        if "draft_version" in {fault["code"] for fault in refused.faults}:
            raise _with_all_problems(asked, client) from None
        raise _refusal("The execution cannot start", refused, {}) from None
    tell_step(asked.told, "Started an execution", started["id"])
    return started


def _refusal(what: str, refused: Refused, document: Mapping[str, Any]) -> Refusal:
    return Refusal(f"{what}: {refused.detail}", fault_lines(refused.faults, document))


def _follow(asked: Asked, execution_id: str, client: Client, clock: Clock) -> tuple[Json, Snapshot]:
    """An interrupt cancels the execution: nothing of it goes on where the data stays."""
    following = Following(execution_id, labels_of(asked.graph), client, clock)
    attendant = Attendant(execution_id, asked.graph, asked.desk, client, clock)
    try:
        return following.to_the_end(asked.watcher, asked.told, attendant)
    except KeyboardInterrupt:
        asked.told.print("Interrupted: cancelling the execution …")
        with suppress(Refusal):
            client.cancel(execution_id)
        raise


def _tell_failed_nodes(seen: Snapshot, told: Console) -> None:
    failed = [node for node in seen.nodes if node.status is NodeStatus.FAILED]
    if failed:
        told.print()
    for node in failed[:_MOST_FAILURES]:
        text = f"✗ {node.label} ({node.block}): {_said(node.error or {})}"
        told.print(Text(text, style="red"), soft_wrap=True)
    if len(failed) > _MOST_FAILURES:
        told.print(f"  and {len(failed) - _MOST_FAILURES} more nodes failed")


def _tell_end(seen: Snapshot, told: Console) -> None:
    counts = Counter(node.status for node in seen.nodes)
    nodes = ", ".join(
        f"{counts[status]} {status.lower()}" for status in NodeStatus if counts[status]
    )
    style = "bold green" if seen.status is Status.COMPLETED else "bold red"
    told.print()
    told.print(Text.assemble((seen.status, style), f" in {span(seen.seconds)}; nodes: {nodes}"))


def _said(error: Mapping[str, Any]) -> str:
    return f"{error.get('code')}: {one_line(str(error.get('message')))}"


def tell_step(told: Console, what: str, detail: str) -> None:
    room = max(_STEP_WIDTH, cell_len(what))
    told.print(
        Text.assemble(("✓ ", "green"), set_cell_size(what, room), "  ", (detail, "dim")),
        soft_wrap=True,
    )
