"""What an authorisation grants: by whom, for what, and to which credential."""

from typing import Any

import pytest

from strata import credentials
from strata.credentials import NewCredential
from strata.model.errors import (
    AuthorizationFailed,
    InvalidBody,
    NotFound,
    SecretRequired,
    Unavailable,
)
from strata.platform import Platform
from tests.held_oauth import PROVIDER, authorized, begun, completed, reaching, refusal, row
from tests.held_platform import OTHER_USER, USER
from tests.oauth_server import OAuthServer
from tests.watched_table import after_first, watched


class TestIssuer:
    @pytest.mark.parametrize(
        ("given", "right"), [(None, True), ("https://as.example", True), ("https://x", False)]
    )
    def test_an_issuer_that_is_told_is_checked(
        self, held: Platform, server: OAuthServer, given: str | None, right: bool
    ) -> None:
        platform = reaching(held, server, issuer="https://as.example")
        assert self.tried(platform, server, given) is right

    @pytest.mark.parametrize(("given", "right"), [(None, False), ("https://as.example", True)])
    def test_one_that_must_be_told_is_missed(
        self, held: Platform, server: OAuthServer, given: str | None, right: bool
    ) -> None:
        platform = reaching(held, server, issuer="https://as.example", sends_issuer=True)
        assert self.tried(platform, server, given) is right

    def test_one_of_a_provider_that_declares_none_is_refused(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        with pytest.raises(AuthorizationFailed):
            completed(platform, asked, {**told, "iss": "https://anything.example"})
        assert server.forms == []
        completed(platform, asked, told)

    def tried(self, platform: Platform, server: OAuthServer, issuer: str | None) -> bool:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        if issuer is not None:
            told["iss"] = issuer
        try:
            completed(platform, asked, told)
        except AuthorizationFailed as error:
            return refusal(error) != [("/iss", "invalid_issuer")]
        return True


class TestScopes:
    def test_without_a_word_of_the_provider_they_are_those_asked_for(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server, scopes=["read", "write"])
        assert row(platform, own)["scopes"] == ["read", "write"]

    @pytest.mark.parametrize("told", ["read", "read,", ["read"]])
    def test_fewer_are_told(self, platform: Platform, server: OAuthServer, told: Any) -> None:
        server.extra = {"scope": told}
        own = authorized(platform, server, scopes=["read", "write"])
        assert row(platform, own)["scopes"] == ["read"]

    def test_more_are_refused_and_given_back(self, platform: Platform, server: OAuthServer) -> None:
        server.extra = {"scope": "read admin"}
        with pytest.raises(AuthorizationFailed):
            authorized(platform, server, scopes=["read"])
        assert server.revoked == ["refresh-swordfish-3"]

    def test_a_provider_that_names_them_in_other_words_is_let(
        self, held: Platform, server: OAuthServer
    ) -> None:
        server.extra = {"scope": "https://example.com/auth/read"}
        platform = reaching(held, server, widens_scopes=True)
        own = authorized(platform, server, scopes=["read"])
        assert row(platform, own)["scopes"] == ["https://example.com/auth/read"]


class TestAnew:
    def test_an_authorised_credential_keeps_its_id_and_gets_new_tokens(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own, name=None, scopes=["read", "write"])
        made = completed(platform, asked, server.authorize(asked["authorize_url"]))
        assert (made["id"], made["name"], made["revision"]) == (own, "Mine", 2)
        assert made["scopes"] == ["read", "write"]
        shown = credentials.get(USER, own, platform=platform)
        assert shown == {**made, "used_by": []}
        sent = credentials.use(USER, own, platform=platform).headers
        assert sent == {"Authorization": f"Bearer {server.access_tokens[1]}"}

    def test_only_one_s_own_of_the_same_provider_can_be(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        new = NewCredential("api_key", "Key", PROVIDER, ["example.com"], {"key": "k"})
        key = credentials.create(USER, new, platform=platform)["id"]
        for user, one, code in (
            (OTHER_USER, own, "unknown_credential"),
            (USER, key, "other_kind"),
        ):
            with pytest.raises(InvalidBody) as raised:
                begun(platform, user, credential_id=one)
            assert refusal(raised.value) == [("/credential_id", code)]

    def test_one_that_was_deleted_meanwhile_stays_deleted(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own)
        told = server.authorize(asked["authorize_url"])
        credentials.delete(USER, own, platform=platform)
        with pytest.raises(AuthorizationFailed):
            completed(platform, asked, told)
        with pytest.raises(NotFound):
            credentials.get(USER, own, platform=platform)
        assert len(server.revoked) == 2

    def test_a_change_of_its_name_meanwhile_does_not_lose_the_tokens(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own, name="New")
        told = server.authorize(asked["authorize_url"])
        rename = {"name": "Between"}
        meanwhile = after_first(
            "write_all", lambda: credentials.change(USER, own, rename, platform=platform)
        )
        made = completed(watched(platform, before=meanwhile)[0], asked, told)
        assert (made["name"], made["revision"]) == ("New", 3)

    def test_one_that_changes_all_the_time_is_given_up(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own)
        told = server.authorize(asked["authorize_url"])
        names = iter("abcdefgh")

        def change(operation: str, _: Any) -> None:
            if operation == "write_all":
                credentials.change(USER, own, {"name": next(names)}, platform=platform)

        with pytest.raises(Unavailable):
            completed(watched(platform, before=change)[0], asked, told)
        assert row(platform, own)["version"] == 1

    def test_the_tokens_cannot_be_typed_in(self, platform: Platform, server: OAuthServer) -> None:
        own = authorized(platform, server)
        for wanted in ({"secret": {"key": "x"}}, {"placement": {"header": "X"}}):
            with pytest.raises(InvalidBody):
                credentials.change(USER, own, wanted, platform=platform)
        hosts = {"allowed_hosts": ["evil.example"]}
        with pytest.raises(SecretRequired):
            credentials.change(USER, own, hosts, platform=platform)
