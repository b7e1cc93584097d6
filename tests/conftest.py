"""What every kind of test may ask for. moto is loaded by the tests that use it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from strata.platform import Platform
from strata.settings import Settings
from tests.held_clock import HeldClock

if TYPE_CHECKING:
    from tests.faults import Line

# On top of the profile that Hypothesis itself chooses: a busy machine is no failure.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here, since pytest reads it before it looks into the folders."""
    parser.addoption(
        "--runner",
        choices=("local", "emulator", "cloud"),
        default="local",
        help="where tests/scenarios run (cloud: see tests/scenarios/runner.py)",
    )


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def aws_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Of an account in moto that is empty."""
    from tests.account import account

    with account(monkeypatch) as settings:
        yield settings


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> "Line":
    """What lies between botocore and moto, and can break."""
    from tests.faults import lay_line

    return lay_line(monkeypatch)


@pytest.fixture
def aws(aws_settings: Settings, line: "Line", clock: HeldClock) -> Platform:
    from strata.aws.platform import connect
    from tests.account import CLIENTS

    return connect(aws_settings, clock, CLIENTS)
