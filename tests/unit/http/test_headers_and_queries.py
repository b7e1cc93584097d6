"""Pages, idempotency keys and entity tags."""

import hashlib
import json

import pytest

from strata.platform import Platform
from tests.unit.http.shelf import call


class TestPages:
    def test_a_page_has_25_items_unless_the_caller_says(self, platform: Platform) -> None:
        assert call(platform, "GET", "/v1/books").json["limit"] == 25
        assert call(platform, "GET", "/v1/books", query={"limit": 100}).json["limit"] == 100

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5", "1,2", "9" * 50])
    def test_a_limit_out_of_bounds_is_400(self, platform: Platform, limit: str) -> None:
        told = call(platform, "GET", "/v1/books", query={"limit": limit})
        assert (told.status, told.code) == (400, "invalid_request")
        assert told.faults[0][0] == "/query/limit"

    def test_a_cursor_reaches_the_function_as_it_was_sent(self, platform: Platform) -> None:
        assert call(platform, "GET", "/v1/books", query={"cursor": "a,b"}).json["cursor"] == "a,b"


class TestIdempotencyKeys:
    def test_a_key_stands_for_method_path_and_body(self, platform: Platform) -> None:
        sent = {"Idempotency-Key": "k-1"}
        body = '{ "pages": 2,\n "title": "Moby"}'
        told = call(platform, "POST", "/v1/books", body, headers=sent).json["once"]
        whole = ["POST", "/v1/books", {"pages": 2, "title": "Moby"}]
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
        assert told == {"key": "k-1", "digest": digest}

    def test_another_body_has_another_digest(self, platform: Platform) -> None:
        digests = {
            call(
                platform, "POST", "/v1/books", {"title": title}, headers={"idempotency-key": "k"}
            ).json["once"]["digest"]
            for title in ("Moby", "Dick", "moby")
        }
        assert len(digests) == 3

    def test_a_request_may_have_no_key(self, platform: Platform) -> None:
        assert call(platform, "POST", "/v1/books", {"title": "Moby"}).json["once"] is None

    @pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\x7f"])
    def test_a_key_that_is_none_is_400(self, platform: Platform, key: str) -> None:
        sent = {"idempotency-key": key}
        told = call(platform, "POST", "/v1/books", {"title": "Moby"}, headers=sent)
        assert told.faults == [("/header/Idempotency-Key", "invalid_key")]

    def test_a_key_may_have_255_characters(self, platform: Platform) -> None:
        sent = {"idempotency-key": "~" * 255}
        assert call(platform, "POST", "/v1/books", {"title": "M"}, headers=sent).status == 201


class TestEntityTags:
    def test_a_revision_is_the_entity_tag(self, platform: Platform) -> None:
        assert call(platform, "GET", "/v1/books/moby").headers["etag"] == '"3"'
        assert call(platform, "PATCH", "/v1/books/moby", {"title": "x"}).headers["etag"] == '"4"'

    def test_what_has_no_revision_is_tagged_by_its_content(self, platform: Platform) -> None:
        tags = [call(platform, "GET", "/v1/books", query={"limit": n}).headers["etag"]
                for n in (1, 1, 2)]  # fmt: skip
        assert tags[0] == tags[1] != tags[2]

    @pytest.mark.parametrize("known", ['"3"', 'W/"3"', '"1", "3"', "*"])
    def test_what_the_caller_has_already_is_304(self, platform: Platform, known: str) -> None:
        told = call(platform, "GET", "/v1/books/moby", headers={"If-None-Match": known})
        assert (told.status, told.body, told.headers["etag"]) == (304, "", '"3"')

    @pytest.mark.parametrize("known", ['"2"', "3", "", '"1", "2"'])
    def test_what_the_caller_has_not_is_answered(self, platform: Platform, known: str) -> None:
        told = call(platform, "GET", "/v1/books/moby", headers={"If-None-Match": known})
        assert told.status == 200

    def test_a_failure_is_never_304(self, platform: Platform) -> None:
        assert call(platform, "GET", "/v1/state", headers={"If-None-Match": "*"}).status == 503

    @pytest.mark.parametrize(("tag", "status"), [('"3"', 200), ("*", 200), ('"2"', 412),
                                                 ('W/"3"', 412), ("3", 412)])  # fmt: skip
    def test_a_stale_if_match_is_412(self, platform: Platform, tag: str, status: int) -> None:
        sent = {"If-Match": tag}
        told = call(platform, "PATCH", "/v1/books/moby", {"title": "x"}, headers=sent)
        assert told.status == status

    def test_a_list_of_entity_tags_is_400(self, platform: Platform) -> None:
        sent = {"If-Match": '"2", "3"'}
        assert call(platform, "PATCH", "/v1/books/a", {"title": "x"}, headers=sent).status == 400
