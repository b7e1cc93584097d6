"""KMS when it refuses: never a key from elsewhere, and a wrong key is told from a missing one."""

from collections.abc import Callable

import pytest

from strata.aws.platform import connect
from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import InvalidCiphertext, Vault
from strata.settings import Settings
from tests.account import CLIENTS, with_keys
from tests.faults import Fault, Line

CALLS: dict[str, Callable[[Vault], object]] = {
    "GenerateDataKey": lambda vault: vault.new_data_key({"a": "b"}),
    "Decrypt": lambda vault: vault.open_data_key(b"x" * 100, {"a": "b"}),
    "Sign": lambda vault: vault.sign(b"message"),
    "GetPublicKey": lambda vault: vault.signing_key_id(),
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


def test_the_public_key_is_fetched_once(vault: Vault, line: Line) -> None:
    line.calls.clear()
    for _ in range(3):
        assert list(vault.public_keys()) == [vault.signing_key_id()]
    assert line.calls == {"GetPublicKey": 1}


def test_the_key_id_stays_from_process_to_process(
    vault: Vault, aws: Platform, aws_settings: Settings
) -> None:
    [signing_key] = [
        key["KeyArn"]
        for key in CLIENTS.get("kms").list_keys()["Keys"]
        if "SIGN_VERIFY" in str(CLIENTS.get("kms").describe_key(KeyId=key["KeyArn"]))
    ]
    settings = Settings(signing_key=signing_key)
    assert connect(settings, aws.clock, CLIENTS).vault.signing_key_id() == vault.signing_key_id()
