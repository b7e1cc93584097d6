"""How states lead to each other: targets that exist, states that are reached, an end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from strata.compiler.validate.problems import Place, Problem, told
from strata.compiler.validate.regions import Region, has_end

MOST_NAME = 80


def flow_problems(region: Region) -> Iterator[Problem]:
    yield from _targets_exist(region)
    yield from _all_reached(region)
    if region.states and not any(map(has_end, region.states.values())):
        message = "has no state that ends it"
        yield region.place.at("States").problem("missing_end", message)


def _targets_exist(region: Region) -> Iterator[Problem]:
    start = region.body.get("StartAt")
    if isinstance(start, str) and region.states and start not in region.states:
        yield _gone(region.place.at("StartAt"), start)
    for name, state in region.states.items():
        for place, target in _targets(Place(name), state):
            if target not in region.states:
                yield _gone(place, target)


def _gone(place: Place, target: str) -> Problem:
    return place.problem("missing_target", f"leads to {told(target)}, which is not there")


def _all_reached(region: Region) -> Iterator[Problem]:
    """Nothing is told of a region without a start: all its states would be lost."""
    start = region.body.get("StartAt")
    if not isinstance(start, str) or start not in region.states:
        return
    reached, waiting = {start}, [start]
    while waiting:
        state = region.states.get(waiting.pop())
        for _, target in _targets(Place(), state):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in region.states:
        if name not in reached:
            yield Place(name).problem("unreachable_state", "is reached by no other state")


def _targets(place: Place, state: Any) -> Iterator[tuple[Place, str]]:
    """Where a state can lead, whatever its type is: a target is looked for in each field."""
    if not isinstance(state, dict):
        return
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield place.at(field), state[field]
    for field in ("Catch", "Choices"):
        entries = state.get(field)
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
                yield place.at(field).at(at).at("Next"), entry["Next"]


def name_problems(regions: Sequence[Region]) -> Iterator[Problem]:
    """Names are unique in the whole machine, whatever region their states are in."""
    count = Counter(name for region in regions for name in region.states)
    for name, states in count.items():
        place = Place(name)
        if states > 1:
            message = f"has a name that {states} states have"
            yield place.problem("duplicate_state_name", message)
        if not 1 <= len(name) <= MOST_NAME:
            message = f"has a name of {len(name)} characters, and 1 to {MOST_NAME} are allowed"
            yield place.problem("invalid_state_name", message)
        elif not name.isprintable() and any(map(_is_control, name)):
            message = "has a control character in its name"
            yield place.problem("invalid_state_name", message)


def _is_control(character: str) -> bool:
    """C0, DEL, C1, the ends of lines and paragraphs, halves of pairs, and what is no character."""
    code = ord(character)
    in_order = code < 0x20 or 0x7F <= code < 0xA0 or code in (0x2028, 0x2029)
    return in_order or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE


def label_problems(regions: Sequence[Region]) -> Iterator[Problem]:
    """Labels of Maps are unique too."""
    first: dict[str, str] = {}
    for region in regions:
        for name, state in region.states.items():
            label = state.get("Label") if isinstance(state, dict) else None
            if isinstance(label, str) and first.setdefault(label, name) != name:
                message = f"is the label of {told(first[label])} already"
                yield Place(name, "Label").problem("duplicate_label", message)
