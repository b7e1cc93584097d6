from io import StringIO

import pytest

from strata.platform import Platform
from tests.held_clock import HeldClock
from tests.unit.http.shelf import shelf_platform


@pytest.fixture
def platform(clock: HeldClock) -> Platform:
    return shelf_platform(clock)


@pytest.fixture(autouse=True)
def log(told: StringIO) -> StringIO:
    """The lines of logs and metrics."""
    return told
