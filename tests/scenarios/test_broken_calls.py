"""Whatever call of AWS breaks, in whatever way, an execution ends as if nothing had happened.

Each story is told once whole, and then once for each of its calls with that call broken; where
there are many ways to break, the calls take them in turn."""

from collections.abc import Callable

import pytest

from tests.faults import CRASH, Fault
from tests.scenarios.broken_calls import Story, broken_account, changes, told
from tests.scenarios.broken_stories import STORIES

CONFLICT = {"CancellationReasons": [{"Code": "TransactionConflict"}]}
THROTTLED = {"CancellationReasons": [{"Code": "ThrottlingError"}]}
FOR_GOOD = [
    (Fault("", CRASH, after=True), 1),
    (Fault("", "InternalServerError", 500), 4),
    (Fault("", CRASH), 1),
    (Fault("", "ThrottlingException"), 4),
    (Fault("TransactWriteItems", "TransactionCanceledException", content=CONFLICT), 8),
]
"""Beyond what botocore's attempts get over."""
ONE_ATTEMPT = [
    Fault("", "timeout"),
    Fault("", "timeout", after=True),
    Fault("", "closed"),
    Fault("", "closed", after=True),
    Fault("", "unreachable"),
    Fault("", "InternalServerError", 500, after=True),
    Fault("", "ServiceUnavailable", 503),
    Fault("", "ThrottlingException"),
    Fault("TransactWriteItems", "TransactionCanceledException", content=CONFLICT),
    Fault("TransactWriteItems", "TransactionCanceledException", content=THROTTLED),
]


@pytest.mark.parametrize("story", STORIES)
def test_no_answer_that_is_lost_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    lost = Fault("", "timeout", after=True), 4
    assert differing(monkeypatch, STORIES[story], lambda _: lost) == {}


@pytest.mark.parametrize("story", STORIES)
def test_no_call_that_breaks_for_good_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    shift = list(STORIES).index(story)
    broken = differing(monkeypatch, STORIES[story], lambda at: FOR_GOOD[(at + shift) % 5])
    assert broken == {}


@pytest.mark.parametrize("story", STORIES)
def test_no_attempt_that_breaks_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    shift = list(STORIES).index(story)
    broken = differing(monkeypatch, STORIES[story], lambda at: (ONE_ATTEMPT[(at + shift) % 10], 1))
    assert broken == {}


def differing(
    monkeypatch: pytest.MonkeyPatch, story: Story, fault: Callable[[int], tuple[Fault, int]]
) -> dict[str, object]:
    """What differs from the end without faults, by the number and operation of the broken call."""
    found = {}
    with broken_account(monkeypatch) as world:
        expected, operations = told(story, world())
        for at in range(1, len(operations) + 1):
            end, hit = told(story, world(), at, *fault(at))
            found[f"{at} {hit[at - 1]}"] = changes(expected, end)
    return {at: change for at, change in found.items() if change}
