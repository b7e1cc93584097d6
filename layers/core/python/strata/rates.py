"""Rates: every request of an identified caller counts for its user, and for an API key with limits
of its own besides (ADR 0025)."""

from collections.abc import Iterator
from typing import NamedTuple

from strata.model.rate import DAY, MINUTE, Limits, Quota, Standing
from strata.model.user import Caller
from strata.platform import Platform
from strata.ports import Key
from strata.store import keys
from strata.store.rates import Counts, count_one, give_back


class _Subject(NamedTuple):
    """Whose requests are counted: a key's, a user's."""

    key: Key
    limits: Limits


def count(caller: Caller, *, platform: Platform) -> Standing:
    """Counts this request of the caller, unless a limit is used up. Raises Unavailable."""
    subjects = list(_subjects(caller, platform))
    counted: list[tuple[_Subject, Counts]] = []
    for subject in subjects:
        counts, is_admitted = count_one(subject.key, subject.limits, platform)
        if not is_admitted:
            for earlier, theirs in counted:
                give_back(earlier.key, theirs, platform)
            return _standing([(subject, counts)], subjects, platform, is_admitted=False)
        counted.append((subject, counts))
    return _standing(counted, subjects, platform, is_admitted=True)


def _subjects(caller: Caller, platform: Platform) -> Iterator[_Subject]:
    """The key first: it is the narrower one, and who hammers with it costs one write a request."""
    if caller.key_limits:
        yield _Subject(keys.rate(caller.user_id, caller.key_id), caller.key_limits)
    settings = platform.settings
    limits = Limits(int(settings.requests_per_minute), int(settings.requests_per_day))
    yield _Subject(keys.rate(caller.user_id, caller.user_id), limits)


def _standing(
    counted: list[tuple[_Subject, Counts]],
    subjects: list[_Subject],
    platform: Platform,
    *,
    is_admitted: bool,
) -> Standing:
    now = int(platform.clock.now().timestamp())
    quotas = [one for subject, counts in counted for one in _quotas(subject.limits, counts, now)]
    tightest = min(quotas, key=lambda one: (one.remaining, -one.reset))
    return Standing(tightest, _policy(subjects), is_admitted)


def _quotas(limits: Limits, counts: Counts, now: int) -> Iterator[Quota]:
    minute = (MINUTE, limits.minute, counts.minute, counts.in_minute)
    day = (DAY, limits.day, counts.day, counts.in_day)
    for window, limit, number, count in (minute, day):
        if limit is not None:
            # A limit that was made smaller may be less than what it has let in.
            yield Quota(window, limit, max(limit - count, 0), (number + 1) * window - now)


def _policy(subjects: list[_Subject]) -> str:
    """`60;w=60, 1000;w=86400`: what binds the caller, the key's own first."""
    bounds = [
        (limit, window)
        for _, limits in subjects
        for window, limit in ((MINUTE, limits.minute), (DAY, limits.day))
    ]
    return ", ".join(f"{limit};w={window}" for limit, window in bounds if limit is not None)
