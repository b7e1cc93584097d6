import pytest

from strata.memory import Memory
from tests.at_once import at_once


class Maker:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked


def test_what_is_recalled_was_made_once() -> None:
    memory, make = Memory(), Maker()
    assert [memory.recall("a", make) for _ in range(3)] == [1, 1, 1]


def test_what_is_forgotten_is_made_again() -> None:
    memory, make = Memory(), Maker()
    memory.recall("a", make)
    memory.forget("a")
    memory.forget("never known")
    assert "a" not in memory
    assert memory.recall("a", make) == 2


def test_what_cannot_be_made_is_not_remembered() -> None:
    memory = Memory()
    with pytest.raises(ZeroDivisionError):
        memory.recall("a", lambda: 1 // 0)
    assert memory.recall("a", lambda: "made") == "made"


def test_nothing_can_be_remembered_too() -> None:
    memory, make = Memory(), Maker()
    memory.recall("a", lambda: None)
    assert memory.recall("a", make) is None


def test_the_least_recently_used_is_forgotten_first() -> None:
    memory = Memory(capacity=2)
    for key in ("a", "b", "a", "c"):
        memory.recall(key, Maker())
    assert [key in memory for key in "abc"] == [True, False, True]


def test_a_large_value_takes_the_room_of_many() -> None:
    memory = Memory(capacity=4)
    for key in "abc":
        memory.recall(key, Maker())
    memory.recall("large", Maker(), lambda _: 2000)
    assert [key in memory for key in ("a", "b", "c", "large")] == [False, False, True, True]


def test_one_that_is_larger_than_the_memory_is_remembered_alone() -> None:
    memory = Memory(capacity=2)
    memory.recall("a", Maker())
    memory.recall("large", Maker(), lambda _: 1_000_000)
    assert ("a" in memory, "large" in memory) == (False, True)
    memory.recall("b", Maker())
    assert ("b" in memory, "large" in memory) == (True, False)


def test_threads_that_ask_at_once_get_a_value_each() -> None:
    memory, make = Memory(), Maker()
    assert set(at_once(20, lambda _: memory.recall("a", make))) <= set(range(1, 21))
    assert memory.recall("a", make) <= make.asked
