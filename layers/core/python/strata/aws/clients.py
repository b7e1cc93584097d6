"""The clients of one process: each is made when it is first asked for, and kept."""

import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.session import Session

_BOUNDS = Config(
    connect_timeout=1,
    read_timeout=3,
    # Waits with jitter between attempts and stops at a quota: a service that is down is not beaten
    # further. DynamoDB gets four attempts, the others three: 16 s at the most, so that a function
    # of 29 s still answers 503 itself.
    retries={"mode": "standard"},
    max_pool_connections=4,
    tcp_keepalive=True,
)
_PATIENT = _BOUNDS.merge(
    Config(read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
)
"""A large value, or a definition of a megabyte, may take a while to be taken."""
_LINKING = _PATIENT.merge(
    # Of itself botocore signs links as KMS does not take them, and for a host that redirects.
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
)
_CONFIGS = {"s3": _LINKING, "stepfunctions": _PATIENT}


class Clients:
    """Clients by the name of their service, shared by threads."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = boto3.session.Session(botocore_session=session)
        self._made: dict[str, Any] = {}
        # Clients may be shared by threads; the session that makes them may not.
        self._lock = threading.Lock()

    def get(self, service: str) -> Any:
        """The client of `dynamodb`, `s3`, `kms`, `stepfunctions` or `sqs`."""
        client = self._made.get(service)
        if client is None:
            with self._lock:
                client = self._made.get(service) or self._make(service)
        return client

    def _make(self, service: str) -> Any:
        # By a name that is known at run time alone, which the stubs of boto3 do not foresee.
        make: Any = self._session.client
        client = make(service, config=_CONFIGS.get(service, _BOUNDS))
        self._made[service] = client
        return client
