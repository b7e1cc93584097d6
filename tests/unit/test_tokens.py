"""Access tokens: each claim required, each checked, in one environment and by its keys."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import jwt
import pytest

from strata import tokens
from strata.memory import Memory
from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import Vault
from strata.settings import Settings
from strata.tokens import Claims
from tests.held_clock import HeldClock
from tests.held_platform import USER, held_platform
from tests.unit.signed_tokens import ADA, GOOD, NOW, SESSION, assert_refused, issued, signed


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


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
        assert tokens.verify(signed(held), platform=held).user_id == USER

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
    @pytest.mark.parametrize("name", [name for name in GOOD if name != "role"])
    def test_a_wrong_value_is_refused(self, held: Platform, name: str, value: Any) -> None:
        assert_refused(signed(held, {**GOOD, name: value}), held)

    @pytest.mark.parametrize("value", [None, 1, True, [], {}])
    def test_a_role_that_is_no_text_is_refused(self, held: Platform, value: Any) -> None:
        assert_refused(signed(held, {**GOOD, "role": value}), held)

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
