"""Each part of the platform twice: the embedded one, and the one of AWS under moto."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from strata.aws.platform import connect
from strata.local.blobs import LocalBlobs
from strata.local.store import LocalTable
from strata.local.vault import LocalVault
from strata.platform import Platform
from strata.ports import Blobs, Table, Vault
from strata.settings import Settings
from tests.account import CLIENTS, account
from tests.faults import Line, lay_line
from tests.held_clock import HeldClock

PLATFORMS = ("local", "aws")
T = TypeVar("T")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with account(monkeypatch) as made:
        yield made


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return lay_line(monkeypatch)


@pytest.fixture
def aws(settings: Settings, line: Line, clock: HeldClock) -> Platform:
    return connect(settings, clock, CLIENTS)


@pytest.fixture
def local_table(tmp_path: Path, clock: HeldClock) -> Iterator[Table]:
    table = LocalTable(tmp_path / "strata.sqlite", clock)
    yield table
    table.close()


@pytest.fixture(params=PLATFORMS)
def table(request: pytest.FixtureRequest) -> Table:
    return _part(request, "local_table", lambda aws: aws.table)


@pytest.fixture
def local_blobs(tmp_path: Path, clock: HeldClock) -> Blobs:
    return LocalBlobs(tmp_path / "blobs", clock)


@pytest.fixture(params=PLATFORMS)
def blobs(request: pytest.FixtureRequest) -> Blobs:
    return _part(request, "local_blobs", lambda aws: aws.blobs)


@pytest.fixture
def local_vault(tmp_path: Path, clock: HeldClock) -> Vault:
    return LocalVault(tmp_path / "vault", clock)


@pytest.fixture(params=PLATFORMS)
def vault(request: pytest.FixtureRequest) -> Vault:
    return _part(request, "local_vault", lambda aws: aws.vault)


def _part(request: pytest.FixtureRequest, local: str, of: Callable[[Platform], T]) -> T:
    if request.param == "local":
        part: T = request.getfixturevalue(local)
        return part
    return of(request.getfixturevalue("aws"))
