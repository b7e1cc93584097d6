"""What a caller is told who is refused."""

import json
from io import StringIO

import pytest

from strata.platform import Platform
from tests.unit.http.calls import ALL, REQUEST_ID, reply, request
from tests.unit.http.shelf import CALLER, app, call


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
