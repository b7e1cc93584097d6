"""What is secret is masked wherever it turns up, and all else stays."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.redaction import (
    LONG,
    MOST_LOOKS,
    MOST_PATTERNS,
    redact,
    redact_values,
    secret_texts,
    sought,
)
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
            ({SECRET: 1}, []),
        ],
    )
    def test_they_are_those_long_enough_to_stand_nowhere_by_chance(
        self, value: Any, found: list[str]
    ) -> None:
        assert texts(value) == found

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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class TestLargeValues:
    def test_a_secret_that_the_server_repeats_is_masked(self) -> None:
        answer = {"x" * LONG: ["x" * LONG, {"a": f"Bearer {SECRET}", SECRET: 1}], "b": 2}
        masked = redact(answer, sought([f"Bearer {SECRET}", SECRET]))
        assert masked == {"x" * LONG: ["x" * LONG, {"a": "****", "****": 1}], "b": 2}

    @pytest.mark.parametrize("length", [20, LONG + 20])
    def test_it_is_so_in_long_texts_and_in_short_ones(self, length: int) -> None:
        text = SECRET.rjust(length, ".")
        assert redact([text], [SECRET]) == [text.replace(SECRET, "****")]

    def test_a_text_that_runs_over_two_values_is_none(self) -> None:
        assert redact(["hunter2", "hunter2"], sought(["hunter2\nhunter2"])) == ["hunter2"] * 2

    def test_depth_is_no_hiding_place(self) -> None:
        value: Any = SECRET
        for _ in range(200):
            value = [value]
        assert SECRET not in str(redact(value, [SECRET]))

    @pytest.mark.parametrize("count", [1, MOST_PATTERNS, MOST_PATTERNS + 1, MOST_LOOKS])
    def test_so_many_secrets_are_found_alike(self, count: int) -> None:
        secrets = sought(f"secret/{one:03}" for one in range(count))
        last = f"secret/{count - 1:03}"
        written = [last, last.replace("/", "\\/"), last.replace("/", "%2F"), last.encode().hex()]
        assert redact(written, secrets) == ["****"] * 4
        assert redact(["secret/", "secret/x01", ""], secrets) == ["secret/", "secret/x01", ""]

    @given(JSON)
    def test_a_value_without_a_secret_comes_back_as_it_was(self, value: Any) -> None:
        before = deepcopy(value)
        secrets = sought(["hunter2/hunter2+==", 'Bearer "s3cret"'])
        assert redact(value, secrets) is value
        assert value == before

    @given(JSON)
    def test_beside_a_secret_all_stays_as_it_was(self, value: Any) -> None:
        assert redact([value, SECRET], [SECRET]) == [value, "****"]
