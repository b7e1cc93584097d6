from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from strata.model.block import Block
from strata.observability import direct
from strata.platform import Platform
from tests.held_clock import HeldClock
from tests.held_platform import held_platform

Hold = Callable[..., Platform]


@pytest.fixture
def hold(tmp_path: Path, clock: HeldClock) -> Hold:
    """Makes a platform with these blocks beside its own; twice: two processes on one store."""

    def make(*blocks: Block) -> Platform:
        return held_platform(tmp_path, clock, *blocks)

    return make


@pytest.fixture
def held(hold: Hold) -> Platform:
    return hold()


@pytest.fixture
def told() -> Iterator[StringIO]:
    """All lines of logs and metrics."""
    lines = StringIO()
    direct(lines)
    yield lines
    direct(None)
