"""Where the states of a region lead."""

from collections.abc import Mapping
from typing import Any

from strata.local.refusals import refuse
from strata.local.states import Choice, Fail, Failing, State, Succeed


def check_start(start: Any, states: Mapping[str, State], place: str) -> str:
    """Raises InvalidDefinition, as all of these do."""
    if not isinstance(start, str) or start not in states:
        raise refuse(
            f"Missing 'StartAt' target: {start}", f"{place}/StartAt", "MISSING_TRANSITION_TARGET"
        )
    return start


def check_transitions(start: str, states: Mapping[str, State], place: str) -> None:
    """Every target is a state of the region, every state can be reached, and some state ends it."""
    reached, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for target in _targets(states[name]):
            if target not in states:
                raise refuse(
                    f"Missing 'Next' target: {target}",
                    f"{place}/States/{name}",
                    "MISSING_TRANSITION_TARGET",
                )
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in states:
        if name not in reached:
            raise refuse(
                f'State "{name}" is not reachable.',
                f"{place}/States/{name}",
                "MISSING_TRANSITION_TARGET",
            )
    if not any(_ends(state) for state in states.values()):
        raise refuse("Workflow has no terminal state", place, "MISSING_END_STATE")


def _ends(state: State) -> bool:
    if isinstance(state, (Succeed, Fail)):
        return True
    return state.next is None and not isinstance(state, Choice)


def _targets(state: State) -> list[str]:
    following = [state.next] if state.next is not None else []
    if isinstance(state, Failing):
        following += [catcher.next for catcher in state.catch]
    if isinstance(state, Choice):
        following += [target for _, target in state.rules]
        following += [state.default] if state.default is not None else []
    return following
