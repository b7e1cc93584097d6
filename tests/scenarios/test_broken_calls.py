"""Whatever call of AWS breaks, in whatever way, an execution ends as if nothing had happened.

Each story is told once whole, and then once for each of its calls with that call broken: by the
loss of its answer, which is the hardest; by all other ways in turn, every third call."""

from collections.abc import Callable

import pytest

from tests.faults import CRASH, Fault
from tests.scenarios.broken_calls import Story, broken_account, changes, told
from tests.scenarios.broken_stories import STORIES, sends_something

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

    def hit(at: int) -> tuple[Fault, int]:
        return FOR_GOOD[(at // 3 + shift) % 5]

    assert differing(monkeypatch, STORIES[story], hit, first=1, step=3) == {}


@pytest.mark.parametrize("story", STORIES)
def test_no_attempt_that_breaks_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    shift = list(STORIES).index(story)

    def hit(at: int) -> tuple[Fault, int]:
        return ONE_ATTEMPT[(at // 3 + shift) % 10], 1

    assert differing(monkeypatch, STORIES[story], hit, first=2, step=3) == {}


@pytest.mark.parametrize("fault", FOR_GOOD[:3], ids=lambda hit: str(hit[0].answer))
def test_an_effect_is_had_once_or_told_to_be_possibly_repeated(
    monkeypatch: pytest.MonkeyPatch, fault: tuple[Fault, int]
) -> None:
    with broken_account(monkeypatch) as world:
        _, operations = told(sends_something, world())
        for at in range(1, len(operations) + 1):
            here = world()
            end, _ = told(sends_something, here, at, *fault)
            (execution,) = end["executions"]
            assert (execution["status"], execution["outputs"]) == ("COMPLETED", {"paid": 200})
            keys = [call.headers["idempotency-key"] for call, *_ in here.outbound.calls]
            assert len(set(keys)) == 1
            assert len(keys) == 1 or execution["nodes"][0]["possibly_repeated"], (at, keys)


def differing(
    monkeypatch: pytest.MonkeyPatch,
    story: Story,
    fault: Callable[[int], tuple[Fault, int]],
    first: int = 1,
    step: int = 1,
) -> dict[str, object]:
    """What differs from the end without faults, by the number and operation of the broken call."""
    found = {}
    with broken_account(monkeypatch) as world:
        expected, operations = told(story, world())
        for at in range(first, len(operations) + 1, step):
            end, hit = told(story, world(), at, *fault(at))
            found[f"{at} {hit[at - 1]}"] = changes(expected, end)
    return {at: change for at, change in found.items() if change}
