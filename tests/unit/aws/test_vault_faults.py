"""KMS when it refuses: never a key from elsewhere, and a wrong key is told from a missing one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from strata import signing_keys
from strata.aws.platform import connect
from strata.model.errors import Unavailable
from strata.opened_keys import OpenedKeys
from strata.platform import Platform
from strata.ports import InvalidCiphertext, Vault
from strata.settings import Settings
from strata.store.sealing import open_sealed, seal
from tests.account import CLIENTS, with_keys
from tests.faults import Fault, Line
from tests.held_clock import HeldClock

CALLS: dict[str, Callable[[Vault], object]] = {
    "GenerateDataKey": lambda vault: vault.new_data_key({"a": "b"}),
    "Decrypt": lambda vault: vault.open_data_key(b"x" * 100, {"a": "b"}),
    "Sign": lambda vault: vault.sign("key", b"message"),
    "GetPublicKey": lambda vault: vault.public_key("key"),
    "CreateKey": lambda vault: vault.new_signing_key(),
    "RotateKeyOnDemand": lambda vault: vault.rotate(),
    "ListKeys": lambda vault: vault.signing_keys(),
}
SHUT = [
    ("AccessDeniedException", 400),
    ("DisabledException", 400),
    ("KMSInvalidStateException", 400),
    ("NotFoundException", 400),
    ("ThrottlingException", 400),
    ("LimitExceededException", 400),
    ("KeyUnavailableException", 500),
    ("DependencyTimeoutException", 503),
    ("timeout", 0),
    ("closed", 0),
]


@pytest.fixture
def vault(aws_settings: Settings, aws: Platform) -> Vault:
    return connect(with_keys(aws_settings), aws.clock, CLIENTS).vault


@pytest.mark.parametrize(("code", "status"), SHUT)
@pytest.mark.parametrize("operation", CALLS)
def test_a_key_that_cannot_be_used_is_unavailable(
    vault: Vault, line: Line, operation: str, code: str, status: int
) -> None:
    line.fail(*[Fault(operation, code, status)] * 10)
    with pytest.raises(Unavailable):
        CALLS[operation](vault)


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_what_was_sealed_elsewhere_is_invalid(vault: Vault, line: Line, code: str) -> None:
    line.fail(Fault("Decrypt", code))
    with pytest.raises(InvalidCiphertext):
        vault.open_data_key(b"x" * 100, {})


def test_an_error_of_our_own_passes(vault: Vault, line: Line) -> None:
    line.fail(Fault("Decrypt", "ValidationException"))
    with pytest.raises(Exception, match="ValidationException") as failed:
        vault.open_data_key(b"x" * 100, {})
    assert not isinstance(failed.value, Unavailable)


@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDeniedException", 400), ("ThrottlingException", 400), ("timeout", 0), ("", 500)],
)
def test_a_key_that_cannot_be_retired_is_unavailable(
    vault: Vault, line: Line, code: str, status: int
) -> None:
    line.fail(*[Fault("ScheduleKeyDeletion", code, status)] * 10)
    with pytest.raises(Unavailable):
        vault.retire_signing_key("key")


@pytest.mark.parametrize("operation", ["ListResourceTags", "DescribeKey"])
def test_of_all_keys_those_that_one_may_not_look_at_are_of_others(
    vault: Vault, line: Line, operation: str
) -> None:
    names = {vault.new_signing_key() for _ in range(2)}
    line.fail(Fault(operation, "AccessDeniedException"), Fault(operation, "NotFoundException"))
    vault.signing_keys()
    assert set(vault.signing_keys()) == names


@pytest.mark.parametrize("operation", ["ListResourceTags", "DescribeKey"])
def test_keys_that_cannot_be_looked_at_now_are_not_taken_for_those_of_others(
    vault: Vault, line: Line, operation: str
) -> None:
    vault.new_signing_key()
    line.fail(*[Fault(operation, "ThrottlingException")] * 10)
    with pytest.raises(Unavailable):
        vault.signing_keys()


def test_the_signing_keys_of_another_stage_are_not_ours(
    vault: Vault, aws: Platform, aws_settings: Settings
) -> None:
    vault.new_signing_key()
    other = connect(replace(aws_settings, stage="other"), aws.clock, CLIENTS).vault
    assert other.signing_keys() == []


def test_a_key_that_kms_turns_over_at_this_moment_is_turned_over(vault: Vault, line: Line) -> None:
    line.fail(Fault("RotateKeyOnDemand", "ConflictException"))
    vault.rotate()


def test_a_new_key_is_told_once_its_tag_lets_us_use_it(
    vault: Vault, line: Line, clock: HeldClock
) -> None:
    line.fail(*[Fault("GetPublicKey", "AccessDeniedException")] * 20)
    vault.public_key(vault.new_signing_key())
    assert clock.waits == [10.0] * 20


def test_a_new_key_that_cannot_be_used_after_five_minutes_is_unavailable(
    vault: Vault, line: Line, clock: HeldClock
) -> None:
    line.fail(*[Fault("GetPublicKey", "AccessDeniedException")] * 30)
    with pytest.raises(Unavailable):
        vault.new_signing_key()
    assert sum(clock.waits) == vault.settle_seconds
    assert len(vault.signing_keys()) == 1


def test_a_signing_key_can_be_called_back_for_a_week(vault: Vault) -> None:
    name = vault.new_signing_key()
    vault.retire_signing_key(name)
    CLIENTS.get("kms").cancel_key_deletion(KeyId=name)
    CLIENTS.get("kms").enable_key(KeyId=name)
    assert vault.signing_keys() == [name]


NEEDS_A_KEY: dict[str, Callable[[Vault], object]] = {
    "to wrap": lambda vault: vault.new_data_key({"a": "b"}),
    "to unwrap": lambda vault: vault.open_data_key(b"x" * 100, {"a": "b"}),
    "to rotate": lambda vault: vault.rotate(),
    "to sign": lambda vault: vault.first_signing_key(),
}


@pytest.mark.parametrize("need", NEEDS_A_KEY)
def test_without_a_key_there_is_no_other(aws: Platform, line: Line, need: str) -> None:
    with pytest.raises(Unavailable, match="is set"):
        NEEDS_A_KEY[need](aws.vault)
    assert line.calls == {}


WITHDRAWN: dict[str, Callable[[str], object]] = {
    "disabled": lambda key: CLIENTS.get("kms").disable_key(KeyId=key),
    "about to be deleted": lambda key: CLIENTS.get("kms").schedule_key_deletion(KeyId=key),
}


@pytest.mark.parametrize("fate", WITHDRAWN)
def test_a_key_that_was_withdrawn_opens_nothing_and_nothing_stands_in(
    aws_settings: Settings, aws: Platform, fate: str
) -> None:
    settings = with_keys(aws_settings)
    vault = connect(settings, aws.clock, CLIENTS).vault
    wrapped = vault.new_data_key({"a": "b"}).wrapped
    WITHDRAWN[fate](settings.key)
    with pytest.raises(Unavailable):
        vault.open_data_key(wrapped, {"a": "b"})
    with pytest.raises(Unavailable):
        vault.new_data_key({"a": "b"})


class TestSecrets:
    """What lies sealed in the table, when the key that wraps it is shut."""

    @pytest.fixture
    def settings(self, aws_settings: Settings) -> Settings:
        return with_keys(aws_settings)

    @pytest.fixture
    def world(self, settings: Settings, line: Line, clock: HeldClock) -> Platform:
        return connect(settings, clock, CLIENTS)

    @pytest.mark.parametrize("fate", WITHDRAWN)
    def test_they_open_for_five_minutes_where_they_were_open_and_nowhere_else(
        self, world: Platform, settings: Settings, clock: HeldClock, fate: str
    ) -> None:
        sealed = seal(b"secret", {"a": "b"}, world)
        open_sealed(sealed, {"a": "b"}, world)
        WITHDRAWN[fate](settings.key)
        assert open_sealed(sealed, {"a": "b"}, world) == b"secret"
        with pytest.raises(Unavailable):
            open_sealed(sealed, {"a": "b"}, replace(world, opened_keys=OpenedKeys()))
        clock.sleep(300)
        with pytest.raises(Unavailable):
            open_sealed(sealed, {"a": "b"}, world)

    @pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "timeout"])
    def test_a_key_service_that_refuses_is_told_and_asked_again_the_next_time(
        self, world: Platform, line: Line, code: str
    ) -> None:
        sealed = seal(b"secret", {"a": "b"}, world)
        line.fail(*[Fault("Decrypt", code)] * 3)
        with pytest.raises(Unavailable):
            open_sealed(sealed, {"a": "b"}, world)
        while not line.all_faults_hit:
            with suppress(Unavailable):
                open_sealed(sealed, {"a": "b"}, world)
        assert open_sealed(sealed, {"a": "b"}, world) == b"secret"

    def test_without_keys_nothing_is_sealed_and_nobody_is_signed_in(self, aws: Platform) -> None:
        with pytest.raises(Unavailable):
            seal(b"secret", {"a": "b"}, aws)
        with pytest.raises(Unavailable):
            signing_keys.current(platform=aws)
        with pytest.raises(Unavailable):
            signing_keys.named("any", platform=aws)
