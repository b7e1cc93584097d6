"""S3 on a line that breaks, and its refusals."""

import pytest

from strata.model.errors import NotFound, Unavailable
from strata.platform import Platform
from strata.ports import Blobs
from tests.faults import Fault, Line

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


def test_a_blob_that_is_there_already_costs_no_second_call(blobs: Blobs, line: Line) -> None:
    blobs.put("a", b"first")
    line.calls.clear()
    blobs.put("a", b"second")
    assert line.calls == {"PutObject": 1}
