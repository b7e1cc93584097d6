import pytest

from strata.cursors import open_cursor, seal_cursor
from strata.model.errors import InvalidCursor

KEY = b"k" * 32
POSITION = {"pk": "USER#usr_1#GRAPHS", "sk": "naïve #\ud800 name"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_cursor_gives_back_its_position() -> None:
    assert open_cursor(seal_cursor(POSITION, "graphs", KEY), "graphs", KEY) == POSITION


def test_a_cursor_is_the_same_for_the_same_position() -> None:
    assert seal_cursor(POSITION, "graphs", KEY) == seal_cursor(POSITION, "graphs", KEY)


def test_a_cursor_travels_in_a_query_without_escapes() -> None:
    assert set(seal_cursor(POSITION, "graphs", KEY)) <= set(ALPHABET)


@pytest.mark.parametrize(
    ("binding", "key"), [("executions", KEY), ("graph", KEY), ("", KEY), ("graphs", b"j" * 32)]
)
def test_a_cursor_of_another_list_or_key_is_refused(binding: str, key: bytes) -> None:
    cursor = seal_cursor(POSITION, "graphs", KEY)
    with pytest.raises(InvalidCursor):
        open_cursor(cursor, binding, key)


def test_a_cursor_changed_in_any_one_place_is_refused() -> None:
    cursor = seal_cursor({"pk": "a", "sk": "b"}, "graphs", KEY)
    for place, character in enumerate(cursor):
        for other in ALPHABET:
            if other != character:
                with pytest.raises(InvalidCursor):
                    open_cursor(cursor[:place] + other + cursor[place + 1 :], "graphs", KEY)


@pytest.mark.parametrize(
    "text", ["", "A", "AAAA", "a cursor", "é", "\ud800", "A" * 43, "A" * 10_000, "====", "AA=="]
)
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        open_cursor(text, "graphs", KEY)


def test_a_cursor_with_more_at_its_end_is_refused() -> None:
    cursor = seal_cursor(POSITION, "graphs", KEY)
    for suffix in ("=", "A", "AAAA", "\n"):
        with pytest.raises(InvalidCursor):
            open_cursor(cursor + suffix, "graphs", KEY)
