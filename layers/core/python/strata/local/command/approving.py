"""What `--approve` decides, before anybody is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.local.command.documents import nodes_of
from strata.local.command.refusals import MISUSED, Refusal, one_line
from strata.model.control import APPROVAL

ALL, NONE = "all", "none"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`named` are the nodes to approve, `others` what becomes of all else; None: ask."""

    named: frozenset[str] = frozenset()
    others: bool | None = None

    def of(self, node: str) -> bool | None:
        return True if node in self.named else self.others


def verdicts(options: Iterable[str], graph: Mapping[str, Any]) -> Verdicts:
    """Of the values of `--approve`; the graph may be no sound one. Raises Refusal."""
    given = set(options)
    named = given - {ALL, NONE}
    if {ALL, NONE} <= given:
        raise _refusal(f"say {ALL} or {NONE}, not both")
    approvals = [str(one.get("id")) for one in nodes_of(graph) if one.get("block") == APPROVAL]
    for name in sorted(named.difference(approvals)):
        has = f"it has {', '.join(approvals)}" if approvals else "it has none at all"
        raise _refusal(f"{name}: the graph has no approval of this id, {has}")
    others = True if ALL in given else False if NONE in given else None
    return Verdicts(frozenset(named), others)


def _refusal(what: str) -> Refusal:
    return Refusal(f"--approve: {one_line(what)}", exit_code=MISUSED)
