"""Triggers: a queue message with the right token starts an execution, once.

Who has the token starts executions, whoever that is. So nobody makes a trigger, or switches one on,
who may not start executions themselves.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata import audit, executions, opaque
from strata.clock import timestamp
from strata.model.errors import NotFound, PermissionDenied
from strata.model.idempotency import Idempotency
from strata.model.revisions import check_tag
from strata.model.user import Caller, Permission, check_permission
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.store import triggers, users
from strata.store.graphs import load_head
from strata.store.idempotency import once
from strata.store.triggers import Trigger

Json = dict[str, Any]

TOKEN_BYTES = 32
KEPT_SECONDS = 15 * 24 * 3600
"""Longer than a message can live in the queue and its dead letters."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a queue carries; `deduplication_id` stands for one wish to run."""

    trigger_id: str
    token: str
    inputs: Mapping[str, Any]
    deduplication_id: str


def create(
    caller: Caller,
    graph_id: str,
    kind: str,
    name: str = "",
    *,
    enabled: bool = True,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The trigger with its `token`, which no later answer shows. Raises NotFound,
    PermissionDenied."""
    check_permission(caller, Permission.GRAPH_EXECUTE)
    user_id = caller.user_id
    load_head(user_id, graph_id, platform)
    token = _new_token(platform)
    now = timestamp(platform.clock.now())
    trigger = Trigger(
        id=platform.clock.new_id("trg"),
        user_id=user_id,
        graph_id=graph_id,
        kind=kind,
        name=name,
        enabled=enabled,
        token_hash=opaque.hashed(token),
        created_at=now,
        updated_at=now,
        grants_epoch=caller.grants_epoch,
    )
    answer = {**view(trigger), "token": token}
    writes = [triggers.put(trigger)]
    return once(user_id, idempotency, writes, answer, platform=platform, hidden_field="token")


def get(user_id: str, trigger_id: str, *, platform: Platform) -> Json:
    return view(_own(user_id, trigger_id, platform))


def listing(user_id: str, graph_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """The triggers of a graph, newest first. Raises NotFound."""
    load_head(user_id, graph_id, platform)
    found = read_page(triggers.all_of(user_id, graph_id), page, platform=platform)
    items = [view(triggers.of(item)) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def change(
    caller: Caller,
    trigger_id: str,
    changes: Mapping[str, Any],
    *,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """Changes `name` or `enabled`. Raises NotFound, VersionConflict, PermissionDenied."""
    trigger = _own(caller.user_id, trigger_id, platform)
    if changes.get("enabled"):
        check_permission(caller, Permission.GRAPH_EXECUTE)
    check_tag(if_match, trigger.revision)
    at = {"updated_at": timestamp(platform.clock.now())}
    return view(triggers.change(trigger, {**changes, **at}, platform))


def delete(user_id: str, trigger_id: str, *, platform: Platform) -> None:
    if not triggers.remove(_own(user_id, trigger_id, platform), platform):
        raise NotFound


def start_queued(message: Message, *, platform: Platform) -> Json:
    """Starts the execution that a message asks for; the same deduplication id starts it once.

    Raises NotFound (no such trigger, a wrong token, no such graph), PermissionDenied (switched
    off, or its user is disabled), InvalidInputs, Unavailable."""
    trigger = triggers.by_id(message.trigger_id, platform)
    token_hash = trigger.token_hash if trigger else ""
    if trigger is None or not opaque.proves(message.token, token_hash):
        raise NotFound("No trigger has this id and token.")
    if not trigger.enabled:
        raise PermissionDenied("The trigger is switched off.")
    if not users.may_begin(trigger.user_id, platform, trigger.grants_epoch):
        raise PermissionDenied("The user of the trigger is not active.")
    # A line break cannot stand in a header, so no caller's own key is ever the same.
    key = f"queue\n{trigger.id}\n{opaque.hashed(message.deduplication_id)}"
    started = executions.start(
        trigger.user_id,
        trigger.graph_id,
        message.inputs,
        trigger=trigger.id,
        idempotency=Idempotency(key, "", KEPT_SECONDS),
        platform=platform,
    )
    audit.record(
        trigger.user_id,
        "start_queued",
        by=trigger.id,
        resource=f"{trigger.graph_id}/{started['id']}",
        platform=platform,
    )
    return started


def _own(user_id: str, trigger_id: str, platform: Platform) -> Trigger:
    trigger = triggers.by_id(trigger_id, platform)
    if trigger is None or trigger.user_id != user_id:
        raise NotFound
    return trigger


def _new_token(platform: Platform) -> str:
    text = base64.urlsafe_b64encode(platform.clock.random_bytes(TOKEN_BYTES))
    return "stq_" + text.rstrip(b"=").decode()


def view(trigger: Trigger) -> Json:
    """Without its token."""
    hidden = ("user_id", "token_hash", "grants_epoch")
    return {name: getattr(trigger, name) for name in Trigger.__slots__ if name not in hidden}
