"""A user authorises a credential: begun and completed by the same person, once, in ten minutes."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from strata import credentials, oauth, oauth_completion, providers
from strata.model.errors import (
    AuthorizationFailed,
    InvalidBody,
    NotFound,
    ProviderUnavailable,
    RequestInFlight,
    Unavailable,
)
from strata.model.idempotency import Idempotency
from strata.oauth import NewAuthorization
from strata.oauth_completion import Answer
from strata.paging import PageRequest
from strata.platform import Platform
from strata.providers import NewClient
from strata.store import authorizations, keys
from tests.at_once import at_once
from tests.held_oauth import PROVIDER, Shut, authorized, begun, completed, reaching, refusal, row
from tests.held_platform import OTHER_USER, USER
from tests.oauth_server import CLIENT, SECRET, OAuthServer
from tests.unit.outbound_server import answering


def listed(platform: Platform) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = credentials.listing(USER, page=PageRequest(), platform=platform)[
        "items"
    ]
    return found


class TestBegin:
    def test_the_url_asks_for_a_code_with_pkce_and_state(self, platform: Platform) -> None:
        asked = begun(platform, scopes=["read", "write", "read"])
        url = urlsplit(asked["authorize_url"])
        assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.example.com/authorize"
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert query.pop("state").startswith(f"{asked['id']}.")
        assert len(query.pop("code_challenge")) == 43
        assert query == {
            "theme": "dark",
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": "https://strata.example/v1/oauth/callback",
            "scope": "read write",
            "code_challenge_method": "S256",
        }
        assert asked["expires_at"] == "2026-03-01T12:10:00.000Z"
        assert asked["redirect_uri"] == query["redirect_uri"]

    def test_the_front_end_s_page_is_where_the_browser_comes_back_to(
        self, platform: Platform
    ) -> None:
        page = "https://app.example/connected"
        settings = replace(platform.settings, oauth_redirect_url=page)
        asked = begun(replace(platform, settings=settings))
        assert asked["redirect_uri"] == page

    def test_no_two_have_a_state_or_a_challenge_in_common(self, platform: Platform) -> None:
        queries = [parse_qs(urlsplit(begun(platform)["authorize_url"]).query) for _ in range(5)]
        for name in ("state", "code_challenge"):
            assert len({query[name][0] for query in queries}) == 5

    def test_the_table_holds_neither_state_nor_verifier(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        new = NewAuthorization(PROVIDER, "Mine")
        key = Idempotency("key", "digest")
        asked = oauth.begin(USER, new, idempotency=key, platform=platform)
        again = oauth.begin(USER, new, idempotency=key, platform=platform)
        assert again == asked
        kept = [
            platform.table.get(keys.authorization(USER, asked["id"])),
            platform.table.get(keys.idempotency(USER, "key")),
        ]
        told = server.authorize(asked["authorize_url"])
        completed(platform, asked, told)
        secrets = (told["state"].partition(".")[2], server.forms[0]["code_verifier"])
        assert not any(secret in json.dumps(kept) for secret in secrets)

    def test_parameters_of_the_provider_stand_in_the_url(
        self, held: Platform, server: OAuthServer
    ) -> None:
        more = {"access_type": "offline"}
        platform = reaching(held, server, authorize_parameters=more, scope_separator=",")
        url = begun(platform, scopes=["a", "b"])["authorize_url"]
        query = parse_qs(urlsplit(url).query)
        assert (query["access_type"], query["scope"]) == (["offline"], ["a,b"])

    @pytest.mark.parametrize(
        ("wanted", "fault"),
        [
            ({"name": None}, ("/name", "missing_field")),
            ({"provider": "nobody"}, ("/provider", "provider_not_configured")),
            ({"provider": "github"}, ("/provider", "provider_not_configured")),
            ({"scopes": ["a b"]}, ("/scopes/0", "invalid_scope")),
            ({"scopes": ["a", "b,c"]}, ("/scopes/1", "invalid_scope")),
            ({"credential_id": "crd_0"}, ("/credential_id", "unknown_credential")),
        ],
    )
    def test_what_cannot_be_asked_is_told_by_its_place(
        self, platform: Platform, wanted: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        with pytest.raises(InvalidBody) as raised:
            begun(platform, **wanted)
        assert refusal(raised.value) == [fault]

    def test_without_the_vault_nothing_begins(self, platform: Platform) -> None:
        with pytest.raises(Unavailable):
            begun(replace(platform, vault=Shut(platform.vault)))


class TestComplete:
    def test_the_credential_is_told_without_its_tokens(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        server.extra = {"scope": "read"}
        asked = begun(platform)
        made = completed(platform, asked, server.authorize(asked["authorize_url"]))
        assert made == {
            "id": made["id"],
            "kind": "oauth2",
            "name": "Mine",
            "provider": PROVIDER,
            "allowed_hosts": [server.upstream],
            "placement": None,
            "masked": "****",
            "status": "active",
            "scopes": ["read"],
            "expires_at": None,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
            "revision": 1,
        }
        assert credentials.get(USER, made["id"], platform=platform) == {**made, "used_by": []}
        assert "swordfish" not in json.dumps(row(platform, made["id"]))

    def test_a_node_sends_the_access_token(self, platform: Platform, server: OAuthServer) -> None:
        own = authorized(platform, server)
        used = credentials.use(USER, own, platform=platform)
        assert used.headers == {"Authorization": f"Bearer {server.access_tokens[0]}"}
        assert used.hosts == {server.upstream}

    @pytest.mark.parametrize(
        ("auth", "client"),
        [
            ("basic", f"basic {CLIENT}:{SECRET}"),
            ("body", f"body {CLIENT}:{SECRET}"),
            ("none", f"none {CLIENT}"),
        ],
    )
    @pytest.mark.parametrize("body_format", ["form", "json"])
    def test_the_client_proves_itself_as_the_provider_wants_it(
        self, held: Platform, server: OAuthServer, auth: str, client: str, body_format: str
    ) -> None:
        platform = reaching(held, server, client_auth=auth, body_format=body_format)
        authorized(platform, server)
        form = server.forms[0]
        assert form["client"] == client
        assert form["redirect_uri"] == "https://strata.example/v1/oauth/callback"

    def test_another_user_cannot_complete_it(self, platform: Platform, server: OAuthServer) -> None:
        """Whoever is lured into bringing a stranger's code gets no credential of the stranger's."""
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        refusals = []
        for one in (asked, {"id": "aut_00000000000000000000000009"}):
            with pytest.raises(NotFound) as raised:
                completed(platform, one, told, OTHER_USER)
            refusals.append(raised.value.detail)
        assert refusals[0] == refusals[1]
        assert server.forms == []
        completed(platform, asked, told)

    def test_the_state_of_another_authorisation_is_refused(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        one, other = begun(platform), begun(platform)
        told = server.authorize(other["authorize_url"])
        for state in (told["state"], "", "é", f"{one['id']}."):
            with pytest.raises(InvalidBody) as raised:
                completed(platform, one, {**told, "state": state})
            assert refusal(raised.value) == [("/state", "invalid_state")]
        assert server.forms == []

    def test_it_is_completed_once(self, platform: Platform, server: OAuthServer) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        completed(platform, asked, told)
        with pytest.raises(NotFound):
            completed(platform, asked, told)
        assert len(server.forms) == 1

    def test_of_many_at_once_one_completes_it(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])

        def try_it(_: int) -> bool:
            try:
                completed(platform, asked, told)
            except (NotFound, RequestInFlight):
                return False
            return True

        assert sum(at_once(10, try_it)) == 1
        assert len(server.forms) == 1

    def test_the_same_request_again_gets_the_same_answer(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        key = Idempotency("key", "digest")
        answer = Answer(told["code"], told["state"])
        made = [
            oauth_completion.complete(USER, asked["id"], answer, idempotency=key, platform=platform)
            for _ in range(2)
        ]
        assert made[0] == made[1]
        assert len(server.forms) == 1

    def test_after_ten_minutes_it_is_gone(self, platform: Platform, server: OAuthServer) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        platform.clock.sleep(oauth.LIFE)
        with pytest.raises(NotFound):
            completed(platform, asked, told)
        assert server.forms == []

    def test_while_one_request_completes_it_another_waits_its_turn(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        found = authorizations.by_id(USER, asked["id"], platform)
        assert found is not None
        assert authorizations.claim(found, platform)
        with pytest.raises(RequestInFlight):
            completed(platform, asked, told)

    def test_a_client_that_is_gone_or_leads_elsewhere_completes_nothing(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        elsewhere = server.definition(token_url="https://evil.example/token")
        providers.save(PROVIDER, NewClient(CLIENT, SECRET, elsewhere), platform=platform)
        with pytest.raises(AuthorizationFailed):
            completed(platform, asked, told)
        providers.delete(PROVIDER, platform=platform)
        with pytest.raises(AuthorizationFailed):
            completed(platform, asked, told)
        assert server.forms == []

    def test_without_the_vault_the_code_is_not_spent(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        with pytest.raises(Unavailable):
            completed(replace(platform, vault=Shut(platform.vault)), asked, told)
        completed(platform, asked, told)

    def test_tokens_that_cannot_be_sealed_are_not_kept(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        vault = Shut(platform.vault, opens=True)
        with pytest.raises(Unavailable):
            completed(replace(platform, vault=vault), asked, told)
        assert listed(platform) == []
        # The code is spent: the provider says so.
        with pytest.raises(AuthorizationFailed):
            completed(platform, asked, told)

    def test_a_provider_that_is_down_leaves_it_to_be_completed(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        server.misbehave = [answering(b"", status="503 Down")]
        with pytest.raises(ProviderUnavailable):
            completed(platform, asked, told)
        completed(platform, asked, told)

    def test_a_code_that_the_provider_refuses_ends_it(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        asked = begun(platform)
        told = server.authorize(asked["authorize_url"])
        with pytest.raises(AuthorizationFailed) as raised:
            completed(platform, asked, {**told, "code": "swordfish"})
        assert "swordfish" not in str(raised.value.detail)
        with pytest.raises(NotFound):
            completed(platform, asked, told)
