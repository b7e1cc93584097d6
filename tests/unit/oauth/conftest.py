from collections.abc import Iterator

import pytest

from strata.platform import Platform
from tests.held_oauth import reaching
from tests.oauth_server import OAuthServer, oauth_server


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with oauth_server() as server:
        yield server


@pytest.fixture
def platform(held: Platform, server: OAuthServer) -> Platform:
    return reaching(held, server)
