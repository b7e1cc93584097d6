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


def test_threads_that_ask_at_once_get_a_value_each() -> None:
    memory, make = Memory(), Maker()
    assert set(at_once(20, lambda _: memory.recall("a", make))) <= set(range(1, 21))
    assert memory.recall("a", make) <= make.asked
