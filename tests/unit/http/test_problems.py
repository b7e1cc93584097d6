from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from strata.http.faults import FAULT_CODES
from strata.http.problems import refusal
from strata.model.errors import InvalidBody, InvalidRequest, NotFound
from strata.model.pointers import pointer


@pytest.mark.parametrize(
    ("place", "text"),
    [((), ""), (("a", 0, "b"), "/a/0/b"), (("a/b", "~"), "/a~1b/~0"), (("",), "/")],
)
def test_a_pointer_escapes_what_it_must(place: tuple[str | int, ...], text: str) -> None:
    assert pointer(place) == text


def fault(*place: str | int, kind: str = "string_type") -> dict[str, object]:
    return {"loc": place, "type": kind, "msg": "Input should be a valid string"}


def test_a_fault_in_the_path_is_an_address_of_nothing() -> None:
    assert isinstance(refusal([fault("query", "limit"), fault("path", "graph_id")]), NotFound)


def test_a_fault_in_the_query_comes_before_those_in_the_body() -> None:
    error = refusal([fault("query", "limit"), fault("body", "name")], {})
    assert isinstance(error, InvalidRequest)
    assert [one.pointer for one in error.errors] == ["/query/limit", "/body/name"]


def test_the_tag_of_a_union_is_no_step_of_a_body() -> None:
    body = {"kind": "a", "parts": [{"kind": "b", "name": 7}]}
    error = refusal([fault("body", "a", "parts", 0, "b", "name")], body)
    assert isinstance(error, InvalidBody)
    assert [one.pointer for one in error.errors] == ["/parts/0/name"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("int_parsing", "wrong_type"),
        ("too_long", "wrong_length"),
        ("string_pattern_mismatch", "wrong_form"),
        ("less_than", "out_of_range"),
        ("enum", "not_allowed_value"),
        ("frozen_set_type", "invalid_value"),
        ("of_a_later_version", "invalid_value"),
    ],
)
def test_a_fault_has_a_code_of_ours(kind: str, code: str) -> None:
    (told,) = refusal([fault("body", "x", kind=kind)], {"x": 1}).errors
    assert told.code == code


def test_no_code_stands_for_a_kind_that_the_validator_does_not_know() -> None:
    kinds = {kind for found in FAULT_CODES.values() for kind in found.kinds}
    assert kinds <= set(get_args(ErrorType))
