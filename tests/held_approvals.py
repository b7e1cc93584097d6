"""Graphs that ask, and people who answer."""

from typing import Any

from strata import approvals
from strata.approvals import Decision
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_platform import USER

YES, NO = Decision(approve=True, changes={}), Decision(approve=False, changes={})
BY_ADA = {"approve": True, "by": USER, "at": "2026-03-01T12:00:00.000Z"}


def approval(**given: Any) -> Any:
    nodes = [
        node("ask", "approval", data={"amount": 120}, **given),
        node("yes", "output", name="yes"),
        node("no", "output", name="no"),
        node("why", "output", name="why"),
    ]
    arms = ("ask.approved -> yes.value", "ask.rejected -> no.value", "ask.error -> why.value")
    return graph(nodes, *arms)


def lone(**given: Any) -> Any:
    return graph([node("ask", "approval", data=1, **given)])


def decide(
    run: Run,
    platform: Platform,
    decision: Decision = YES,
    key: str | None = None,
    digest: str = "d",
    user: str = USER,
) -> Any:
    once = None if key is None else Idempotency(key, digest)
    return approvals.decide(
        user, run.execution_id, "ask", decision, idempotency=once, platform=platform
    )
