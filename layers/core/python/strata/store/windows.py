"""Windows: how often something was done in a stretch of time that begins with the first.

Whoever does it takes a place beforehand, in one conditional write: many at once never get more
places than there are. `taken` counts places, `failed` those of which it is known that they were
used in vain; places that were not can be given back. All times are epoch milliseconds.
"""

from dataclasses import dataclass

from strata.platform import Platform
from strata.ports import ABSENT, Condition, ConditionFailed, Delete, Item, Key, Put, Update


@dataclass(frozen=True, slots=True)
class Window:
    """`last` is when the last place was taken, `until` when all places are free again."""

    taken: int
    failed: int
    last: int
    until: int


def take(key: Key, most: int, seconds: int, platform: Platform) -> tuple[Window, bool]:
    """The window as it now is, and whether there was a place."""
    while True:
        now = milliseconds(platform)
        room = (Condition("until", ">=", now + 1), Condition("taken", "<", most))
        try:
            return _add(key, {"taken": 1}, now, room, platform), True
        except ConditionFailed as failed:
            seen = failed.item
        if seen and seen["until"] > now:
            return _of(seen), False
        begun = _begin(key, seen, now, now + seconds * 1000, platform)
        if begun:
            return begun, True


def take_beyond(key: Key, seen: Window, platform: Platform) -> bool:
    """One more place than there are, unless anybody has done anything since."""
    as_seen = tuple(Condition(name, "=", getattr(seen, name)) for name in Window.__slots__)
    return _try(key, {"taken": 1}, milliseconds(platform), as_seen, platform)


def fail(key: Key, window: Window, platform: Platform) -> None:
    """The place was used in vain."""
    _try(key, {"failed": 1}, None, _still(window), platform)


def give_back(key: Key, window: Window, platform: Platform) -> None:
    _try(key, {"taken": -1}, None, _still(window), platform)


def clear(key: Key, platform: Platform) -> None:
    """All places are free."""
    platform.table.write(Delete(key))


def milliseconds(platform: Platform) -> int:
    return int(platform.clock.now().timestamp() * 1000)


def _begin(key: Key, over: Item | None, now: int, until: int, platform: Platform) -> Window | None:
    """None where another has begun one meanwhile."""
    when = (Condition("until", "=", over["until"]),) if over else ABSENT
    window = {"taken": 1, "failed": 0, "last": now, "until": until}
    item: Item = {"pk": key.pk, "sk": key.sk, **window, "expires": until // 1000 + 1}
    try:
        return _of(platform.table.write(Put(item, when)))
    except ConditionFailed:
        return None


def _try(
    key: Key,
    add: dict[str, int],
    last: int | None,
    when: tuple[Condition, ...],
    platform: Platform,
) -> bool:
    try:
        _add(key, add, last, when, platform)
    except ConditionFailed:
        return False
    return True


def _add(
    key: Key,
    add: dict[str, int],
    last: int | None,
    when: tuple[Condition, ...],
    platform: Platform,
) -> Window:
    taken_at = {} if last is None else {"last": last}
    return _of(platform.table.write(Update(key, set=taken_at, add=add, when=when)))


def _still(window: Window) -> tuple[Condition, ...]:
    """That it is the same one: a later one knows nothing of its places."""
    return (Condition("until", "=", window.until),)


def _of(item: Item) -> Window:
    return Window(**{name: item[name] for name in Window.__slots__})
