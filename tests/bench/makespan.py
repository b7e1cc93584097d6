"""How long a definition takes, simulated from its JSON, if each node takes a known time.

The platform itself takes no time here: what remains is who waits for whom.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]


class Passed(NamedTuple):
    """What a run without failure passes."""

    transitions: int
    events: int


def makespan(machine: Json, seconds: Mapping[str, float]) -> float:
    """Seconds from the start of a machine, or of a branch, to its end; `seconds` by node.

    Raises ValueError for a state whose time depends on more than its nodes."""
    return sum(_took(state, seconds) for state in _way(machine))


def _took(state: Json, seconds: Mapping[str, float]) -> float:
    if state["Type"] == "Parallel":
        return max(makespan(branch, seconds) for branch in state["Branches"])
    return sum(seconds[node] for node in _nodes(state))


def _nodes(task: Json) -> Sequence[str]:
    """None for the Task that records an end."""
    parameters = task["Parameters"]
    if "nodes" in parameters:
        nodes: Sequence[str] = parameters["nodes"]
        return nodes
    return [parameters["node"]] if "node" in parameters else []


def passed(machine: Json) -> Passed:
    """Two events are the execution's own, five a Task's, four a Parallel's."""
    found = _passed(machine)
    return Passed(found.transitions, found.events + 2)


def _passed(machine: Json) -> Passed:
    transitions = events = 0
    for state in _way(machine):
        within = [_passed(branch) for branch in state.get("Branches", ())]
        transitions += 1 + sum(one.transitions for one in within)
        events += (4 if within else 5) + sum(one.events for one in within)
    return Passed(transitions, events)


def _way(machine: Json) -> list[Json]:
    """The states that a run passes if nothing fails."""
    states = machine["States"]
    way = [states[machine["StartAt"]]]
    while not way[-1].get("End"):
        way.append(states[way[-1]["Next"]])
    for state in way:
        if state["Type"] not in ("Task", "Parallel"):
            raise ValueError(f"how long a {state['Type']} takes is not known here")
    return way
