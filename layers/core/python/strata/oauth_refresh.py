"""Access tokens that are about to end are renewed: by one node, whoever else needs them.

A conditional write on the credential is a lease. Its holder asks the provider and writes the new
tokens as the next version; the others use the old token while it is good, else wait for the new
one. A lease that ran out is taken over.
"""

from dataclasses import dataclass, field

from strata import oauth_revocation, oauth_tokens, providers
from strata.clock import timestamp
from strata.model.errors import NodeError, Unavailable
from strata.model.hosts import hosts_in_both
from strata.model.provider import Client
from strata.oauth_tokens import TokenRefused, Tokens, TokenUnavailable, UnknownAnswer
from strata.platform import Platform
from strata.store import credentials
from strata.store.credentials import Credential, context
from strata.store.sealing import forget, open_sealed, seal

AHEAD = 60
"""So many seconds before its end a token is renewed."""
MARGIN = 5
"""Less life than that is none: a request takes its time."""
LEASE = 30
"""Longer than a provider may take to answer, with all that is written before and after."""
MOST_WAIT = 20
POLL = 0.25
SEAL_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Access:
    """A token, and the hosts that it may be sent to."""

    token: str = field(repr=False)
    hosts: frozenset[str]


def access(credential: Credential, platform: Platform) -> Access:
    """A token that is good now, for hosts that both its user and its provider name now.

    Raises NodeError, Unavailable, InvalidCiphertext."""
    token, holder = _token(credential, platform)
    provider = providers.provider_of(holder.provider, platform)
    if provider is None:
        raise _not_configured()
    return Access(token, frozenset(hosts_in_both(holder.allowed_hosts, provider.allowed_hosts)))


def _token(credential: Credential, platform: Platform) -> tuple[str, Credential]:
    """And the credential as it is with this token."""
    patience = platform.clock.monotonic() + MOST_WAIT
    while True:
        _check_active(credential)
        if _life(credential, platform) > AHEAD or _is_last(credential, platform):
            return _opened(credential, platform).access_token, credential
        holder = platform.clock.new_id("lea")
        now = _now(platform)
        won, found = credentials.take_lease(credential, holder, now, now + LEASE, platform)
        if won and found:
            renewed = _renewed(found, platform)
            if renewed is not None:
                return renewed
            found = credentials.by_id(credential.user_id, credential.id, platform)
        elif found and _is_same(found, credential):
            if _life(found, platform) > MARGIN:
                return _opened(found, platform).access_token, found
            found = _waited(found, patience, platform)
        if found is None:
            raise unknown()
        credential = found


def unknown() -> NodeError:
    """The same for a credential that never was, is another user's, or was deleted."""
    return NodeError("unknown_credential", "The credential of this node does not exist.")


def _check_active(credential: Credential) -> None:
    if credential.status != "active":
        raise _needs_authorization()


def _needs_authorization() -> NodeError:
    message = "The credential of this node has to be authorised again at its provider."
    return NodeError("needs_authorization", message)


def _now(platform: Platform) -> int:
    return int(platform.clock.now().timestamp())


def _life(credential: Credential, platform: Platform) -> float:
    """Seconds that the access token still lives."""
    if not credential.token_expires:
        return float("inf")
    return credential.token_expires - _now(platform)


def _is_last(credential: Credential, platform: Platform) -> bool:
    """Whether there will be no other token, and this one is good. Raises NodeError where there will
    be none and this one has ended."""
    if credential.renewable:
        return False
    if _life(credential, platform) <= 0:
        raise _needs_authorization()
    return True


def _is_same(found: Credential, credential: Credential) -> bool:
    return (found.version, found.status) == (credential.version, credential.status)


def _waited(credential: Credential, patience: float, platform: Platform) -> Credential | None:
    """The credential a little later. Raises NodeError when that took too long."""
    if platform.clock.monotonic() >= patience:
        message = "The credential's tokens are being renewed, and that takes too long."
        raise NodeError("provider_unavailable", message, retryable=True)
    platform.clock.sleep(POLL)
    return credentials.by_id(credential.user_id, credential.id, platform)


def _opened(credential: Credential, platform: Platform) -> Tokens:
    sealed = open_sealed(credential.sealed, credential.context, platform)
    return oauth_tokens.from_secret(sealed)


def _renewed(held: Credential, platform: Platform) -> tuple[str, Credential] | None:
    """The access token and its credential for the holder of the lease; None where the credential is
    another by now. Whatever happens, the lease ends with it."""
    try:
        old = _opened(held, platform)
        new = _asked(held, old, platform)
        changes = _changes(held, new, platform)
    except TokenUnavailable as failed:
        credentials.give_up(held, {}, platform)
        if _life(held, platform) > MARGIN:
            return old.access_token, held
        message = "The credential's provider does not renew its tokens as it should."
        retryable = not isinstance(failed, UnknownAnswer)
        raise NodeError("provider_unavailable", message, retryable=retryable) from None
    except TokenRefused as refused:
        raise _refusal(held, refused, platform) from None
    except BaseException:
        credentials.give_up(held, {}, platform)
        raise
    done, found = credentials.renew(held, changes, platform)
    forget(held.sealed, platform)
    if done and found:
        return new.access_token, found
    if found is None:
        # It was deleted meanwhile, and what was just issued is of no use to anybody.
        oauth_revocation.revoke(held, new, platform)
    return None


def _asked(held: Credential, old: Tokens, platform: Platform) -> Tokens:
    client = _client(held, platform)
    new = oauth_tokens.renew(client, old.refresh_token or "", platform)
    if client.provider.exceeds(held.asked_scopes, new.scopes or []):
        oauth_revocation.revoke(held, new, platform)
        raise TokenRefused("invalid_grant")
    return new


def _client(held: Credential, platform: Platform) -> Client:
    """Raises NodeError where the provider is gone, or has endpoints that did not issue the tokens:
    these are nobody else's business."""
    client = providers.client_of(held.provider, platform)
    if client is None:
        raise _not_configured()
    if client.provider.digest != held.issued_by:
        raise _needs_authorization()
    return client


def _not_configured() -> NodeError:
    message = "The credential's provider is not configured in this environment."
    return NodeError("provider_not_configured", message)


def _refusal(held: Credential, refused: TokenRefused, platform: Platform) -> NodeError:
    if not refused.ends_grant:
        credentials.give_up(held, {}, platform)
        message = f"The credential's provider does not renew its tokens: {refused.reason}."
        return NodeError("authorization_refused", message)
    now = timestamp(platform.clock.now())
    ended = {"status": "needs_authorization", "updated_at": now}
    credentials.give_up(held, ended, platform)
    return _needs_authorization()


def _changes(held: Credential, new: Tokens, platform: Platform) -> dict[str, object]:
    version = held.version + 1
    bound = context(held.id, held.user_id, held.provider, version)
    scopes = held.scopes if new.scopes is None else new.scopes
    return {
        "scopes": scopes,
        "sealed": _sealed(new.to_secret(), bound, platform),
        "version": version,
        "token_expires": new.expires_at,
        "renewable": new.refresh_token is not None,
    }


def _sealed(secret: bytes, bound: dict[str, str], platform: Platform) -> str:
    """A few attempts: the old refresh token may be dead already, and only this process knows the
    new one. Raises Unavailable."""
    for _ in range(SEAL_ATTEMPTS - 1):
        try:
            return seal(secret, bound, platform)
        except Unavailable:
            platform.clock.sleep(POLL)
    return seal(secret, bound, platform)
