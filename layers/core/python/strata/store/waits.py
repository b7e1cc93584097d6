"""Nodes that wait: what their records say of it, and what is left to do about them.

Beside the record of a node that is to be told its end stands an item in the execution's own
partition, whichever iteration the node is of. It goes when the machine has taken the answer, so
that one query finds every wait of an execution that is not done with.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from strata.model.execution import NodeStatus, Run
from strata.platform import Platform
from strata.ports import ABSENT, Condition, Delete, Item, Put, Query, Update, Write
from strata.store import keys
from strata.store.node_records import Record, Wait
from strata.store.node_runs import unchanged
from strata.store.reading import read_whole
from strata.store.values import Packed


def delayed(run: Run, own: Record, wait: Wait) -> Update:
    """The open attempt waits for a time that the machine knows."""
    facts = {name: getattr(wait, name) for name in ("until", "token", "child")}
    told = {name: value for name, value in facts.items() if value}
    return Update(
        keys.node_run(run, own.node),
        set={"status": NodeStatus.WAITING, **told},
        when=unchanged(own),
    )


def waiting(run: Run, own: Record, wait: Wait) -> list[Write]:
    """The open attempt waits to be told its end."""
    key = keys.wait(run, own.node)
    left = {"node": own.node, "iteration": run.iteration, "child": wait.child}
    return [delayed(run, own, wait), Put({"pk": key.pk, "sk": key.sk, **left})]


def renewed(run: Run, node: str, token: str) -> Update:
    """Another Task of the machine waits for the same answer."""
    still = Condition("status", "=", NodeStatus.WAITING)
    return Update(keys.node_run(run, node), set={"token": token}, when=(still,))


def acknowledged(run: Run, node: str, token: str) -> list[Write]:
    """The machine has taken the answer, or waits for none any more."""
    done: list[Write] = [Delete(keys.wait(run, node))]
    if token:
        same = Condition("token", "=", token)
        done.append(Update(keys.node_run(run, node), remove=("token",), when=(same,)))
    return done


class Left(NamedTuple):
    """A node that is still to be told its end, or to hand it on; `child` is the id of its own
    execution, empty where it has none."""

    run: Run
    node: str
    child: str


def left(run: Run, platform: Platform) -> list[Left]:
    """Of an execution, in the bodies of its loops too."""
    query = Query(keys.execution(run).pk, prefix="WAITS#")
    return [
        Left(replace(run, iteration=item["iteration"]), item["node"], item["child"])
        for item in read_whole(query, platform)
    ]


def event(run: Run, node: str, platform: Platform) -> Item | None:
    """The event that came for the node, if one has."""
    return platform.table.get(keys.event(run, node))


def keep_event(run: Run, node: str, pins: Mapping[str, Packed], digest: str) -> Put:
    """The first one that comes; `digest` tells whether another is the same."""
    key = keys.event(run, node)
    facts: dict[str, Any] = {"pins": dict(pins), "digest": digest}
    return Put({"pk": key.pk, "sk": key.sk, **facts}, ABSENT)
