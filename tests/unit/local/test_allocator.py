"""Memory is given back where the system's library can be told to, and nothing breaks elsewhere."""

import ctypes
from types import SimpleNamespace

import pytest

from strata.local.allocator import give_back_large_blocks


def test_blocks_of_a_megabyte_and_more_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda option, value: told.append((option, value)))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    give_back_large_blocks()
    assert told == [(-3, 1_048_576)]


def test_a_library_that_knows_no_such_option_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    give_back_large_blocks()
