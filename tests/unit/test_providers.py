"""Providers are data: those that Strata knows, and those that an environment defines."""

import json
from dataclasses import replace
from typing import Any

import pytest

from strata import providers
from strata.model.errors import InvalidBody, InvalidCursor, NotFound, Unavailable, VersionConflict
from strata.model.provider import Client, Provider
from strata.opened_keys import OpenedKeys
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Update
from strata.provider_checks import problems_of
from strata.providers import NewClient, known
from strata.store import keys
from strata.store.values import encode
from tests.at_once import at_once
from tests.held_oauth import Shut
from tests.held_platform import OTHER_USER, USER
from tests.unit.pages import all_items

SECRET = "swordfish-0123456789"
DEFINITION: dict[str, Any] = {
    "title": "Own",
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com:8443/token",
    "allowed_hosts": ["api.example.com"],
}
OWN = NewClient("client", SECRET, DEFINITION)
GITHUB = NewClient("client", SECRET)


def faults(raised: pytest.ExceptionInfo[InvalidBody]) -> list[tuple[str, str]]:
    assert SECRET not in str(raised.value.errors)
    return [(one.pointer, one.code) for one in raised.value.errors]


class TestKnown:
    def test_well_known_ones_are_there(self) -> None:
        names = {"github", "google", "slack", "notion", "microsoft", "discord", "linear", "spotify"}
        assert names <= set(known())

    @pytest.mark.parametrize("name", sorted(known()))
    def test_each_is_as_an_administrator_would_have_to_define_it(self, name: str) -> None:
        provider = known()[name]
        assert problems_of(provider, "") == []
        assert provider.client_auth in ("basic", "body")
        assert provider.body_format in ("form", "json")
        assert provider.scope_separator in (" ", ",")

    @pytest.mark.parametrize("name", sorted(known()))
    def test_no_token_goes_to_a_host_of_everybody(self, name: str) -> None:
        """Each host is the provider's own, as its endpoints are."""
        provider = known()[name]
        families = {"googleapis.com": "google.com", "dropboxapi.com": "dropbox.com"}
        families |= {"microsoft.com": "microsoftonline.com"}
        domain = _domain(provider.authorize_url.split("/")[2])
        for host in provider.allowed_hosts:
            assert families.get(_domain(host), _domain(host)) == domain


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-2:])


class TestConfiguring:
    def test_a_known_one_needs_a_client_alone(self, held: Platform) -> None:
        before = providers.get("github", platform=held)
        assert (before["configured"], before["client_id"], before["revision"]) == (False, None, 0)
        saved = providers.save("github", GITHUB, platform=held)
        assert saved == providers.get("github", platform=held)
        assert (saved["configured"], saved["built_in"], saved["revision"]) == (True, True, 1)
        assert SECRET not in encode(saved)
        client = providers.client_of("github", held)
        assert client == Client("github", known()["github"], "client", SECRET)
        assert SECRET not in repr(client)

    def test_one_of_its_own_needs_a_definition(self, held: Platform) -> None:
        with pytest.raises(InvalidBody) as raised:
            providers.save("own", GITHUB, platform=held)
        assert faults(raised) == [("/definition", "missing_field")]
        saved = providers.save("own", OWN, platform=held)
        assert (saved["title"], saved["built_in"]) == ("Own", False)
        client = providers.client_of("own", held)
        assert client == Client("own", Provider(**DEFINITION), "client", SECRET)

    def test_a_known_one_is_not_defined_anew(self, held: Platform) -> None:
        with pytest.raises(InvalidBody) as raised:
            providers.save("github", OWN, platform=held)
        assert faults(raised) == [("/definition", "known_provider")]

    @pytest.mark.parametrize(
        ("auth", "secret"), [("basic", ""), ("body", ""), ("none", "swordfish")]
    )
    def test_a_client_has_a_secret_unless_it_is_public(
        self, held: Platform, auth: str, secret: str
    ) -> None:
        new = NewClient("client", secret, {**DEFINITION, "client_auth": auth})
        with pytest.raises(InvalidBody) as raised:
            providers.save("own", new, platform=held)
        assert faults(raised) == [("/client_secret", "invalid_secret")]

    def test_a_public_client_has_none(self, held: Platform) -> None:
        new = NewClient("client", "", {**DEFINITION, "client_auth": "none"})
        providers.save("own", new, platform=held)
        client = providers.client_of("own", held)
        assert client is not None
        assert client.secret == ""

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"token_url": "http://login.example.com/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://a:b@login.example.com"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://login.example.com/#x"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://[::1/"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://exämple.com/"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://example.com/a b"}, ("/token_url", "invalid_url")),
            ({"token_url": "x" * 3000}, ("/token_url", "invalid_url")),
            ({"token_url": "https://127.0.0.1/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://[::1]:8443/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://[fd00::1]/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://0x7f.1/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://localhost/token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://a.localhost./token"}, ("/token_url", "invalid_url")),
            ({"token_url": "https://example.com:9999/token"}, ("/token_url", "invalid_url")),
            ({"revoke_url": "https://169.254.169.254/"}, ("/revoke_url", "invalid_url")),
            ({"authorize_url": "javascript:alert(1)"}, ("/authorize_url", "invalid_url")),
            ({"revoke_url": "ftp://example.com"}, ("/revoke_url", "invalid_url")),
            ({"allowed_hosts": []}, ("/allowed_hosts", "no_host")),
            ({"allowed_hosts": ["*.example.com"]}, ("/allowed_hosts/0", "invalid_host")),
            ({"scopes": ["a", "b c"]}, ("/scopes/1", "invalid_scope")),
            (
                {"authorize_parameters": {"state": "x"}},
                ("/authorize_parameters", "reserved_parameter"),
            ),
            ({"request_headers": {"authorization": "x"}}, ("/request_headers", "invalid_header")),
            ({"request_headers": {"host": "x"}}, ("/request_headers", "invalid_header")),
            ({"request_headers": {"x-a": "b\nc"}}, ("/request_headers", "invalid_header")),
        ],
    )
    def test_what_is_no_provider_is_told_by_its_place(
        self, held: Platform, change: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        with pytest.raises(InvalidBody) as raised:
            providers.save("own", NewClient("c", SECRET, {**DEFINITION, **change}), platform=held)
        assert faults(raised) == [("/definition" + fault[0], fault[1])]

    @pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]:8443", "login.example.com:443"])
    def test_a_public_address_is_a_host_like_others(self, held: Platform, host: str) -> None:
        new = NewClient("c", SECRET, {**DEFINITION, "token_url": f"https://{host}/token"})
        assert providers.save("own", new, platform=held)["configured"]

    def test_http_is_for_the_one_host_of_tests(self, held: Platform) -> None:
        settings = replace(held.settings, allowed_upstream="127.0.0.1:9000")
        platform = replace(held, settings=settings)
        for url, right in (("http://127.0.0.1:9000/t", True), ("http://127.0.0.1:9001/t", False)):
            new = NewClient("c", SECRET, {**DEFINITION, "token_url": url})
            if right:
                providers.save("own", new, platform=platform)
            else:
                with pytest.raises(InvalidBody):
                    providers.save("own", new, platform=platform)

    def test_it_is_replaced_with_its_secret_or_not_at_all(self, held: Platform) -> None:
        """So that an old secret is never sent to a new place."""
        providers.save("own", OWN, platform=held)
        elsewhere = {**DEFINITION, "token_url": "https://evil.example/token"}
        with pytest.raises(InvalidBody):
            providers.save("own", NewClient("client", "", elsewhere), platform=held)
        saved = providers.save("own", NewClient("client", "new", elsewhere), platform=held)
        assert saved["revision"] == 2
        client = providers.client_of("own", held)
        assert client is not None
        assert client.secret == "new"

    def test_an_old_tag_changes_nothing(self, held: Platform) -> None:
        for tag in ('"1"', "*"):
            with pytest.raises(VersionConflict):
                providers.save("github", GITHUB, if_match=tag, platform=held)
        providers.save("github", GITHUB, platform=held)
        providers.save("github", GITHUB, if_match='"1"', platform=held)
        with pytest.raises(VersionConflict):
            providers.delete("github", if_match='"1"', platform=held)
        providers.delete("github", if_match='"2"', platform=held)

    def test_the_tag_of_one_that_is_not_configured_configures_it_once(self, held: Platform) -> None:
        tag = f'"{providers.get("github", platform=held)["revision"]}"'
        assert providers.save("github", GITHUB, if_match=tag, platform=held)["revision"] == 1
        with pytest.raises(VersionConflict):
            providers.save("github", GITHUB, if_match=tag, platform=held)

    def test_of_many_at_once_each_is_kept_or_refused(self, held: Platform) -> None:
        def save(number: int) -> bool:
            try:
                providers.save("github", NewClient(f"c{number}", SECRET), platform=held)
            except VersionConflict:
                return False
            return True

        done = at_once(8, save)
        told = providers.get("github", platform=held)
        assert told["revision"] == sum(done) > 0

    def test_what_is_deleted_is_as_it_was(self, held: Platform) -> None:
        for name, new in (("github", GITHUB), ("own", OWN)):
            providers.save(name, new, platform=held)
            providers.delete(name, platform=held)
            assert providers.client_of(name, held) is None
            with pytest.raises(NotFound):
                providers.delete(name, platform=held)
        assert providers.get("github", platform=held)["configured"] is False
        with pytest.raises(NotFound):
            providers.get("own", platform=held)


class TestSecrets:
    def test_the_table_holds_none_in_clear(self, held: Platform) -> None:
        providers.save("own", OWN, platform=held)
        assert SECRET not in json.dumps(held.table.get(keys.provider("own")))

    @pytest.mark.parametrize("change", [{"client_id": "x"}, {"revision": 2}, {"sealed": "AQAA"}])
    def test_in_another_row_or_version_it_does_not_open(
        self, held: Platform, change: dict[str, Any]
    ) -> None:
        providers.save("own", OWN, platform=held)
        held.table.write(Update(keys.provider("own"), set=change))
        with pytest.raises(Unavailable):
            providers.client_of("own", held)

    def test_without_the_vault_nothing_is_kept_or_opened(self, held: Platform) -> None:
        down = replace(held, vault=Shut(held.vault), opened_keys=OpenedKeys())
        with pytest.raises(Unavailable):
            providers.save("own", OWN, platform=down)
        assert held.table.get(keys.provider("own")) is None
        providers.save("own", OWN, platform=held)
        with pytest.raises(Unavailable):
            providers.client_of("own", down)


class TestLists:
    @pytest.mark.parametrize("limit", [1, 5, 100])
    def test_all_are_listed_by_name(self, held: Platform, limit: int) -> None:
        providers.save("zebra", OWN, platform=held)
        providers.save("github", GITHUB, platform=held)
        found = all_items(lambda page: providers.listing(USER, page=page, platform=held), limit)
        assert [one["id"] for one in found] == sorted([*known(), "zebra"])
        assert [one["id"] for one in found if one["configured"]] == ["github", "zebra"]
        assert SECRET not in encode(found)

    def test_a_cursor_is_its_user_s(self, held: Platform) -> None:
        page = providers.listing(USER, page=PageRequest(2), platform=held)
        other = PageRequest(2, page["next_cursor"])
        with pytest.raises(InvalidCursor):
            providers.listing(OTHER_USER, page=other, platform=held)
