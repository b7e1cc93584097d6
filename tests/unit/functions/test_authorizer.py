from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any, cast

import pytest

from strata.memory import Memory
from strata.model.errors import Unavailable
from strata.model.user import ROLES
from strata.platform import Platform
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway, invoke, sample
from tests.unit.functions.test_system import Down


def context_of(platform: Platform, **headers: str) -> Any:
    event = sample("authorizer/with_token")
    event["headers"] = headers
    answer = invoke("authorizer", event, platform)
    assert answer["isAuthorized"] is True
    return answer["context"]


def test_a_token_names_its_user_and_their_permissions(gateway: Gateway) -> None:
    ada = gateway.signed_in()
    event = sample("authorizer/with_token", access_token=ada.token)
    context = invoke("authorizer", event, ada.platform)["context"]
    assert context["user_id"] == ada.call("GET", "/v1/auth/me").json["id"]
    assert set(context["permissions"].split()) == set(ROLES["member"])


@pytest.mark.parametrize(
    ("write", "refused"),
    [
        (lambda token: {}, "unauthenticated"),
        (lambda token: {"authorization": ""}, "unauthenticated"),
        (lambda token: {"authorization": token}, "unauthenticated"),
        (lambda token: {"authorization": f"Basic {token}"}, "unauthenticated"),
        (lambda token: {"authorization": "Bearer "}, "unauthenticated"),
        (lambda token: {"authorization": f"Bearer {token}x"}, "invalid_token"),
        (lambda token: {"authorization": f"Bearer \xa0{token}"}, "invalid_token"),
        (lambda token: {"authorization": f"Bearer {token}\u2003"}, "invalid_token"),
        (lambda token: {"authorization": f"Bearer {token}, Bearer {token}"}, "invalid_token"),
        (lambda token: {"authorization": "Bearer " + "é" * 5000}, "invalid_token"),
        (lambda token: {"cookie": f"authorization=Bearer {token}"}, "unauthenticated"),
    ],
)
def test_whoever_is_not_signed_in_is_refused(
    gateway: Gateway, write: Callable[[str], dict[str, str]], refused: str
) -> None:
    token = gateway.signed_in().token
    assert context_of(gateway.platform, **write(token)) == {"refused": refused}


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_header_is_read_however_it_is_cased(gateway: Gateway, name: str, scheme: str) -> None:
    token = gateway.signed_in().token
    assert "user_id" in context_of(gateway.platform, **{name: f"{scheme}  {token}"})


def test_a_token_whose_time_is_over_is_refused(gateway: Gateway, clock: HeldClock) -> None:
    token = gateway.signed_in().token
    clock.sleep(1000)
    given = {"authorization": f"Bearer {token}"}
    assert context_of(gateway.platform, **given) == {"refused": "invalid_token"}


def test_an_error_that_nobody_foresaw_is_no_way_in(gateway: Gateway, log: StringIO) -> None:
    token = gateway.signed_in().token
    broken = replace(gateway.platform, clock=cast("Any", Down(RuntimeError("swordfish"))))
    given = {"authorization": f"Bearer {token}"}
    assert context_of(broken, **given) == {"refused": "internal"}
    assert "swordfish" not in log.getvalue()


def test_a_table_that_is_down_is_told_and_lets_nobody_in(gateway: Gateway) -> None:
    given = {"authorization": f"Bearer {gateway.signed_in().token}"}
    down = replace(gateway.platform, table=cast("Any", Down(Unavailable())))
    assert context_of(down, **given) == {"refused": "unavailable"}


def test_a_vault_that_is_down_lets_nobody_in_whose_key_is_not_known(gateway: Gateway) -> None:
    given = {"authorization": f"Bearer {gateway.signed_in().token}"}
    vault = cast("Any", Down(Unavailable()))
    down = replace(gateway.platform, vault=vault, memory=Memory())
    assert context_of(down, **given) == {"refused": "unavailable"}


def test_a_token_and_an_api_key_together_are_nobody(gateway: Gateway) -> None:
    given = {"authorization": f"Bearer {gateway.signed_in().token}", "x-api-key": "stk_local_x"}
    assert context_of(gateway.platform, **given) == {"refused": "unauthenticated"}


@pytest.mark.parametrize("key", ["", " \t"])
def test_a_token_and_an_empty_api_key_are_nobody_either(gateway: Gateway, key: str) -> None:
    given = {"authorization": f"Bearer {gateway.signed_in().token}", "x-api-key": key}
    assert context_of(gateway.platform, **given) == {"refused": "unauthenticated"}


def test_a_session_that_has_ended_is_out_at_the_next_request(gateway: Gateway) -> None:
    ada = gateway.signed_in()
    given = {"authorization": f"Bearer {ada.token}"}
    assert "user_id" in context_of(gateway.platform, **given)
    ada.call("POST", "/v1/auth/logout")
    assert context_of(gateway.platform, **given) == {"refused": "invalid_token"}
