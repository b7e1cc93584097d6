"""Bodies: read with one meaning, or refused before the function runs."""

import json
from typing import Any

import pytest

from strata.platform import Platform
from tests.unit.http.shelf import call


def test_an_unknown_field_is_refused_by_its_place(platform: Platform) -> None:
    told = call(platform, "POST", "/v1/books", {"title": "Moby", "authors": [{"x/~": 1}]})
    assert (told.status, told.code) == (422, "invalid_body")
    assert told.faults == [
        ("/authors/0/name", "missing_field"),
        ("/authors/0/x~1~0", "unknown_field"),
    ]


def test_all_faults_are_told_at_once_and_no_value_is_repeated(platform: Platform) -> None:
    told = call(platform, "POST", "/v1/books", {"title": "swordfish" * 9, "pages": "swordfish"})
    assert [place for place, _ in told.faults] == ["/title", "/pages"]
    assert "swordfish" not in told.body


def test_ten_thousand_faults_are_told_in_bounds(platform: Platform) -> None:
    told = call(platform, "POST", "/v1/books", {"x" * 9: 1} | {f"f{n}": n for n in range(9999)})
    assert (told.status, len(told.json["errors"])) == (422, 100)


def test_a_long_name_of_an_unknown_field_is_cut(platform: Platform) -> None:
    told = call(platform, "POST", "/v1/books", {"title": "Moby", "x" * 100_000: 1})
    assert len(told.body) < 1000


@pytest.mark.parametrize("body", ["[]", '[{"title": "Moby"}]', '"x"', "1", "null", "true"])
def test_a_body_that_is_no_object_is_422(platform: Platform, body: str) -> None:
    told = call(platform, "POST", "/v1/books", body)
    assert (told.status, told.code) == (422, "invalid_body")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "invalid_json"),
        ("{'title': 1}", "invalid_json"),
        ('{"title": "Moby"} x', "invalid_json"),
        ('\ufeff{"title": "Moby"}', "invalid_json"),
        ('{"title": "a", "title": "b"}', "duplicate_key"),
        ('{"title": "a", "facts": {"x": {"y": 1, "y": 1}}}', "duplicate_key"),
        ('{"title": "a", "facts": {"x": NaN}}', "not_a_number"),
        ('{"title": "a", "facts": {"x": -Infinity}}', "not_a_number"),
        ('{"title": "a", "facts": {"x": 1e400}}', "number_out_of_range"),
        ('{"title": "a", "facts": {"x": 1' + "0" * 38 + "}}", "number_out_of_range"),
        ('{"title": "a", "facts": {"x": ' + "[" * 31 + "]" * 31 + "}}", "too_deep"),
        ('{"title": "a", "facts": ' + "[" * 100_000, "too_deep"),
        ('{"title": "a", "facts": {"x": ["\\ud83d"]}}', "lone_surrogate"),
        ('{"title": "a", "facts": {"\\uDE00": 1}}', "lone_surrogate"),
        ('{"title": "\ud83d"}', "invalid_utf8"),
        (b'{"title": "\xff"}', "invalid_utf8"),
    ],
)
def test_a_body_that_is_not_one_json_value_is_400(
    platform: Platform, body: str | bytes, code: str
) -> None:
    told = call(platform, "POST", "/v1/books", body)
    assert (told.status, told.code, told.faults) == (400, "invalid_request", [("", code)])


def test_what_is_at_the_bounds_comes_back_as_it_went_in(platform: Platform) -> None:
    deep: Any = []
    for _ in range(29):
        deep = [deep]
    facts = {"deep": deep, "long": 10**38 - 1, "least": 1 - 10**38, "pair": "😀", "half": 0.1}
    told = call(platform, "POST", "/v1/books", {"title": "Moby", "facts": facts})
    assert told.json["facts"] == facts


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1",
     "multipart/form-data; boundary=x", "application/jsonx", ""],
)  # fmt: skip
def test_a_body_that_is_not_called_json_is_415(platform: Platform, content_type: str) -> None:
    sent = {"content-type": content_type}
    told = call(platform, "POST", "/v1/books", {"title": "Moby"}, headers=sent)
    assert (told.status, told.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_json_may_say_that_it_is_utf8(platform: Platform, content_type: str) -> None:
    sent = {"Content-Type": content_type, "content-type": content_type}
    told = call(platform, "POST", "/v1/books", {"title": "Moby"}, headers=sent)
    assert told.status == 201


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_a_body_over_6_mb_is_413(platform: Platform, character: str) -> None:
    text = character * (6 * 1024 * 1024 // len(character.encode()))
    body = json.dumps({"title": text}, ensure_ascii=False)
    told = call(platform, "POST", "/v1/books", body)
    assert (told.status, told.code) == (413, "too_large")


def test_a_body_may_be_sent_as_bytes(platform: Platform) -> None:
    told = call(platform, "POST", "/v1/books", '{"title": "é"}'.encode())
    assert told.json["title"] == "é"


def test_a_body_that_is_missing_is_422(platform: Platform) -> None:
    assert call(platform, "POST", "/v1/books").faults == [("", "missing_field")]


def test_a_body_that_may_be_missing_has_its_defaults(platform: Platform) -> None:
    assert call(platform, "POST", "/v1/books/moby/loans").json["days"] == 7
    assert call(platform, "POST", "/v1/books/moby/loans", {"days": 3}).json["days"] == 3


def test_a_body_where_none_is_asked_for_is_left_alone(platform: Platform) -> None:
    assert call(platform, "DELETE", "/v1/books/moby", "{").status == 204
