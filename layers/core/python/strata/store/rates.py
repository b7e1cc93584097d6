"""Requests counted: one item for each user, and for each key with limits of its own.

| attribute            | what                                                     |
| -------------------- | -------------------------------------------------------- |
| minute, day          | numbers of the windows, counted from 1970 in UTC         |
| in_minute, in_day    | requests that these windows have let in                  |

A request within the windows is one conditional write. The first of a new window is a second one,
which begins the window on the condition that nobody has in the meantime.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from strata.model.errors import Unavailable
from strata.model.rate import DAY, MINUTE, Limits
from strata.platform import Platform
from strata.ports import ABSENT, Condition, ConditionFailed, Item, Key, Update

TRIES = 8
"""A round is lost only to another request that was counted; each window begins once."""
_KEPT_DAYS = 2


@dataclass(frozen=True, slots=True)
class Counts:
    """The windows and what they have let in."""

    minute: int
    day: int
    in_minute: int = 0
    in_day: int = 0

    def fits(self, limits: Limits) -> bool:
        """Whether one more does."""
        return _fits(self.in_minute, limits.minute) and _fits(self.in_day, limits.day)

    def one_more(self) -> "Counts":
        return Counts(self.minute, self.day, self.in_minute + 1, self.in_day + 1)


def count_one(key: Key, limits: Limits, platform: Platform) -> tuple[Counts, bool]:
    """Counts one request where the limits let it in: how the windows then stand, and whether they
    did. Exact, however many ask at once; a refused request is not counted. Raises Unavailable."""
    seconds = int(platform.clock.now().timestamp())
    windows = Counts(seconds // MINUTE, seconds // DAY)
    for _ in range(TRIES):
        found = _counted(_within(key, windows, limits), platform)
        if isinstance(found, Counts):
            return found, True
        now = _continued(found, windows)
        windows = Counts(now.minute, now.day)
        if not now.fits(limits):
            return now, False
        begun = _counted(_beginning(key, found, now.one_more()), platform)
        if isinstance(begun, Counts):
            return begun, True
    raise Unavailable("Requests are counted too often to be counted.")


def give_back(key: Key, counts: Counts, platform: Platform) -> None:
    """Of a request that was counted here and refused elsewhere; too late is not at all."""
    same = tuple(_same_windows(counts))
    back = {"in_minute": -1, "in_day": -1}
    try:
        platform.table.write(Update(key, add=back, when=same, may_be_lost=True))
    except ConditionFailed:
        return


def _counted(update: Update, platform: Platform) -> Counts | Item:
    """The counts after it; the item as it is ({} for none) where its condition does not hold."""
    try:
        return _of(platform.table.write(update))
    except ConditionFailed as failed:
        return failed.item or {}


def _within(key: Key, windows: Counts, limits: Limits) -> Update:
    """One more in windows that have begun."""
    when = [*_same_windows(windows), *_room(limits)]
    return Update(key, add={"in_minute": 1, "in_day": 1}, when=tuple(when), may_be_lost=True)


def _same_windows(counts: Counts) -> Iterator[Condition]:
    yield Condition("minute", "=", counts.minute)
    yield Condition("day", "=", counts.day)


def _room(limits: Limits) -> Iterator[Condition]:
    if limits.minute is not None:
        yield Condition("in_minute", "<", limits.minute)
    if limits.day is not None:
        yield Condition("in_day", "<", limits.day)


def _beginning(key: Key, found: Item, first: Counts) -> Update:
    """The first request of a window, unless somebody else's was."""
    as_it_was = tuple(Condition(name, "=", value) for name, value in asdict(_of(found)).items())
    ends = (first.day + _KEPT_DAYS) * DAY
    return Update(
        key,
        set={**asdict(first), "expires": ends},
        when=as_it_was if found else ABSENT,
        may_be_lost=True,
    )


def _continued(found: Item, windows: Counts) -> Counts:
    """What these windows have let in so far, by the item as it is."""
    if not found:
        return windows
    before = _of(found)
    minute, day = _later(before.minute, windows.minute), _later(before.day, windows.day)
    return Counts(
        minute,
        day,
        before.in_minute if minute == before.minute else 0,
        before.in_day if day == before.day else 0,
    )


def _later(theirs: int, ours: int) -> int:
    """A process whose clock is a little ahead may have begun the next window; one that is further
    ahead was wrong."""
    return theirs if theirs == ours + 1 else ours


def _of(item: Item) -> Counts:
    return Counts(*(item.get(name, 0) for name in Counts.__slots__))


def _fits(counted: int, limit: int | None) -> bool:
    return limit is None or counted < limit
