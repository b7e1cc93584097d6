"""Access tokens as texts: no other key or algorithm is taken, and no other way to write them."""

import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from jwt.algorithms import ECAlgorithm

from strata import signing_keys
from strata.platform import Platform
from tests.unit.signed_tokens import (
    GOOD,
    assert_refused,
    decoded,
    encoded,
    header_of,
    issued,
    signed,
    signed_texts,
)


class TestHeader:
    def test_an_unsigned_token_is_refused(self, held: Platform) -> None:
        parts = signed(held, alg="none").split(".")
        assert_refused(".".join([*parts[:2], ""]), held)
        assert_refused(".".join(parts), held)

    def test_the_public_key_is_no_secret_of_hmac(self, held: Platform) -> None:
        der = held.vault.public_key(signing_keys.current(platform=held).name)
        key = load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "typ": "at+jwt", "kid": signing_keys.current(platform=held).kid}
        parts = [encoded(json.dumps(part).encode()) for part in (header, GOOD)]
        message = ".".join(parts)
        for secret in (key, der):
            mac = encoded(hmac.digest(secret, message.encode(), hashlib.sha256))
            assert_refused(f"{message}.{mac}", held)

    def test_another_key_is_refused_though_it_bears_our_name(self, held: Platform) -> None:
        own = generate_private_key(SECP256R1())
        header = {"typ": "at+jwt", "kid": signing_keys.current(platform=held).kid}
        assert_refused(jwt.encode(GOOD, own, "ES256", header), held)

    @pytest.mark.parametrize(
        "header",
        [
            {"kid": "another"},
            {"kid": "../../dev/null"},
            {"kid": None},
            {"kid": ["x"]},
            {"kid": {}},
            {"kid": 1},
            {"typ": "JWT"},
            {"typ": "AT+JWT"},
            {"typ": "application/at+jwt"},
            {"typ": None},
            {"alg": "RS256"},
            {"alg": "ES384"},
            {"alg": "es256"},
            {"alg": ["ES256"]},
            {"alg": None},
        ],
    )
    def test_what_it_says_of_itself_must_be_ours(
        self, held: Platform, header: dict[str, Any]
    ) -> None:
        assert_refused(signed(held, **header), held)

    @pytest.mark.parametrize(
        "header",
        [
            {"crit": ["exp"]},
            {"crit": []},
            {"crit": ["b64"], "b64": False},
            {"b64": True},
            {"cty": "JWT"},
            {"zip": "DEF"},
            {"enc": "A256GCM"},
            {"jku": "https://keys.example.com/jwks.json"},
            {"x5u": "https://keys.example.com/cert.pem"},
            {"x5c": ["MIIB"]},
            {"x5t": "x"},
            {"more": 1},
        ],
        ids=json.dumps,
    )
    def test_nothing_else_may_stand_in_it_though_it_is_signed(
        self, held: Platform, header: dict[str, Any]
    ) -> None:
        assert_refused(signed(held, **header), held)

    def test_a_key_that_it_brings_along_is_not_taken(self, held: Platform) -> None:
        own = generate_private_key(SECP256R1())
        jwk = json.loads(ECAlgorithm.to_jwk(own.public_key()))
        for header in (header_of(held, jwk=jwk), header_of(held, jwk=jwk, kid="own")):
            assert_refused(jwt.encode(GOOD, own, "ES256", header), held)

    def test_a_name_twice_in_the_header_is_refused(self, held: Platform) -> None:
        kid = signing_keys.current(platform=held).kid
        header = f'{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{kid}"}}'
        assert_refused(signed_texts(held, header, json.dumps(GOOD)), held)

    def test_a_token_in_a_token_is_none(self, held: Platform) -> None:
        for header in (header_of(held), header_of(held, cty="JWT")):
            assert_refused(signed_texts(held, json.dumps(header), issued(held)), held)

    def test_one_without_the_name_of_a_key_is_refused(self, held: Platform) -> None:
        own = generate_private_key(SECP256R1())
        assert_refused(jwt.encode(GOOD, own, "ES256", {"typ": "at+jwt"}), held)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "x" * 5000,
            "é.é.é",
            "\ud800",
            "e30.e30.",
            "Bearer x",
            "\0",
        ],
    )
    def test_what_is_no_token_is_refused(self, held: Platform, text: str) -> None:
        assert_refused(text, held)

    def test_a_token_with_any_character_changed_is_refused(self, held: Platform) -> None:
        token = issued(held)
        for at, character in enumerate(token):
            for other in "AB-=+. \né":
                if other != character:
                    assert_refused(token[:at] + other + token[at + 1 :], held)

    def test_a_token_with_any_bit_of_any_part_changed_is_refused(self, held: Platform) -> None:
        parts = [decoded(part) for part in issued(held).split(".")]
        for number, part in enumerate(parts):
            for bit in range(0, len(part) * 8, 5):
                flipped = bytearray(part)
                flipped[bit // 8] ^= 1 << bit % 8
                changed = [*parts[:number], bytes(flipped), *parts[number + 1 :]]
                assert_refused(".".join(map(encoded, changed)), held)

    def test_a_token_with_anything_added_is_refused(self, held: Platform) -> None:
        token = issued(held)
        header, payload, signature = token.split(".")
        for other in (
            f"{token}=",
            f"{token}A",
            f"{token}.",
            f".{token}",
            f"{token}\n",
            f" {token}",
            f"{header}=.{payload}.{signature}",
            f"{header}.{payload}==.{signature}",
            f"{header}.{payload}.{signature}.{signature}",
            f"{header}.{payload}.",
            f"{header}..{signature}",
        ):
            assert_refused(other, held)

    def test_only_one_of_the_texts_that_decode_to_a_signature_is_taken(
        self, held: Platform
    ) -> None:
        token = issued(held)
        digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        # 64 bytes leave 4 bits of the last character unused.
        beside = [digits[digits.index(token[-1]) + one] for one in range(1, 16)]
        for last in beside:
            assert decoded(token[:-1].split(".")[2] + last) == decoded(token.split(".")[2])
            assert_refused(token[:-1] + last, held)

    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param('{"sub":"usr_00000000000000000000000002",%s', id="a name twice"),
            pytest.param("[%s]", id="a list"),
            pytest.param("", id="nothing"),
            pytest.param("null", id="null"),
            pytest.param('"text"', id="a text"),
            pytest.param('{"more":NaN,%s', id="NaN"),
            pytest.param('{"more":-Infinity,%s', id="Infinity"),
            pytest.param('{"more":"\\ud800",%s,', id="a comma too many"),
            pytest.param("[" * 2000, id="too deep"),
        ],
    )
    def test_a_payload_that_is_no_plain_object_is_refused(
        self, held: Platform, payload: str
    ) -> None:
        given = payload.replace("%s", json.dumps(GOOD)[1:])
        assert_refused(signed_texts(held, json.dumps(header_of(held)), given), held)

    def test_what_is_not_utf_8_is_refused(self, held: Platform) -> None:
        header, payload, signature = issued(held).split(".")
        spoilt = encoded(b"\xff" + decoded(payload))
        assert_refused(f"{header}.{spoilt}.{signature}", held)

    def test_a_token_cut_short_is_refused(self, held: Platform) -> None:
        token = issued(held)
        for length in range(0, len(token), 11):
            assert_refused(token[:length], held)

    def test_one_that_is_longer_than_any_of_ours_is_not_even_read(self, held: Platform) -> None:
        assert_refused(signed(held, {**GOOD, "more": "x" * 5000}), held)
