from typing import Any

import pytest

from strata.model.block import HttpAnswer
from strata.redaction import redact, redact_values, secret_texts, without_secrets
from strata.store.values import encode

SECRET = "hunter2-hunter2"


def texts(value: Any) -> list[str]:
    return secret_texts({"inputs": {"key": {"json": encode(value)}}, "secret_inputs": ["key"]})


class TestTexts:
    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (SECRET, [SECRET]),
            ({"a": [SECRET], "b": 1}, [SECRET]),
            ("short", []),
            (12345678, []),
            (None, []),
            (["longer than that one", SECRET], ["longer than that one", SECRET]),
            ('with "quotes"', ['with \\"quotes\\"', 'with "quotes"']),
        ],
    )
    def test_they_are_those_long_enough_to_stand_nowhere_by_chance(
        self, value: Any, found: list[str]
    ) -> None:
        assert [one for one in texts(value) if one in found] == found
        assert bool(texts(value)) == bool(found)

    @pytest.mark.parametrize(
        "written",
        [
            'p/ss "w&rd" é',
            'p/ss \\"w&rd\\" é',
            'p/ss \\"w&rd\\" \\u00e9',
            'p\\/ss \\"w&rd\\" \\u00e9',
            "p/ss%20%22w%26rd%22%20%C3%A9",
            "p%2Fss%20%22w%26rd%22%20%C3%A9",
            "p%2Fss+%22w%26rd%22+%C3%A9",
            "p/ss &quot;w&amp;rd&quot; é",
        ],
    )
    def test_they_are_found_as_others_write_them(self, written: str) -> None:
        assert redact(f"<{written}>", texts('p/ss "w&rd" é')) == "<****>"

    def test_an_input_that_was_not_given_has_none(self) -> None:
        assert secret_texts({"inputs": {}, "secret_inputs": ["key"]}) == []

    def test_one_in_a_blob_is_too_large_to_be_looked_for(self) -> None:
        blob = {"blob": "values/x", "bytes": 200_000}
        assert secret_texts({"inputs": {"key": blob}, "secret_inputs": ["key"]}) == []

    def test_an_input_that_is_not_secret_has_none(self) -> None:
        head = {"inputs": {"key": {"json": encode(SECRET)}}, "secret_inputs": []}
        assert secret_texts(head) == []


class TestRedact:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (f"Bearer {SECRET}", "Bearer ****"),
            ([SECRET, 1, None, True], ["****", 1, None, True]),
            ({f"{SECRET}?": [{"a": SECRET}]}, {"****?": [{"a": "****"}]}),
            ("nothing", "nothing"),
        ],
    )
    def test_a_mask_stands_in_the_place_of_the_secret(self, value: Any, shown: Any) -> None:
        assert redact(value, [SECRET]) == shown

    def test_the_longer_secret_goes_first(self) -> None:
        assert redact("secret-and-more", texts(["secret-and-more", "secret-a"])) == "****"

    def test_names_of_pins_stay(self) -> None:
        assert redact_values({SECRET: SECRET}, [SECRET]) == {SECRET: "****"}

    def test_no_values_stay_no_values(self) -> None:
        assert redact_values(None, [SECRET]) is None


class TestEchoes:
    def answer(self, body: bytes) -> HttpAnswer:
        sent = ['Bearer s3cret"key']
        return without_secrets(HttpAnswer(200, {"x-echo": 'a s3cret"key'}, body), sent)

    def test_a_secret_that_the_server_repeats_is_masked(self) -> None:
        echoed = self.answer(b'Bearer s3cret"key')
        assert (echoed.body, echoed.headers) == (b"****", {"x-echo": "a ****"})

    def test_within_json_too(self) -> None:
        assert self.answer(b'{"auth": "s3cret\\"key"}').body == b'{"auth": "****"}'

    def test_all_else_stays_byte_by_byte(self) -> None:
        assert self.answer(b"\xff\x00Bearer").body == b"\xff\x00Bearer"
