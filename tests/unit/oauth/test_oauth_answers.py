"""The answers of a provider are a stranger's: read strictly, bounded, and never repeated."""

import json
import logging
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from strata import credentials, oauth_tokens, providers
from strata.model.errors import AuthorizationFailed, ProviderUnavailable, StrataError
from strata.opened_keys import OpenedKeys
from strata.outbound import GuardedClient
from strata.paging import PageRequest
from strata.platform import Platform
from strata.providers import NewClient
from strata.store import keys
from tests.held_oauth import PROVIDER, Shut, authorized, begun, completed, reaching, row
from tests.held_platform import USER
from tests.oauth_server import CLIENT, SECRET, OAuthServer, saying_json
from tests.unit.outbound_server import Behave, answering, call, redirecting, saying, serving

GOOD: dict[str, Any] = {"access_token": "swordfish", "token_type": "bearer"}


def refused(platform: Platform, server: OAuthServer, behave: Behave) -> type[StrataError]:
    server.misbehave = [behave]
    with pytest.raises((AuthorizationFailed, ProviderUnavailable)) as raised:
        authorized(platform, server)
    assert "swordfish" not in f"{raised.value.detail}{raised.value.errors}"
    return raised.type


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "status"),
        [
            ({"error": "invalid_grant", "error_description": "swordfish"}, "400 Bad Request"),
            ({"error": "swordfish"}, "400 Bad Request"),
            ({"error": "invalid_client"}, "401 Unauthorized"),
            ({"code": "invalid_grant"}, "400 Bad Request"),
            ({"ok": False, "error": "invalid_code"}, "200 OK"),
            ({"error": "bad_verification_code", "access_token": "swordfish"}, "200 OK"),
            ({"error": {"swordfish": 1}}, "400 Bad Request"),
            (["swordfish"], "403 Forbidden"),
        ],
    )
    def test_a_no_is_told_without_its_words(
        self, platform: Platform, server: OAuthServer, content: Any, status: str
    ) -> None:
        answer = saying_json(content, status)
        assert refused(platform, server, answer) is AuthorizationFailed

    def test_a_known_reason_is_told(self, platform: Platform, server: OAuthServer) -> None:
        server.misbehave = [saying_json({"error": "invalid_client"}, "401 Unauthorized")]
        with pytest.raises(AuthorizationFailed, match="client, or its secret is wrong"):
            authorized(platform, server)


class TestBroken:
    @pytest.mark.parametrize(
        "behave",
        [
            answering(b"swordfish"),
            answering(b""),
            answering(b"null"),
            answering(b"\xff\xfe"),
            answering(b"[" * 60_000),
            answering(b'{"access_token": ' + b"9" * 10_000 + b"}"),
            answering(json.dumps({**GOOD, "more": "x" * 100_000}).encode()),
            answering(b"", status="204 No Content"),
            answering(b"swordfish", status="404 Not Found"),
            saying_json({}),
            *(
                saying_json({**GOOD, name: value})
                for name, value in [
                    ("access_token", ""),
                    ("access_token", None),
                    ("access_token", 7),
                    ("access_token", ["swordfish"]),
                    ("access_token", "sword fish"),
                    ("access_token", "sword\r\nX-Evil: fish"),
                    ("access_token", "swördfish"),
                    ("access_token", "x" * 20_000),
                    ("refresh_token", "sword\nfish"),
                    ("refresh_token", 7),
                    ("token_type", "mac"),
                    ("token_type", None),
                    ("expires_in", "soon"),
                    ("expires_in", 0),
                    ("expires_in", -5),
                    ("expires_in", True),
                    ("expires_in", []),
                    ("expires_in", "9" * 30),
                    ("scope", 7),
                    ("scope", {"read": 1}),
                    ("scope", "re\nad\x00"),
                    ("scope", [7]),
                    ("scope", "a b " * 200),
                ]
            ),
        ],
    )
    def test_an_answer_that_is_none_of_this_protocol_makes_no_credential(
        self, platform: Platform, server: OAuthServer, behave: Behave
    ) -> None:
        assert refused(platform, server, behave) is AuthorizationFailed
        page = credentials.listing(USER, page=PageRequest(), platform=platform)
        assert page["items"] == []

    @pytest.mark.parametrize(
        "behave",
        [
            answering(b"swordfish", status="500 Down"),
            answering(b"swordfish", status="429 Slow"),
            saying(b""),
            saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
            saying_json({"error": "server_error"}, "400 Bad Request"),
        ],
    )
    def test_one_that_is_down_may_be_asked_again(
        self, platform: Platform, server: OAuthServer, behave: Behave
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        server.misbehave = [behave]
        with pytest.raises(ProviderUnavailable):
            completed(platform, asked, told)
        assert completed(platform, asked, server.authorize(asked["authorize_url"]))["id"]

    def test_no_redirect_is_followed_with_a_secret(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        for status in ("307 Temporary Redirect", "308 Permanent Redirect", "302 Found"):
            answer = answering(b"", f"Location: {server.url('/evil')}", status=status)
            assert refused(platform, server, answer) is AuthorizationFailed
        assert {one.line for one in server.server.received} == {"POST /token HTTP/1.1"}

    def test_a_provider_s_time_is_bounded(
        self, platform: Platform, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(oauth_tokens, "SECONDS", 0.05)
        slow = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        assert refused(platform, server, slow) is ProviderUnavailable

    def test_one_that_nobody_can_reach_is_unavailable(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        definition = server.definition(token_url="https://nowhere.invalid/token")
        providers.save(PROVIDER, NewClient(CLIENT, SECRET, definition), platform=platform)
        asked = begun(platform)
        with pytest.raises(ProviderUnavailable):
            completed(platform, asked, server.authorize(asked["authorize_url"]))


class TestRead:
    @pytest.mark.parametrize(
        ("life", "end"),
        [
            (3600, 3600),
            ("3600", 3600),
            (3600.9, 3600),
            (0.5, 1),
            (10**12, oauth_tokens.MOST_LIFE),
        ],
    )
    def test_a_life_is_read_as_providers_write_it(
        self, platform: Platform, server: OAuthServer, life: Any, end: int
    ) -> None:
        server.extra = {"expires_in": life}
        own = authorized(platform, server)
        now = int(platform.clock.now().timestamp())
        assert row(platform, own)["token_expires"] - now == end

    def test_a_type_may_have_the_name_that_the_provider_gives_it(
        self, held: Platform, server: OAuthServer
    ) -> None:
        server.extra = {"token_type": "Bot"}
        platform = reaching(held, server, bearer_name="bot")
        assert authorized(platform, server)

    def test_headers_that_a_provider_asks_for_are_sent(
        self, held: Platform, server: OAuthServer
    ) -> None:
        platform = reaching(held, server, request_headers={"notion-version": "2022-06-28"})
        authorized(platform, server)
        sent = server.server.received[0].headers
        assert (sent["notion-version"], sent["accept"]) == ("2022-06-28", "application/json")


class TestRevocation:
    def test_the_tokens_of_a_deleted_credential_are_revoked(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        assert credentials.delete(USER, own, platform=platform)["revoked"] is True
        assert server.revoked == ["refresh-swordfish-3"]

    def test_without_a_refresh_token_the_access_token_is(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        server.refreshes = False
        own = authorized(platform, server)
        credentials.delete(USER, own, platform=platform)
        assert server.revoked == ["access-swordfish-2"]

    def test_a_provider_without_such_an_endpoint_is_not_asked(
        self, held: Platform, server: OAuthServer
    ) -> None:
        platform = reaching(held, server, revoke_url=None)
        own = authorized(platform, server)
        assert credentials.delete(USER, own, platform=platform)["revoked"] is False
        assert len(server.server.received) == 1

    @pytest.mark.parametrize("url", ["/nowhere", "https://nowhere.invalid/revoke"])
    def test_a_revocation_that_fails_is_logged_and_brings_nothing_back(
        self, held: Platform, server: OAuthServer, told: StringIO, url: str
    ) -> None:
        where = server.url(url) if url.startswith("/") else url
        platform = reaching(held, server, revoke_url=where)
        own = authorized(platform, server)
        assert credentials.delete(USER, own, platform=platform) == {"used_by": [], "revoked": False}
        assert platform.table.get(keys.credential(USER, own)) is None
        assert f'"credential_id":"{own}"' in told.getvalue()
        assert "TokenUnavailable" in told.getvalue()
        assert "swordfish" not in told.getvalue()

    def test_without_the_vault_a_credential_is_deleted_all_the_same(
        self, platform: Platform, server: OAuthServer, told: StringIO
    ) -> None:
        own = authorized(platform, server)
        down = replace(platform, vault=Shut(platform.vault), opened_keys=OpenedKeys())
        credentials.delete(USER, own, platform=down)
        assert platform.table.get(keys.credential(USER, own)) is None
        assert server.revoked == []
        assert "Unavailable" in told.getvalue()


def test_no_log_at_any_level_holds_a_secret(
    platform: Platform, server: OAuthServer, caplog: pytest.LogCaptureFixture, told: StringIO
) -> None:
    with caplog.at_level(logging.DEBUG):
        own = authorized(platform, server)
        platform.clock.sleep(4000)
        credentials.use(USER, own, platform=platform)
        credentials.delete(USER, own, platform=platform)
    lines = caplog.text + told.getvalue()
    assert not any(one in lines for one in ("swordfish", SECRET, "aut_"))


def test_where_redirects_are_not_followed_the_answer_is_the_redirect() -> None:
    with serving(redirecting("/next")) as server:
        client = GuardedClient(server.upstream)
        answer = client.send(call(server.url(), follows=False), {}, None)
        assert (answer.status, len(server.received)) == (302, 1)
