"""Rules of KMS that moto does not keep: a key that is disabled, or waits for its deletion, does
nothing, and every operation takes a key's ARN."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend

_LIFE = ("disable_key", "enable_key", "cancel_key_deletion", "schedule_key_deletion")
_USE = ("sign", "get_public_key", "generate_data_key", "decrypt", "rotate_key_on_demand")
_REFUSALS = {"Disabled": "DisabledException", "PendingDeletion": "KMSInvalidStateException"}


def keep_key_states(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _LIFE:
        monkeypatch.setattr(KmsBackend, name, _by_id(getattr(KmsBackend, name)))
    for name in (*_USE, "schedule_key_deletion"):
        monkeypatch.setattr(KmsBackend, name, _in_good_state(name, getattr(KmsBackend, name)))


def _by_id(operation: Callable[..., Any]) -> Callable[..., Any]:
    def by_id(self: KmsBackend, key_id: str, *rest: Any) -> Any:
        return operation(self, self.any_id_to_key_id(key_id), *rest)

    return by_id


def _in_good_state(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    def in_good_state(self: KmsBackend, *args: Any, **given: Any) -> Any:
        key_id = given.get("key_id") or args[0]
        state = self.keys[self.any_id_to_key_id(key_id)].key_state
        may_be_disabled = name == "schedule_key_deletion"
        if state in _REFUSALS and not (may_be_disabled and state == "Disabled"):
            raise JsonRESTError(_REFUSALS[state], f"{key_id} is {state}")
        return operation(self, *args, **given)

    return in_good_state
