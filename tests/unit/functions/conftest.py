from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from strata.platform import Platform
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway, opened


@pytest.fixture
def platform(tmp_path: Path, clock: HeldClock) -> Iterator[Platform]:
    with opened(tmp_path, clock) as platform:
        yield platform


@pytest.fixture
def gateway(platform: Platform) -> Gateway:
    """Nobody is signed in."""
    return Gateway(platform)


@pytest.fixture
def ada(gateway: Gateway) -> Gateway:
    """A user is signed in."""
    return gateway.signed_in()


@pytest.fixture(autouse=True)
def log(told: StringIO) -> StringIO:
    """The lines of logs and metrics."""
    return told
