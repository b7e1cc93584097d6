"""The way of a request through a resource."""

import hashlib
import json
from io import StringIO
from typing import Any

import pytest

from strata.http.resource import Resource
from strata.platform import Platform
from tests.unit.http.calls import ALL, REQUEST_ID, Reply, reply, request
from tests.unit.http.shelf import app

CALLER = {"user_id": "usr_1", "permissions": ALL}


def call(platform: Platform, method: str, path: str, *args: Any, **given: Any) -> Reply:
    return reply(app.handle, request(method, path, *args, **{"caller": CALLER, **given}), platform)


def test_a_route_without_permission_that_is_not_public_fails_at_import() -> None:
    with pytest.raises(ValueError, match="GET /v1/x"):
        Resource("x").get("/v1/x", answer=dict)


def test_a_route_that_is_public_and_asks_for_a_permission_fails_at_import() -> None:
    with pytest.raises(ValueError, match="GET /v1/x"):
        Resource("x").get("/v1/x", public=True, permission="graph:read", answer=dict)


def test_a_permission_that_nobody_can_have_fails_at_import() -> None:
    with pytest.raises(ValueError, match="graph:fly"):
        Resource("x").get("/v1/x", permission="graph:fly", answer=dict)


def test_a_route_is_told_with_its_permission_in_the_form_of_api_gateway() -> None:
    told = {route.key: route.permission for route in app.routes}
    assert told["GET /v1/books/{node_id}"] == "graph:read"
    assert told["GET /v1/open"] is None


def test_a_function_gets_its_user_and_its_platform(platform: Platform) -> None:
    assert call(platform, "GET", "/v1/books").json["user"] == "usr_1"
    assert call(platform, "POST", "/v1/books", {"title": "Moby"}).json["stage"] == "local"


def test_what_was_made_is_answered_with_its_place(platform: Platform) -> None:
    made = call(platform, "POST", "/v1/books", {"title": "Moby"})
    assert (made.status, made.headers["location"]) == (201, "/v1/books/moby")


def test_nothing_to_say_is_204_without_a_body(platform: Platform) -> None:
    gone = call(platform, "DELETE", "/v1/books/moby")
    assert (gone.status, gone.body) == (204, "")
    assert "content-type" not in gone.headers


def test_a_function_may_answer_with_a_status_of_its_own(platform: Platform) -> None:
    told = call(platform, "GET", "/v1/state")
    assert (told.status, told.json) == (503, {"status": "unhealthy"})


def test_a_text_is_answered_as_it_is(platform: Platform) -> None:
    told = call(platform, "GET", "/v1/text")
    assert told.body == '{"as": "it is"}'
    assert told.headers["content-type"] == "application/json"


def test_an_answer_that_lambda_would_drop_is_refused(platform: Platform) -> None:
    assert call(platform, "GET", "/v1/large").code == "too_large"


class TestProblems:
    def test_a_problem_has_every_field_of_the_contract(self, platform: Platform) -> None:
        told = call(platform, "GET", "/v1/nothing")
        assert told.json == {
            "type": "urn:strata:problem:not_found",
            "title": "No such resource",
            "status": 404,
            "code": "not_found",
            "detail": "No such resource",
            "request_id": REQUEST_ID,
            "errors": [],
        }

    def test_a_path_with_other_methods_is_405_and_names_them(self, platform: Platform) -> None:
        told = call(platform, "PUT", "/v1/books/moby")
        assert (told.status, told.code) == (405, "method_not_allowed")
        assert told.headers["allow"] == "DELETE, GET, PATCH"

    @pytest.mark.parametrize("path", ["/v1/books/", "/v1//loans", "/", "", "/v1/books/a/b/c"])
    def test_a_path_that_leads_nowhere_is_404(self, platform: Platform, path: str) -> None:
        assert call(platform, "GET", path).status == 404

    @pytest.mark.parametrize("node", ["1", "a b", "é", "a%2Fb", "x" * 65, "USER#1"])
    def test_an_id_that_cannot_be_is_404(self, platform: Platform, node: str) -> None:
        assert call(platform, "GET", f"/v1/books/{node}").code == "not_found"

    @pytest.mark.parametrize("path", ["/v1/broken", "/v1/unwritable", "/v1/aws"])
    def test_what_nobody_foresaw_is_500_and_tells_nothing(
        self, platform: Platform, path: str
    ) -> None:
        told = call(platform, "GET", path)
        assert (told.status, told.code) == (500, "internal")
        assert (told.json["title"], told.json["errors"]) == ("Internal error", [])
        assert "swordfish" not in told.body
        assert "strata-prod" not in told.body

    def test_what_nobody_foresaw_is_logged_with_its_place_and_without_its_message(
        self, platform: Platform, log: StringIO
    ) -> None:
        call(platform, "GET", "/v1/broken")
        line = json.loads(log.getvalue().splitlines()[0])
        assert (line["level"], line["request_id"]) == ("ERROR", REQUEST_ID)
        assert line["errors"][0]["class"] == "ValueError"
        assert "read_broken" in line["errors"][0]["stack"][-1]
        assert "swordfish" not in log.getvalue()

    def test_an_error_of_aws_is_logged_by_its_code(self, platform: Platform, log: StringIO) -> None:
        call(platform, "GET", "/v1/aws")
        assert "ResourceNotFoundException" in log.getvalue()
        assert "strata-prod" not in log.getvalue()

    def test_a_dependency_that_is_down_is_503_and_says_when_to_come_back(
        self, platform: Platform
    ) -> None:
        told = call(platform, "GET", "/v1/throttled")
        assert (told.status, told.code) == (503, "unavailable")
        assert int(told.headers["retry-after"]) > 0


class TestAccess:
    def test_a_public_route_asks_nobody(self, platform: Platform) -> None:
        assert call(platform, "GET", "/v1/open", caller=None).status == 200

    @pytest.mark.parametrize("caller", [None, {}, {"user_id": ""}, {"permissions": ALL}])
    def test_a_route_is_closed_to_whom_the_authorizer_does_not_name(
        self, platform: Platform, caller: dict[str, str] | None
    ) -> None:
        told = call(platform, "GET", "/v1/books", caller=caller)
        assert (told.status, told.code) == (401, "unauthenticated")
        assert told.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        ("refused", "status"),
        [("unauthenticated", 401), ("invalid_token", 401), ("unavailable", 503)],
    )
    def test_what_the_authorizer_found_is_answered(
        self, platform: Platform, refused: str, status: int
    ) -> None:
        told = call(platform, "GET", "/v1/books", caller={**CALLER, "refused": refused})
        assert (told.status, told.code) == (status, refused)

    def test_a_verdict_that_nobody_knows_is_no_way_in(self, platform: Platform) -> None:
        told = call(platform, "GET", "/v1/books", caller={**CALLER, "refused": "on a whim"})
        assert (told.status, told.code) == (500, "internal")

    def test_an_event_without_an_authorizer_is_refused(self, platform: Platform) -> None:
        event = request("GET", "/v1/books")
        del event["requestContext"]["authorizer"]
        assert reply(app.handle, event, platform).status == 401

    @pytest.mark.parametrize("permissions", ["", "graph:write", "graph:rea", "graph:read2"])
    def test_a_missing_permission_is_403(self, platform: Platform, permissions: str) -> None:
        caller = {"user_id": "usr_1", "permissions": permissions}
        told = call(platform, "GET", "/v1/books", caller=caller)
        assert (told.status, told.code) == (403, "permission_denied")

    def test_a_stranger_learns_nothing_of_a_body(self, platform: Platform) -> None:
        assert call(platform, "POST", "/v1/books", "{", caller=None).status == 401


class TestBodies:
    def test_an_unknown_field_is_refused_by_its_place(self, platform: Platform) -> None:
        told = call(platform, "POST", "/v1/books", {"title": "Moby", "authors": [{"x/~": 1}]})
        assert (told.status, told.code) == (422, "invalid_body")
        assert told.faults == [
            ("/authors/0/name", "missing"),
            ("/authors/0/x~1~0", "unknown_field"),
        ]

    def test_all_faults_are_told_at_once_and_no_value_is_repeated(self, platform: Platform) -> None:
        told = call(platform, "POST", "/v1/books", {"title": "swordfish" * 9, "pages": "swordfish"})
        assert [place for place, _ in told.faults] == ["/title", "/pages"]
        assert "swordfish" not in told.body

    def test_ten_thousand_faults_are_told_in_bounds(self, platform: Platform) -> None:
        told = call(platform, "POST", "/v1/books", {"x" * 9: 1} | {f"f{n}": n for n in range(9999)})
        assert (told.status, len(told.json["errors"])) == (422, 100)

    def test_a_long_name_of_an_unknown_field_is_cut(self, platform: Platform) -> None:
        told = call(platform, "POST", "/v1/books", {"title": "Moby", "x" * 100_000: 1})
        assert len(told.body) < 1000

    @pytest.mark.parametrize("body", ["[]", '[{"title": "Moby"}]', '"x"', "1", "null", "true"])
    def test_a_body_that_is_no_object_is_422(self, platform: Platform, body: str) -> None:
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
        self, platform: Platform, body: str | bytes, code: str
    ) -> None:
        told = call(platform, "POST", "/v1/books", body)
        assert (told.status, told.code, told.faults) == (400, "invalid_request", [("", code)])

    def test_what_is_at_the_bounds_comes_back_as_it_went_in(self, platform: Platform) -> None:
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
    def test_a_body_that_is_not_called_json_is_415(
        self, platform: Platform, content_type: str
    ) -> None:
        sent = {"content-type": content_type}
        told = call(platform, "POST", "/v1/books", {"title": "Moby"}, headers=sent)
        assert (told.status, told.code) == (415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
    )
    def test_json_may_say_that_it_is_utf8(self, platform: Platform, content_type: str) -> None:
        sent = {"Content-Type": content_type, "content-type": content_type}
        told = call(platform, "POST", "/v1/books", {"title": "Moby"}, headers=sent)
        assert told.status == 201

    @pytest.mark.parametrize("character", ["x", "é", "😀"])
    def test_a_body_over_6_mb_is_413(self, platform: Platform, character: str) -> None:
        text = character * (6 * 1024 * 1024 // len(character.encode()))
        body = json.dumps({"title": text}, ensure_ascii=False)
        told = call(platform, "POST", "/v1/books", body)
        assert (told.status, told.code) == (413, "too_large")

    def test_a_body_may_be_sent_as_bytes(self, platform: Platform) -> None:
        told = call(platform, "POST", "/v1/books", '{"title": "é"}'.encode())
        assert told.json["title"] == "é"

    def test_a_body_that_is_missing_is_422(self, platform: Platform) -> None:
        assert call(platform, "POST", "/v1/books").faults == [("", "missing")]

    def test_a_body_that_may_be_missing_has_its_defaults(self, platform: Platform) -> None:
        assert call(platform, "POST", "/v1/books/moby/loans").json["days"] == 7
        assert call(platform, "POST", "/v1/books/moby/loans", {"days": 3}).json["days"] == 3

    def test_a_body_where_none_is_asked_for_is_left_alone(self, platform: Platform) -> None:
        assert call(platform, "DELETE", "/v1/books/moby", "{").status == 204


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
