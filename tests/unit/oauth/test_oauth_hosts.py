"""Where the tokens of a provider go: to hosts that it names now, and that their user left them."""

from typing import Any

import pytest

from strata import credentials, providers
from strata.model.errors import NodeError, Unavailable
from strata.model.hosts import hosts_in_both
from strata.platform import Platform
from strata.providers import NewClient
from tests.held_oauth import PROVIDER, authorized, begun, completed, reaching
from tests.held_platform import USER
from tests.oauth_server import CLIENT, SECRET, OAuthServer
from tests.watched_table import after_first, watched

TWO = ["api.example.com", "files.example.com"]


@pytest.fixture
def platform(held: Platform, server: OAuthServer) -> Platform:
    return reaching(held, server, allowed_hosts=TWO)


def define(platform: Platform, server: OAuthServer, **changes: Any) -> None:
    new = NewClient(CLIENT, SECRET, server.definition(**changes))
    providers.save(PROVIDER, new, platform=platform)


def narrow(platform: Platform, credential_id: str, hosts: list[str]) -> None:
    credentials.change(USER, credential_id, {"allowed_hosts": hosts}, platform=platform)


def hosts(platform: Platform, credential_id: str) -> set[str]:
    return set(credentials.use(USER, credential_id, platform=platform).hosts)


def authorize_anew(
    platform: Platform, server: OAuthServer, credential_id: str, **wanted: Any
) -> dict[str, Any]:
    asked = begun(platform, credential_id=credential_id, name=wanted.pop("name", None))
    return completed(platform, asked, server.authorize(asked["authorize_url"]))


class TestProviders:
    def test_a_host_that_a_provider_names_no_more_gets_no_token(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        define(platform, server, allowed_hosts=TWO[:1])
        assert hosts(platform, own) == {TWO[0]}

    def test_one_that_it_names_since_gets_none_without_its_user(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        define(platform, server, allowed_hosts=[*TWO, "more.example.com"])
        assert hosts(platform, own) == set(TWO)
        assert authorize_anew(platform, server, own)["allowed_hosts"][-1] == "more.example.com"

    def test_of_one_that_is_gone_no_token_goes_anywhere(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        providers.delete(PROVIDER, platform=platform)
        with pytest.raises(NodeError) as raised:
            hosts(platform, own)
        assert raised.value.code == "provider_not_configured"

    def test_while_nobody_can_tell_its_hosts_no_token_goes_anywhere(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)

        def down(operation: str, subject: Any) -> None:
            if "PROVIDER" in str(subject):
                raise Unavailable

        with pytest.raises(Unavailable):
            hosts(watched(platform, before=down)[0], own)


class TestUsers:
    def test_what_a_user_narrowed_stays_so_when_it_is_authorised_anew(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        narrow(platform, own, TWO[1:])
        made = authorize_anew(platform, server, own)
        assert made["allowed_hosts"] == TWO[1:]
        assert hosts(platform, own) == {TWO[1]}

    def test_a_name_that_was_given_meanwhile_stays(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own, name=None)
        told = server.authorize(asked["authorize_url"])
        credentials.change(USER, own, {"name": "Meanwhile"}, platform=platform)
        assert completed(platform, asked, told)["name"] == "Meanwhile"

    def test_a_renewed_token_goes_where_its_own_version_may(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(3600)
        meanwhile = after_first("write", lambda: narrow(platform, own, TWO[:1]))
        assert hosts(watched(platform, before=meanwhile)[0], own) == {TWO[0]}


@pytest.mark.parametrize(
    ("own", "others", "both"),
    [
        (["a.io"], ["a.io"], ["a.io"]),
        (["a.io"], ["b.io"], []),
        (["a.io:443"], ["a.io"], ["a.io:443"]),
        (["a.io"], ["a.io:443", "a.io:8443"], ["a.io:443", "a.io:8443"]),
        (["a.io:443"], ["a.io:8443"], []),
        (["[2606::1]:443"], ["[2606::1]"], ["[2606::1]:443"]),
        (["[2606::1]"], ["[2606::2]"], []),
        ([], ["a.io"], []),
    ],
)
def test_a_host_with_a_port_is_narrower_than_without(
    own: list[str], others: list[str], both: list[str]
) -> None:
    assert hosts_in_both(own, others) == both
