"""How others write a text that they repeat."""

import json
from base64 import b32encode, b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.redaction import redact, sought
from strata.spellings import MOST_CHARACTERS, escapes, spellings

TEXT = 'sk/+="&<\\b\né𝄞 %~'
SECRETS = sought([TEXT])

MIXED = [
    'sk/+="&<\\b\né𝄞 %~',
    # PHP, .NET, Gson, Go and Rails, each with the signs that it escapes.
    r"sk\/+=\"&<\\b\n\u00e9\ud834\udd1e %~",
    r"sk/\u002B=\u0022\u0026\u003C\\b\n\u00E9\uD834\uDD1E %~",
    r"sk/+\u003d\"\u0026\u003c\\b\né𝄞 %~",
    r"sk/+=\"\u0026\u003c\\b\né𝄞 %~",
    r"sk/+=\\\"&<\\\\b\\n\\u00e9\\ud834\\udd1e %~",
    # JavaScript's two, a form, capitals and small letters, twice.
    "sk%2F%2B%3D%22%26%3C%5Cb%0A%C3%A9%F0%9D%84%9E%20%25~",
    "sk/+=%22&%3C%5Cb%0A%C3%A9%F0%9D%84%9E%20%25~",
    "sk%2f%2b%3d%22%26%3c%5cb%0a%c3%a9%f0%9d%84%9e+%25%7e",
    "sk%252F%252B%253D%2522%2526%253C%255Cb%250A%25C3%25A9%25F0%259D%2584%259E%2520%2525~",
    "sk/+=&quot;&amp;&lt;\\b\n&eacute;&#119070; %~",
    "sk&#x2F;+=&#34;&#38;&#060;&#92;b&#xA;&#xe9;&#x1d11e; %~",
    r"sk/+=\"&<\\b\n\xe9𝄞 %~",
]


class TestMixed:
    @pytest.mark.parametrize("written", MIXED)
    def test_signs_are_found_in_the_ways_of_many_writers(self, written: str) -> None:
        assert redact(f"<{written}>", SECRETS) == "<****>"

    @pytest.mark.parametrize("written", MIXED)
    def test_so_they_are_where_that_is_written_as_json_again(self, written: str) -> None:
        assert redact(json.dumps(f"<{written}>"), SECRETS) == '"<****>"'

    @pytest.mark.parametrize(
        "other", ["sk/+=", 'SK/+="&<\\b\né𝄞 %~', 'sk/+="&<\\b\né𝄞 %-', 'sk/+="&<\\b\ne𝄞 %~']
    )
    def test_another_text_is_not(self, other: str) -> None:
        assert redact(other, SECRETS) is other

    @given(st.text(min_size=8), st.text(), st.booleans())
    def test_whatever_it_is_json_hides_it_from_nobody(
        self, text: str, around: str, as_ascii: bool
    ) -> None:
        written = json.dumps(around + text + around, ensure_ascii=as_ascii)
        assert text not in redact(json.loads(written), sought([text]))
        assert json.dumps(text, ensure_ascii=as_ascii)[1:-1] not in redact(written, sought([text]))

    @given(st.text("\\/u0\"'", min_size=8), st.text("\\/u0\"'x"))
    def test_backslashes_are_no_hiding_place(self, text: str, around: str) -> None:
        for written in (around + text + around, json.dumps(around) + json.dumps(text)[1:-1]):
            assert text not in redact(written, sought([text]))
        quoted = json.dumps(text)[1:-1]
        assert quoted not in redact(f"<{quoted}>", sought([text]))


class TestWhole:
    @pytest.mark.parametrize(
        "written",
        [
            "".join(f"\\u{ord(one):04x}" for one in "hunter2-né"),
            "".join(f"\\u{ord(one):04X}" for one in "hunter2-né"),
            "".join(f"%{one:02X}" for one in "hunter2-né".encode()),
            "".join(f"%{one:02x}" for one in "hunter2-né".encode()),
            "".join(f"\\x{one:02x}" for one in "hunter2-né".encode()),
            "".join(f"&#{ord(one)};" for one in "hunter2-né"),
            "".join(f"&#x{ord(one):X};" for one in "hunter2-né"),
            "hunter2-né".encode().hex(),
            "hunter2-né".encode().hex().upper(),
        ],
    )
    def test_every_character_may_be_escaped(self, written: str) -> None:
        assert redact(f"<{written}>", sought(["hunter2-né"])) == "<****>"

    def test_two_bytes_a_character_may_be_taken_for_one_each(self) -> None:
        read = "a hunter2! b".encode("utf-16-le").decode()
        assert redact(read, sought(["hunter2!"])) == "a\0 \0****\0 \0b\0"

    @pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode, b32encode])
    @pytest.mark.parametrize("before", range(5))
    def test_an_encoding_is_found_wherever_the_text_begins(
        self, encode: type[bytes], before: int
    ) -> None:
        text = "p??>>>s~~~~/secret"
        around = encode(b"x" * before + text.encode() + b"yyyyy").decode()
        shown = redact(around, sought([text]))
        assert "****" in shown
        assert len(shown.replace("****", "")) <= len(around) - len(text) * 8 // 6 + 2

    @given(st.text(min_size=8, max_size=100))
    def test_none_is_shorter_than_the_text(self, text: str) -> None:
        assert min(map(len, spellings(text))) >= len(text)


class TestPatterns:
    def test_letters_and_digits_need_none(self) -> None:
        assert escapes("hunter2hunter2") is None

    def test_what_begins_again_within_itself_gets_none(self) -> None:
        assert escapes("+" * 9) is None
        assert escapes("+" * 8) is not None

    def test_nor_does_a_very_long_text(self) -> None:
        long = "".join(f"{one}/" for one in range(MOST_CHARACTERS))
        assert escapes(long) is None
        assert redact(f"<{quote(long, safe='')}>", sought([long])) == "<****>"
