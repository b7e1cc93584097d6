"""Access tokens: each claim required, each checked, and no other key or algorithm taken."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from jwt.utils import der_to_raw_signature

from strata import signing_keys, tokens
from strata.memory import Memory
from strata.model.errors import InvalidToken, Unavailable
from strata.model.user import User
from strata.platform import Platform
from strata.ports import Vault
from strata.settings import Settings
from strata.tokens import Claims
from tests.held_clock import START, HeldClock
from tests.held_platform import USER, held_platform

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
SESSION = "ses_00000000000000000000000001"
NOW = int(START.timestamp())
GOOD = {
    "iss": "strata:local",
    "aud": "strata-api",
    "sub": USER,
    "jti": "tok_1",
    "sid": SESSION,
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "type": "access",
    "role": "member",
    "epoch": 0,
}


FREE = ("role", "jti", "sid")
"""Any text will do: the role may be unknown, and the session is looked up."""


def signed(platform: Platform, claims: Mapping[str, Any], **header: Any) -> str:
    """A token that the vault has signed: its owner alone could make it."""
    key = signing_keys.current(platform=platform)
    headers = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **header}
    parts = [_encoded(json.dumps(part).encode()) for part in (headers, claims)]
    message = ".".join(parts)
    signature = der_to_raw_signature(platform.vault.sign(key.name, message.encode()), SECP256R1())
    return f"{message}.{_encoded(signature)}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


def issued(platform: Platform) -> str:
    return tokens.issue(ADA, SESSION, platform=platform)


def assert_refused(token: str, platform: Platform) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(token, platform=platform)


class TestGood:
    def test_it_says_whose_it_is_and_of_which_session(self, held: Platform) -> None:
        claims = tokens.verify(tokens.issue(ADA, SESSION, platform=held), platform=held)
        assert claims == Claims(USER, claims.token_id, SESSION, "member", 0)
        assert claims.token_id.startswith("tok_")

    def test_it_says_the_role_and_the_epoch_of_its_user(self, held: Platform) -> None:
        user = replace(ADA, role="admin", epoch=7)
        claims = tokens.verify(tokens.issue(user, SESSION, platform=held), platform=held)
        assert (claims.role, claims.epoch) == ("admin", 7)

    def test_no_two_have_the_same_id(self, held: Platform) -> None:
        first, second = (tokens.verify(issued(held), platform=held) for _ in range(2))
        assert first.token_id != second.token_id

    def test_what_this_test_signs_is_as_good(self, held: Platform) -> None:
        assert tokens.verify(signed(held, GOOD), platform=held).user_id == USER

    def test_any_library_can_check_it_by_the_published_key(self, held: Platform) -> None:
        token = issued(held)
        [published] = tokens.jwks(platform=held)["keys"]
        assert published["alg"] == "ES256"
        claims = jwt.decode(
            token,
            jwt.PyJWK(published).key,
            algorithms=["ES256"],
            audience="strata-api",
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        assert claims["sub"] == USER


class TestClaims:
    @pytest.mark.parametrize("name", GOOD)
    def test_each_is_required(self, held: Platform, name: str) -> None:
        assert_refused(signed(held, without(name)), held)

    @pytest.mark.parametrize("value", [None, 1.5, True, [], {}, ["x"], "", "x"])
    @pytest.mark.parametrize("name", [name for name in GOOD if name not in FREE])
    def test_a_wrong_value_is_refused(self, held: Platform, name: str, value: Any) -> None:
        assert_refused(signed(held, {**GOOD, name: value}), held)

    @pytest.mark.parametrize("value", [None, 1, True, [], {}])
    @pytest.mark.parametrize("name", FREE)
    def test_one_that_is_no_text_is_refused(self, held: Platform, name: str, value: Any) -> None:
        assert_refused(signed(held, {**GOOD, name: value}), held)

    @pytest.mark.parametrize(
        "claims",
        [
            pytest.param({"iss": "strata:prod"}, id="another environment"),
            pytest.param({"aud": "another-api"}, id="another audience"),
            pytest.param({"aud": ["strata-api"]}, id="a list of audiences"),
            pytest.param({"type": "refresh"}, id="another type"),
            pytest.param({"sub": "gph_1"}, id="no user"),
            pytest.param({"exp": NOW + 901}, id="too long a life"),
            pytest.param({"exp": 10**30}, id="for ever"),
            pytest.param({"exp": NOW + 900.5}, id="half a second"),
            pytest.param({"iat": NOW + 60, "nbf": NOW + 60, "exp": NOW + 900}, id="not yet"),
            pytest.param({"nbf": NOW + 60}, id="not before"),
        ],
    )
    def test_it_is_for_this_environment_and_this_time(
        self, held: Platform, claims: dict[str, Any]
    ) -> None:
        assert_refused(signed(held, {**GOOD, **claims}), held)

    @pytest.mark.parametrize(("seconds", "good"), [(899, True), (904, True), (905, False)])
    def test_it_ends_after_15_minutes_and_the_leeway(
        self, held: Platform, clock: HeldClock, seconds: int, good: bool
    ) -> None:
        token = issued(held)
        clock.sleep(seconds)
        if good:
            assert tokens.verify(token, platform=held).user_id == USER
        else:
            assert_refused(token, held)


class TestHeader:
    def test_an_unsigned_token_is_refused(self, held: Platform) -> None:
        parts = signed(held, GOOD, alg="none").split(".")
        assert_refused(".".join([*parts[:2], ""]), held)
        assert_refused(".".join(parts), held)

    def test_the_public_key_is_no_secret_of_hmac(self, held: Platform) -> None:
        der = held.vault.public_key(signing_keys.current(platform=held).name)
        key = load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "typ": "at+jwt", "kid": signing_keys.current(platform=held).kid}
        parts = [_encoded(json.dumps(part).encode()) for part in (header, GOOD)]
        message = ".".join(parts)
        for secret in (key, der):
            mac = _encoded(hmac.digest(secret, message.encode(), hashlib.sha256))
            assert_refused(f"{message}.{mac}", held)

    def test_another_key_is_refused_though_it_bears_our_name(self, held: Platform) -> None:
        own = generate_private_key(SECP256R1())
        header = {"typ": "at+jwt", "kid": signing_keys.current(platform=held).kid}
        assert_refused(jwt.encode(GOOD, own, "ES256", header), held)

    @pytest.mark.parametrize(
        "header",
        [
            {"kid": "another"},
            {"kid": None},
            {"kid": ["x"]},
            {"kid": 1},
            {"typ": "JWT"},
            {"typ": None},
            {"alg": "RS256"},
            {"alg": "ES384"},
            {"alg": None},
        ],
    )
    def test_what_it_says_of_itself_must_be_ours(
        self, held: Platform, header: dict[str, Any]
    ) -> None:
        assert_refused(signed(held, GOOD, **header), held)

    def test_one_without_the_name_of_a_key_is_refused(self, held: Platform) -> None:
        own = generate_private_key(SECP256R1())
        assert_refused(jwt.encode(GOOD, own, "ES256", {"typ": "at+jwt"}), held)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "x" * 5000,
            "é.é.é",
            "\ud800",
            "e30.e30.",
            "Bearer x",
            "\0",
        ],
    )
    def test_what_is_no_token_is_refused(self, held: Platform, text: str) -> None:
        assert_refused(text, held)

    def test_a_token_with_any_character_changed_is_refused(self, held: Platform) -> None:
        token = issued(held)
        for at in range(0, len(token) - 1, 7):
            other = "A" if token[at] != "A" else "B"
            assert_refused(token[:at] + other + token[at + 1 :], held)

    def test_a_token_cut_short_is_refused(self, held: Platform) -> None:
        token = issued(held)
        for length in range(0, len(token), 11):
            assert_refused(token[:length], held)

    def test_one_that_is_longer_than_any_of_ours_is_not_even_read(self, held: Platform) -> None:
        assert_refused(signed(held, {**GOOD, "more": "x" * 5000}), held)


class TestEnvironments:
    def test_a_token_of_another_environment_with_the_same_keys_is_refused(
        self, held: Platform
    ) -> None:
        prod = replace(held, settings=Settings(stage="prod"))
        assert_refused(issued(prod), held)

    def test_a_token_of_other_keys_is_refused(
        self, held: Platform, tmp_path: Path, clock: HeldClock
    ) -> None:
        (tmp_path / "other").mkdir()
        other = held_platform(tmp_path / "other", clock)
        assert_refused(issued(other), held)


class DeadVault:
    """Out of reach; what the first key is called stands in the settings."""

    def __init__(self, vault: Vault) -> None:
        self.first_signing_key = vault.first_signing_key

    def __getattr__(self, _: str) -> Any:
        raise Unavailable


def without_vault(platform: Platform, memory: Memory) -> Platform:
    return replace(platform, vault=cast("Vault", DeadVault(platform.vault)), memory=memory)


class TestVault:
    def test_without_the_vault_nothing_is_issued_or_believed(self, held: Platform) -> None:
        token, down = issued(held), without_vault(held, Memory())
        with pytest.raises(Unavailable):
            issued(down)
        with pytest.raises(Unavailable):
            tokens.verify(token, platform=down)

    def test_a_process_asks_for_the_keys_once(self, held: Platform) -> None:
        token = issued(held)
        tokens.verify(token, platform=held)
        assert tokens.verify(token, platform=without_vault(held, held.memory)).user_id == USER
