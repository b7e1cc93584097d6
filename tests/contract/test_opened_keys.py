"""How often an execution asks the vault to open the key of a credential: once for a process."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata import credentials, executions, graphs, nodes
from strata.aws.platform import connect
from strata.credentials import NewCredential
from strata.model.graph import Graph
from strata.opened_keys import OpenedKeys
from strata.platform import Platform
from strata.ports import Vault
from strata.settings import Settings
from tests.account import CLIENTS, with_keys
from tests.at_once import at_once
from tests.builders import graph, node
from tests.faults import Line
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldOutbound, held_platform, run_of

NODES = 20
TOKEN = "token-of-a-test-0123456789"


class CountedVault:
    """The vault, and how often it opened a data key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.opened = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        self.opened += 1
        return self._vault.open_data_key(wrapped, context)


@pytest.fixture
def world(part: Any) -> Platform:
    found: Platform = part("world")
    return replace(found, vault=CountedVault(found.vault), outbound=HeldOutbound())


@pytest.fixture
def local_world(tmp_path: Path, clock: HeldClock) -> Platform:
    return held_platform(tmp_path, clock)


@pytest.fixture
def aws_world(aws_settings: Settings, line: Line, clock: HeldClock) -> Platform:
    return connect(with_keys(aws_settings), clock, CLIENTS)


def calling(credential_id: str) -> Graph:
    names = [f"call{number:02}" for number in range(NODES)]
    made = [
        node(name, "http_request", url="https://api.example.com/", credential=credential_id)
        for name in names
    ]
    return graph(made)


def new_credential(platform: Platform) -> str:
    given = NewCredential("api_key", "A", "example", ["api.example.com"], {"key": TOKEN})
    return str(credentials.create(USER, given, platform=platform)["id"])


def test_twenty_nodes_at_once_open_the_key_of_their_credential_once(world: Platform) -> None:
    credential_id = new_credential(world)
    made = graphs.create(USER, calling(credential_id), platform=world)
    run = run_of(executions.start(USER, made["id"], {}, platform=world), USER)
    warm = replace(world, opened_keys=OpenedKeys())
    before = warm.vault.opened  # type: ignore[attr-defined]
    at_once(NODES, lambda number: nodes.run(run, f"call{number:02}", platform=warm))
    outbound: Any = warm.outbound
    assert [call[1] for call in outbound.calls] == [{"Authorization": f"Bearer {TOKEN}"}] * NODES
    assert warm.vault.opened - before == 1  # type: ignore[attr-defined]


def test_after_its_deletion_nothing_of_it_is_left_in_memory(world: Platform) -> None:
    credential_id = new_credential(world)
    credentials.use(USER, credential_id, platform=world)
    assert len(world.opened_keys) == 1
    credentials.delete(USER, credential_id, platform=world)
    assert len(world.opened_keys) == 0
