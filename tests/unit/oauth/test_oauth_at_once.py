"""Twenty nodes need the same tokens at once: the provider is asked once. On both tables."""

from dataclasses import replace
from typing import Any

import pytest

from strata import credentials
from strata.aws.platform import connect
from strata.clock import SystemClock
from strata.model.errors import NodeError
from strata.platform import Platform
from strata.ports import Update
from strata.settings import Settings
from strata.store import keys
from tests.account import CLIENTS, with_keys
from tests.at_once import at_once
from tests.faults import Line
from tests.held_oauth import authorized, reaching
from tests.held_platform import USER
from tests.oauth_server import OAuthServer, saying_json

NODES = 20
LIFE = 3600


@pytest.fixture
def embedded(held: Platform) -> Platform:
    return replace(held, clock=SystemClock())


@pytest.fixture
def on_aws(aws_settings: Settings, line: Line) -> Platform:
    assert line.all_faults_hit
    return connect(with_keys(aws_settings), SystemClock(), CLIENTS)


@pytest.fixture(params=["embedded", "on_aws"])
def platform(request: pytest.FixtureRequest, server: OAuthServer) -> Platform:
    return reaching(request.getfixturevalue(request.param), server)


def ends_in(platform: Platform, credential_id: str, seconds: int) -> None:
    ends = int(platform.clock.now().timestamp()) + seconds
    key = keys.credential(USER, credential_id)
    platform.table.write(Update(key, set={"token_expires": ends}))


def sent(platform: Platform, credential_id: str) -> str:
    return credentials.use(USER, credential_id, platform=platform).headers["Authorization"]


def test_all_send_the_new_token_where_the_old_one_has_ended(
    platform: Platform, server: OAuthServer
) -> None:
    own = authorized(platform, server)
    ends_in(platform, own, -1)
    tokens = at_once(NODES, lambda _: sent(platform, own))
    assert set(tokens) == {f"Bearer {server.access_tokens[1]}"}
    assert len(server.forms) == 2


def test_nobody_waits_while_the_old_one_is_good(platform: Platform, server: OAuthServer) -> None:
    own = authorized(platform, server)
    ends_in(platform, own, 45)
    tokens = at_once(NODES, lambda _: sent(platform, own))
    assert set(tokens) <= {f"Bearer {token}" for token in server.access_tokens}
    assert f"Bearer {server.access_tokens[1]}" in tokens
    assert len(server.forms) == 2


def test_a_grant_that_has_ended_is_found_out_once(platform: Platform, server: OAuthServer) -> None:
    own = authorized(platform, server)
    ends_in(platform, own, -1)
    server.misbehave = [saying_json({"error": "invalid_grant"}, "400 Bad Request")]

    def try_it(_: int) -> Any:
        with pytest.raises(NodeError) as raised:
            sent(platform, own)
        return raised.value.code

    assert set(at_once(NODES, try_it)) == {"needs_authorization"}
    assert len(server.forms) == 2
