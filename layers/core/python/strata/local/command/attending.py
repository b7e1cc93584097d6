"""What `strata run` does about nodes that wait: asks the person, or tells what can be done.

look: what waits now ─▶ each once: --approve decides │ the person is asked │ how to go on is told
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rich.text import Text

from strata.clock import Clock
from strata.local.command import invitations
from strata.local.command.approving import Verdicts
from strata.local.command.awaited import DELAY, Awaited, awaited, loops_that_wait
from strata.local.command.client import Client, Refused, decision_path
from strata.local.command.person import Person
from strata.local.command.refusals import Refusal
from strata.local.command.snapshot import labels_of, when
from strata.model.control import APPROVAL
from strata.model.execution import NodeStatus

Json = dict[str, Any]

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}
_SHORT = timedelta(seconds=5)
"""A delay that is over so soon is not worth a line."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where decisions are made: by the command line or by a person, in the API at that address.

    `login` is the shell's command for a token; `shows_waits` tells that the nodes of the graph
    itself are seen to wait, elsewhere."""

    verdicts: Verdicts
    person: Person
    url: str
    login: str
    shows_waits: bool


class Attendant:
    """Of one execution of a sound graph."""

    def __init__(
        self, execution_id: str, graph: Mapping[str, Any], desk: Desk, client: Client, clock: Clock
    ) -> None:
        self._execution_id = execution_id
        self._labels = labels_of(graph)
        self._loops = loops_that_wait(graph)
        self._desk = desk
        self._client = client
        self._clock = clock
        self._known: set[tuple[str, str]] = set()
        self._login = desk.login

    def look(self, nodes: Sequence[Json]) -> Awaited | None:
        """The next approval that the person is to be asked for; all else that is new is seen to."""
        for one in awaited(self._execution_id, nodes, self._loops, self._client):
            if _key(one) not in self._known:
                if self._is_for_person(one):
                    return one
                self._known.add(_key(one))
                self._see_to(one)
        return None

    def ask(self, one: Awaited) -> None:
        """Ends with the answer, or with how to answer where the input is at its end."""
        self._known.add(_key(one))
        self._tell_approval(one)
        while self._desk.person.answers:
            told = self._desk.person.answer("  Approve? [y/n]", lambda: self._waits(one))
            if told is None and self._desk.person.answers:
                self._say("  It is waited for no more.")
                return
            verdict = _ANSWERS.get((told or "").lower())
            if verdict is not None:
                self._decide(one, verdict)
                return
        self._tell_how_to_decide(one)

    def _is_for_person(self, one: Awaited) -> bool:
        asked = one.block == APPROVAL and self._desk.verdicts.of(one.node) is None
        return asked and self._desk.person.answers

    def _see_to(self, one: Awaited) -> None:
        verdict = self._desk.verdicts.of(one.node)
        if one.block == DELAY:
            self._tell_delay(one)
        elif one.block != APPROVAL:
            self._say(*invitations.event(self._named(one), self._until(one), one.callback_url))
        elif verdict is not None:
            self._say(f"◷ {self._named(one)} is decided by --approve")
            self._decide(one, verdict)
        else:
            self._tell_approval(one)
            self._tell_how_to_decide(one)

    def _decide(self, one: Awaited, verdict: bool) -> None:
        try:
            self._client.decide(self._execution_id, one.node, one.iteration, approve=verdict)
        except Refused as refused:
            self._say(f"  Not decided: {refused.detail}")
        else:
            self._say("  Approved." if verdict else "  Rejected.")

    def _tell_approval(self, one: Awaited) -> None:
        node = self._client.node(self._execution_id, one.node, one.iteration)
        told = invitations.approval(self._named(one), self._until(one), node["inputs"] or {})
        self._say(*told)

    def _tell_how_to_decide(self, one: Awaited) -> None:
        path = decision_path(self._execution_id, one.node, one.iteration)
        self._say(*invitations.decision(self._desk.url + path, self._login))
        self._login = ""

    def _tell_delay(self, one: Awaited) -> None:
        """Of a loop's node once, whatever the iteration."""
        first = (one.node, "") not in self._known or not one.iteration
        self._known.add((one.node, ""))
        is_seen = self._desk.shows_waits and not one.iteration
        if first and not is_seen and one.until - self._clock.now() > _SHORT:
            self._say(f"◷ {self._named(one)} waits until {self._until(one)}")

    def _waits(self, one: Awaited) -> bool:
        with suppress(Refusal):
            node = self._client.node(self._execution_id, one.node, one.iteration)
            return NodeStatus(node["status"]) is NodeStatus.WAITING
        return False

    def _named(self, one: Awaited) -> str:
        place = f"{one.node}, {one.iteration}" if one.iteration else one.node
        return f"{self._labels[one.node]} ({place})"

    def _until(self, one: Awaited) -> str:
        return when(one.until, self._clock.now())

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._desk.person.told.print(Text(line), soft_wrap=True)


def _key(one: Awaited) -> tuple[str, str]:
    return one.node, one.iteration
