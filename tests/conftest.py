"""What every kind of test may ask for."""

import pytest

from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()
