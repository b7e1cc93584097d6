"""A held platform that reaches a little OAuth provider, and a user who authorises there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from strata import oauth, oauth_completion, providers
from strata.model.errors import InvalidBody, Unavailable
from strata.oauth import NewAuthorization
from strata.oauth_completion import Answer
from strata.outbound import GuardedClient
from strata.platform import Platform
from strata.ports import DataKey, Item, Vault
from strata.providers import NewClient
from strata.store import keys
from tests.held_platform import USER
from tests.oauth_server import CLIENT, SECRET, OAuthServer

PROVIDER = "loopback"


class Shut:
    """A vault that is not to be had; with `opens`, for new keys alone."""

    def __init__(self, vault: Vault, *, opens: bool = False) -> None:
        self._vault, self._opens = vault, opens

    def new_data_key(self, _: Mapping[str, str]) -> DataKey:
        raise Unavailable

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> Any:
        if not self._opens:
            raise Unavailable
        return self._vault.open_data_key(wrapped, context)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


def reaching(held: Platform, server: OAuthServer, **changes: Any) -> Platform:
    """The platform with the server as its provider, defined with these changes."""
    settings = replace(
        held.settings, allowed_upstream=server.upstream, public_url="https://strata.example"
    )
    # Threads that wait for each other need a clock that goes by itself.
    outbound = GuardedClient(server.upstream)
    platform = replace(held, settings=settings, outbound=outbound)
    secret = "" if changes.get("client_auth") == "none" else SECRET
    new = NewClient(CLIENT, secret, server.definition(**changes))
    providers.save(PROVIDER, new, platform=platform)
    return platform


def begun(platform: Platform, user: str = USER, **wanted: Any) -> dict[str, Any]:
    new = NewAuthorization(**{"provider": PROVIDER, "name": "Mine", **wanted})
    return oauth.begin(user, new, platform=platform)


def completed(
    platform: Platform, asked: dict[str, Any], told: dict[str, str], user: str = USER
) -> dict[str, Any]:
    answer = Answer(told["code"], told["state"], told.get("iss"))
    return oauth_completion.complete(user, asked["id"], answer, platform=platform)


def authorized(platform: Platform, server: OAuthServer, **wanted: Any) -> str:
    """The id of a credential with tokens of the server."""
    asked = begun(platform, **wanted)
    told = server.authorize(asked["authorize_url"])
    return str(completed(platform, asked, told)["id"])


def row(platform: Platform, credential_id: str) -> Item:
    item = platform.table.get(keys.credential(USER, credential_id))
    assert item is not None
    return item


def refusal(error: InvalidBody) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in error.errors]
