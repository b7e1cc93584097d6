"""What a change of a credential comes to: fields to write, a new secret sealed anew."""

import json
from collections.abc import Mapping
from typing import Any

from strata.credential_checks import host_problems, secret_problems
from strata.model.credential import FIELDS, full_placement, headers_of, mask_of
from strata.model.errors import Detail, InvalidBody, SecretRequired
from strata.model.hosts import includes, normal_hosts
from strata.platform import Platform
from strata.store.credentials import Credential, context
from strata.store.sealing import seal

Json = dict[str, Any]


def changes_of(before: Credential, wanted: Mapping[str, Any], platform: Platform) -> Json:
    """The fields that differ; none if nothing does. Raises InvalidBody, SecretRequired,
    Unavailable."""
    _check_kind(before, wanted)
    changes: Json = {name: wanted[name] for name in ("name",) if name in wanted}
    placement = before.placement
    if "placement" in wanted:
        placement = full_placement(before.kind, {**(placement or {}), **wanted["placement"]})
    _check(before.kind, wanted, placement)
    changes["placement"] = placement
    if "allowed_hosts" in wanted:
        changes["allowed_hosts"] = normal_hosts(wanted["allowed_hosts"])
        changes["hosts_chosen"] = changes["allowed_hosts"] != before.allowed_hosts or (
            before.hosts_chosen
        )
    if "secret" in wanted:
        changes |= _with_secret(before, wanted["secret"], placement, platform)
    else:
        _check_old_secret(before, changes)
    return {name: one for name, one in changes.items() if one != getattr(before, name)}


def _check_kind(before: Credential, wanted: Mapping[str, Any]) -> None:
    """What cannot belong to a credential of this kind. Raises InvalidBody."""
    problems = []
    if "placement" in wanted and before.kind != "api_key":
        sentence = "Only a credential of kind api_key has a placement."
        problems.append(Detail("/placement", "other_kind", sentence))
    if "secret" in wanted and not FIELDS[before.kind]:
        sentence = "Its secret comes from its provider: authorise it again."
        problems.append(Detail("/secret", "other_kind", sentence))
    elif "secret" in wanted and set(wanted["secret"]) != FIELDS[before.kind]:
        fields = " and ".join(sorted(FIELDS[before.kind]))
        sentence = f"The secret of this kind of credential has {fields}."
        problems.append(Detail("/secret", "other_kind", sentence))
    if problems:
        raise InvalidBody(errors=problems)


def _check(kind: str, wanted: Mapping[str, Any], placement: Mapping[str, str] | None) -> None:
    """What was sent, and nothing that was not. Raises InvalidBody."""
    problems: list[Detail] = []
    if "secret" in wanted:
        problems += secret_problems(kind, wanted["secret"], placement)
    if "allowed_hosts" in wanted:
        problems += host_problems(wanted["allowed_hosts"])
    if problems:
        raise InvalidBody(errors=problems)


def _with_secret(
    before: Credential,
    secret: Mapping[str, Any],
    placement: Mapping[str, str] | None,
    platform: Platform,
) -> Json:
    version = before.version + 1
    bound = context(before.id, before.user_id, before.provider, version)
    headers = headers_of(before.kind, secret, placement)
    return {
        "sealed": seal(json.dumps(headers).encode(), bound, platform),
        "version": version,
        "masked": mask_of(before.kind, secret),
    }


def _check_old_secret(before: Credential, changes: Json) -> None:
    """Who may change a credential need not know its secret, and must not get it sent to a place of
    their choice. Raises SecretRequired."""
    hosts = changes.get("allowed_hosts", [])
    has_more = not all(includes(before.allowed_hosts, host) for host in hosts)
    if has_more or _place(changes["placement"]) != _place(before.placement):
        sentence = "Give the secret again: it would go where it could not go before."
        raise SecretRequired(errors=[Detail("/secret", "secret_required", sentence)])


def _place(placement: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """A header's name is the same in small letters."""
    return placement and {**placement, "header": placement["header"].casefold()}
