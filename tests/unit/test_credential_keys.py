"""Without the key service no credential is kept, changed or used; and it is asked seldom."""

from dataclasses import replace

import pytest

from strata import credentials, nodes
from strata.aws.platform import connect
from strata.credentials import NewCredential
from strata.model.errors import NodeRetry, Unavailable
from strata.model.execution import Run
from strata.paging import PageRequest
from strata.platform import Platform
from strata.settings import Settings
from tests.account import CLIENTS, with_keys
from tests.builders import graph, node
from tests.faults import Fault, Line
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, HeldOutbound, play, started

ATTEMPTS = 4
"""Of botocore, of one call."""
SHUT = [
    "AccessDeniedException",
    "DisabledException",
    "KMSInvalidStateException",
    "NotFoundException",
    "ThrottlingException",
    "KMSInternalException",
    "timeout",
]
NEW = NewCredential("api_key", "Key", "example", ["api.example.com"], {"key": "k" * 20})


@pytest.fixture
def platform(aws_settings: Settings, line: Line, clock: HeldClock) -> Platform:
    assert line.all_faults_hit
    made = connect(with_keys(aws_settings), clock, CLIENTS)
    return replace(made, outbound=HeldOutbound(), machines=HeldMachines())


def shut(line: Line, operation: str, code: str) -> None:
    status = 500 if code == "KMSInternalException" else 400
    line.fail(*[Fault(operation, code, status)] * ATTEMPTS)


def opened(line: Line) -> None:
    """The faults that were not hit are gone: some errors are not tried again."""
    line._faults.clear()


def begun(platform: Platform, count: int = 1) -> Run:
    own = credentials.create(USER, NEW, platform=platform)["id"]
    request = {"url": "https://api.example.com", "credential": own}
    made = [node(f"n{at}", "http_request", **request) for at in range(count)]
    return started(graph(made), platform)


@pytest.mark.parametrize("code", SHUT)
def test_without_it_none_is_kept(platform: Platform, line: Line, code: str) -> None:
    shut(line, "GenerateDataKey", code)
    with pytest.raises(Unavailable):
        credentials.create(USER, NEW, platform=platform)
    opened(line)
    listed = credentials.listing(USER, page=PageRequest(), platform=platform)
    assert listed["items"] == []


@pytest.mark.parametrize("code", SHUT)
def test_without_it_a_node_sends_nothing_and_is_tried_again(
    platform: Platform, line: Line, code: str
) -> None:
    run = begun(platform)
    shut(line, "Decrypt", code)
    with pytest.raises(NodeRetry, match="platform_unavailable"):
        nodes.run(run, "n0", platform=platform)
    outbound = platform.outbound
    assert isinstance(outbound, HeldOutbound)
    assert outbound.calls == []
    opened(line)
    assert play(run, platform)["status"] == "COMPLETED"
    assert len(outbound.calls) == 1


def test_all_nodes_of_an_execution_ask_it_once(platform: Platform, line: Line) -> None:
    run = begun(platform, 5)
    asked = line.calls["Decrypt"]
    assert play(run, platform)["status"] == "COMPLETED"
    assert line.calls["Decrypt"] == asked + 1


def test_the_key_of_an_old_secret_opens_no_new_one(platform: Platform, line: Line) -> None:
    own = credentials.create(USER, NEW, platform=platform)["id"]
    credentials.use(USER, own, platform=platform)
    credentials.change(USER, own, {"secret": {"key": "n" * 20}}, platform=platform)
    asked = line.calls["Decrypt"]
    used = credentials.use(USER, own, platform=platform)
    assert used.headers == {"Authorization": "Bearer " + "n" * 20}
    assert line.calls["Decrypt"] == asked + 1
