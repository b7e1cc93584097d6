"""Times in lanes of one integer: added, compared and summed up all at once."""

from hypothesis import given
from hypothesis import strategies as st

from strata.compiler.trial_times import LANE, MILLISECONDS, TRIALS, longer, longest_of, total, trial

times = st.lists(st.integers(0, 2**34), min_size=TRIALS, max_size=TRIALS)


def lanes(of: list[int]) -> int:
    return sum(time << LANE * at for at, time in enumerate(of))


def unpacked(packed: int) -> list[int]:
    return [packed >> LANE * at & (1 << LANE) - 1 for at in range(TRIALS)]


@given(times, times)
def test_the_longer_of_two_is_found_in_each_lane(one: list[int], other: list[int]) -> None:
    longest = [max(pair) for pair in zip(one, other, strict=True)]
    assert unpacked(longer(lanes(one), lanes(other))) == longest
    assert longer(lanes(one), lanes(one)) == lanes(one)


@given(times)
def test_the_total_sums_up_all_lanes(one: list[int]) -> None:
    assert total(lanes(one)) == sum(one)


def test_the_longest_of_none_is_nothing() -> None:
    assert longest_of([]) == 0


def test_a_node_takes_each_time_in_one_trial() -> None:
    assert sorted(unpacked(trial(7))) == sorted(MILLISECONDS)


def test_every_node_has_an_order_of_its_own() -> None:
    assert len({trial(node) for node in range(10_000)}) == 10_000


def test_the_times_go_from_ten_milliseconds_to_ten_seconds() -> None:
    assert min(MILLISECONDS) >= 10
    assert max(MILLISECONDS) <= 10_000
