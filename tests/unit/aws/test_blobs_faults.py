"""S3 on a line that breaks, and its refusals; what is put again lives on; links."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from moto.s3.models import s3_backends

from strata.model.errors import NotFound, Unavailable
from strata.platform import Platform
from strata.ports import REFRESH_DAYS, Blobs
from tests.account import ACCOUNT, BUCKET, CLIENTS
from tests.faults import Fault, Line
from tests.held_clock import START

FAULTS = [
    Fault("PutObject", "SlowDown", 503),
    Fault("PutObject", "RequestTimeout"),
    Fault("PutObject", "InternalError", 500, after=True),
    Fault("PutObject", "timeout"),
    Fault("PutObject", "timeout", after=True),
    Fault("PutObject", "closed", after=True),
    Fault("PutObject", "unreachable"),
    Fault("PutObject", "ConditionalRequestConflict", 409),
]


@pytest.fixture
def blobs(aws: Platform) -> Blobs:
    return aws.blobs


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_one_fault_keeps_the_content(blobs: Blobs, line: Line, fault: Fault) -> None:
    line.fail(fault)
    blobs.put("a", b"content")
    assert blobs.get("a") == b"content"
    assert line.all_faults_hit


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_lasting_fault_is_unavailable(blobs: Blobs, line: Line, fault: Fault) -> None:
    line.fail(*[fault] * 20)
    with pytest.raises(Unavailable):
        blobs.put("a", b"content")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GetObject", "SlowDown", 503),
        Fault("GetObject", "timeout"),
        Fault("GetObject", "truncated", 200),
    ],
    ids=str,
)
def test_a_read_that_breaks_for_good_is_unavailable(blobs: Blobs, line: Line, fault: Fault) -> None:
    blobs.put("a", b"content")
    line.fail(*[fault] * 20)
    with pytest.raises(Unavailable):
        blobs.get("a")


@pytest.mark.parametrize("operation", ["PutObject", "GetObject"])
def test_a_missing_permission_is_no_passing_trouble(
    blobs: Blobs, line: Line, operation: str
) -> None:
    line.fail(Fault(operation, "AccessDenied", 403))
    with pytest.raises(Exception, match="AccessDenied") as failed:
        blobs.put("a", b"") if operation == "PutObject" else blobs.get("a")
    assert not isinstance(failed.value, (Unavailable, NotFound))


class TestDeleteUnder:
    def test_one_fault_does_no_harm(self, blobs: Blobs, line: Line) -> None:
        blobs.put("values/a/b", b"content")
        line.fail(Fault("ListObjectsV2", "SlowDown", 503))
        line.fail(Fault("DeleteObjects", "InternalError", 500, after=True))
        assert blobs.delete_under("values/a", 10)
        assert line.all_faults_hit
        assert not blobs.keep("values/a/b")

    @pytest.mark.parametrize("operation", ["ListObjectsV2", "DeleteObjects"])
    def test_a_lasting_one_is_told(self, blobs: Blobs, line: Line, operation: str) -> None:
        blobs.put("values/a/b", b"content")
        line.fail(*[Fault(operation, "SlowDown", 503)] * 8)
        with pytest.raises(Unavailable):
            blobs.delete_under("values/a", 10)

    def test_what_s3_would_not_delete_is_told(
        self, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of one among many it tells in an answer that is none of an error."""
        blobs.put("values/a/b", b"content")
        refused = {"Errors": [{"Key": "values/a/b", "Code": "InternalError"}]}
        client = CLIENTS.get("s3")
        monkeypatch.setattr(client, "delete_objects", lambda **_: refused)
        with pytest.raises(Unavailable):
            blobs.delete_under("values/a", 10)


def _written(at: datetime) -> None:
    s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys["a"].last_modified = at.replace(tzinfo=None)


def _last_written() -> datetime:
    at: datetime = CLIENTS.get("s3").head_object(Bucket=BUCKET, Key="a")["LastModified"]
    return at


OLD = START - timedelta(days=REFRESH_DAYS, seconds=1)
YOUNG = START - timedelta(days=REFRESH_DAYS)


class TestPutAgain:
    def test_what_is_old_begins_a_new_life_with_its_first_content(self, blobs: Blobs) -> None:
        blobs.put("a", b"first")
        _written(OLD)
        blobs.put("a", b"second")
        assert _last_written() > START
        assert blobs.get("a") == b"first"

    def test_what_is_young_is_left_alone(self, blobs: Blobs, line: Line) -> None:
        blobs.put("a", b"content")
        _written(YOUNG)
        line.calls.clear()
        blobs.put("a", b"content")
        assert line.calls == {"PutObject": 1, "HeadObject": 1}
        assert _last_written() == YOUNG

    @pytest.mark.parametrize("operation", ["HeadObject", "CopyObject"])
    def test_what_comes_to_its_end_meanwhile_is_put_anew(
        self, blobs: Blobs, line: Line, operation: str
    ) -> None:
        blobs.put("a", b"content")
        _written(OLD)
        code = "404" if operation == "HeadObject" else "NoSuchKey"
        line.fail(Fault(operation, code, 404))
        line.calls.clear()
        blobs.put("a", b"content")
        assert line.calls["PutObject"] == 2
        assert _last_written() > START

    def test_what_is_kept_begins_a_new_life_too(self, blobs: Blobs) -> None:
        blobs.put("a", b"content")
        _written(OLD)
        assert blobs.keep("a")
        assert _last_written() > START

    @pytest.mark.parametrize("operation", ["HeadObject", "CopyObject"])
    def test_one_fault_does_no_harm_and_a_lasting_one_is_told(
        self, blobs: Blobs, line: Line, operation: str
    ) -> None:
        blobs.put("a", b"content")
        _written(OLD)
        line.fail(Fault(operation, "InternalError", 500, after=True))
        blobs.put("a", b"content")
        assert line.all_faults_hit
        _written(OLD)
        line.fail(*[Fault(operation, "timeout")] * 20)
        with pytest.raises(Unavailable):
            blobs.put("a", b"content")

    def test_a_missing_permission_to_copy_is_told(self, blobs: Blobs, line: Line) -> None:
        blobs.put("a", b"content")
        _written(OLD)
        line.fail(Fault("CopyObject", "AccessDenied", 403))
        with pytest.raises(Exception, match="AccessDenied"):
            blobs.put("a", b"content")


def test_a_link_is_signed_as_kms_wants_it_and_ends(aws: Platform, line: Line) -> None:
    CLIENTS.get("s3")
    line.calls.clear()
    link = urlsplit(aws.blobs.link("values/usr_1/abc", 300) or "")
    assert (link.scheme, link.path) == ("https", "/values/usr_1/abc")
    assert link.netloc == f"{BUCKET}.s3.eu-west-1.amazonaws.com"
    query = parse_qs(link.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-type"] == ["application/json"]
    assert line.calls == {}
