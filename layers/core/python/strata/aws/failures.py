"""Which failures of a call mean that a dependency is down, throttled or out of reach.

The attempts of botocore are used up when one of these arrives.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnection

from strata.model.errors import Unavailable

_OUT_OF_REACH = (NoConnection, HTTPClientError, IncompleteReadError)
_BUSY = frozenset(
    (
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    )
)


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def error_status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def dependency(name: str, *codes: str) -> Iterator[None]:
    """Raises Unavailable for the calls within that failed for want of the service, or with one of
    the further error codes; other errors pass."""
    try:
        yield
    except _OUT_OF_REACH as error:
        raise Unavailable(f"{name} is out of reach.") from error
    except ClientError as error:
        if _is_busy(error) or error_code(error) in codes:
            raise Unavailable(f"{name} does not take the request now.") from error
        raise


def _is_busy(error: ClientError) -> bool:
    status = error_status(error)
    return error_code(error) in _BUSY or status >= 500 or status == 429
