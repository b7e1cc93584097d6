"""The function that a schedule calls each day, and people by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.local.functions import LocalContext
from strata.platform import Platform
from tests.unit.functions.gateway import Gateway, handler, invoke, sample

EXPECTED: dict[str, Callable[[Any], bool]] = {
    "each_day": lambda told: told == {"rotated": False, "retired": 0},
    "rotate_signing_key": lambda told: told["rotated"] is True,
    "rotate_wrapping_key": lambda told: told == {"rotated": True},
    "reseal": lambda told: told["failed"] == 0,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_sample_event_is_answered(ada: Gateway, name: str) -> None:
    assert EXPECTED[name](invoke("maintain", sample(f"maintain/{name}"), ada.platform))


def call(event: Any, platform: Platform, left: int) -> Any:
    """With so many milliseconds left."""
    context = LocalContext(platform, "maintain", clock=platform.clock)
    context.get_remaining_time_in_millis = lambda: left  # type: ignore[method-assign]
    return handler("maintain")(event, context)


@pytest.mark.parametrize(("left", "goes_on"), [(540_000, True), (30_000, False)])
def test_it_stops_in_time(ada: Gateway, left: int, goes_on: bool) -> None:
    secret = {"kind": "api_key", "name": "A", "provider": "github",
              "allowed_hosts": ["api.github.com"], "secret": {"key": "k" * 20}}  # fmt: skip
    for _ in range(2):
        assert ada.call("POST", "/v1/credentials", secret).status == 201
    told = call({"command": "reseal"}, ada.platform, left)
    assert (told["resealed"] >= 2, told["cursor"] == "") == (goes_on, goes_on)
    while told["cursor"]:
        told = call({"command": "reseal", "cursor": told["cursor"]}, ada.platform, left)
    assert (told["skipped"], told["failed"]) == (0, 0)
