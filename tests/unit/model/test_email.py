"""E-mail addresses: one form for each, and none for what no letter could go to."""

import sys

import pytest

from strata.model.email import normal_email

ADA = "ada@example.com"


@pytest.mark.parametrize(
    "written",
    [
        ADA,
        "ADA@Example.COM",
        " ada@example.com ",
        "ａｄａ@example.com",
        "ada@ｅxample.com",
        "𝐚𝐝𝐚@example.com",
        "ada@example.com.",
        "ada@example。com",
    ],
)
def test_one_address_written_otherwise_is_the_same(written: str) -> None:
    assert normal_email(written) == ADA


@pytest.mark.parametrize("written", ["ada@münchen.de", "ada@MÜNCHEN.de", "ada@xn--mnchen-3ya.de"])
def test_a_host_in_letters_and_in_punycode_is_one(written: str) -> None:
    assert normal_email(written) == "ada@xn--mnchen-3ya.de"


@pytest.mark.parametrize(
    "written",
    [
        "o'neil+lists@example.com",
        "a@b.co",
        "!#$%&'*+-/=?^_`{|}~.0@example.com",
        pytest.param("a" * 64 + "@example.com", id="of 64 characters before the @"),
        pytest.param("a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".com", id="of 254 characters"),
    ],
)
def test_what_is_in_its_one_form_stays(written: str) -> None:
    assert normal_email(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada@.com",
        "ada@exa mple.com",
        "ada@b@example.com",
        "ada\n@example.com",
        "ada\x00@example.com",
        "ad\u200ba@example.com",
        "ad\ud800a@example.com",
        "ada@exam\udfffple.com",
        "ada@192.0.2.1",
        "ada@[192.0.2.1]",
        "ada@::1",
        "ada@strasse.ß",
        pytest.param("a" * 65 + "@example.com", id="of 65 characters before the @"),
        pytest.param("a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".info", id="of 255 characters"),
        pytest.param("\ufdfa" * 100 + "@example.com", id="long once folded"),
        pytest.param("x" * 5000 + "@example.com", id="endless"),
    ],
)
def test_what_is_no_address_has_no_form(written: str) -> None:
    assert normal_email(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "é@example.com",
        "名前@example.com",
        "straße@example.com",
        pytest.param("аnn@example.com", id="with a Cyrillic a"),
        pytest.param("x\u115f@example.com", id="with a filler that nobody sees"),
        pytest.param("x\u3164@example.com", id="with another"),
        pytest.param("x\u0332@example.com", id="underlined"),
    ],
)
def test_what_no_mail_service_takes_or_looks_like_another_is_none(written: str) -> None:
    assert normal_email(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "eve<ada@example.com",
        "ada@example.com>",
        "eve@example.com,ada@example.com",
        "eve;ada@example.com",
        '"ada"@example.com',
        "(x)ada@example.com",
        "ada\\@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
    ],
)
def test_what_a_mail_program_would_read_as_another_address_is_none(written: str) -> None:
    assert normal_email(written) is None


def test_the_form_of_a_form_is_itself() -> None:
    for code in (*range(0x3000), *range(0x3000, sys.maxunicode, 37)):
        for written in (f"a{chr(code)}@example.com", f"a@x{chr(code)}y.example.com"):
            once = normal_email(written)
            assert once is None or normal_email(once) == once
