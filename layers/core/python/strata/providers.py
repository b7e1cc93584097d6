"""OAuth providers: those that Strata knows, and what an environment adds to them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from strata.clock import timestamp
from strata.cursors import open_cursor, seal_cursor
from strata.model.errors import Detail, InvalidBody, NotFound, Unavailable, VersionConflict
from strata.model.hosts import normal_hosts
from strata.model.provider import Client, Provider
from strata.model.revisions import tag_of
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform
from strata.ports import InvalidCiphertext
from strata.provider_checks import problems_of
from strata.store import providers
from strata.store.providers import Configured, context
from strata.store.sealing import forget, open_sealed, seal

Json = dict[str, Any]

FILE = Path(__file__).with_name("oauth_providers.json")


@dataclass(frozen=True, slots=True)
class NewClient:
    """What an administrator hands in; `definition` for a provider that Strata does not know."""

    client_id: str
    client_secret: str = ""
    definition: Mapping[str, Any] | None = None


@cache
def known() -> Mapping[str, Provider]:
    """The providers that need a client id and secret alone."""
    return {name: Provider(**one) for name, one in json.loads(FILE.read_text("utf-8")).items()}


def listing(user_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """A page by name. Raises InvalidCursor."""
    binding = f"providers {user_id}"
    after = ""
    if page.cursor is not None:
        after = open_cursor(page.cursor, binding, cursor_key(platform))["after"]
    configured = {one.id: one for one in providers.all_of(platform)}
    names = sorted(name for name in {*known(), *configured} if name > after)
    shown = names[: page.limit]
    cursor = None
    if len(names) > len(shown):
        cursor = seal_cursor({"after": shown[-1]}, binding, cursor_key(platform))
    items = [_view(name, configured.get(name)) for name in shown]
    return {"items": items, "next_cursor": cursor}


def get(provider_id: str, *, platform: Platform) -> Json:
    """Raises NotFound."""
    return _view(provider_id, providers.by_id(provider_id, platform))


def save(
    provider_id: str, new: NewClient, *, if_match: str | None = None, platform: Platform
) -> Json:
    """Configures a provider, or replaces how it was configured: always with its secret, which so
    never goes where it was not meant to. Raises InvalidBody, VersionConflict, Unavailable."""
    before = providers.by_id(provider_id, platform)
    _check_match(before, if_match)
    definition = _definition(provider_id, new, platform)
    _check_secret(definition or known()[provider_id], new)
    revision = before.revision + 1 if before else 1
    bound = context(provider_id, new.client_id, revision)
    now = timestamp(platform.clock.now())
    sealed = seal(new.client_secret.encode(), bound, platform) if new.client_secret else ""
    configured = Configured(
        id=provider_id,
        client_id=new.client_id,
        sealed=sealed,
        definition=definition,
        created_at=before.created_at if before else now,
        updated_at=now,
        revision=revision,
    )
    providers.save(configured, before, platform)
    if before:
        forget(before.sealed, platform)
    return _view(provider_id, configured)


def delete(provider_id: str, *, if_match: str | None = None, platform: Platform) -> None:
    """Nobody can authorise there any more, and no token is renewed. Raises NotFound."""
    before = providers.by_id(provider_id, platform)
    if before is None:
        raise NotFound
    _check_match(before, if_match)
    providers.remove(before, platform)
    forget(before.sealed, platform)


def provider_of(provider_id: str, platform: Platform) -> Provider | None:
    """As it is defined now, whether or not this environment is its client."""
    configured = providers.by_id(provider_id, platform)
    return (configured and configured.definition) or known().get(provider_id)


def client_of(provider_id: str, platform: Platform) -> Client | None:
    """None where the provider is not configured. Raises Unavailable."""
    configured = providers.by_id(provider_id, platform)
    provider = configured and (configured.definition or known().get(provider_id))
    if not configured or not provider:
        return None
    try:
        secret = (
            configured.sealed
            and open_sealed(configured.sealed, configured.context, platform).decode()
        )
    except InvalidCiphertext:
        raise Unavailable("The secret of this provider's client cannot be opened.") from None
    return Client(provider_id, provider, configured.client_id, secret)


def _definition(provider_id: str, new: NewClient, platform: Platform) -> Provider | None:
    """Raises InvalidBody."""
    if provider_id in known():
        if new.definition is not None:
            sentence = "This provider is known; define one of your own under another name."
            raise InvalidBody(errors=[Detail("/definition", "known_provider", sentence)])
        return None
    if new.definition is None:
        sentence = "A provider that is not known needs a definition."
        raise InvalidBody(errors=[Detail("/definition", "missing_field", sentence)])
    provider = Provider(**new.definition)
    problems = problems_of(provider, platform.settings.allowed_upstream)
    if problems:
        raise InvalidBody(errors=problems)
    return replace(provider, allowed_hosts=normal_hosts(provider.allowed_hosts))


def _check_secret(provider: Provider, new: NewClient) -> None:
    """Raises InvalidBody."""
    if bool(new.client_secret) is not (provider.client_auth != "none"):
        sentence = "A client has a secret unless its client_auth is none."
        raise InvalidBody(errors=[Detail("/client_secret", "invalid_secret", sentence)])


def _check_match(before: Configured | None, if_match: str | None) -> None:
    """One that is not configured has revision 0. Raises VersionConflict."""
    tag = tag_of(before.revision if before else 0)
    if if_match is not None and if_match not in (tag, "*" if before else None):
        raise VersionConflict


def _view(provider_id: str, configured: Configured | None) -> Json:
    """Raises NotFound."""
    own = configured.definition if configured else None
    provider = own or known().get(provider_id)
    if provider is None:
        raise NotFound
    return {
        "id": provider_id,
        **asdict(provider),
        "built_in": provider_id in known(),
        "configured": configured is not None,
        "client_id": configured.client_id if configured else None,
        "created_at": configured.created_at if configured else None,
        "updated_at": configured.updated_at if configured else None,
        "revision": configured.revision if configured else 0,
    }
