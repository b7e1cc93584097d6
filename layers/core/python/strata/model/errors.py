"""Every error that a caller may see: one class, one stable code, one HTTP status.

    StrataError                   an answer of the API
    ├── InvalidRequest 400      ├── NotFound 404          ├── UnsupportedMediaType 415
    ├── Unauthenticated 401     ├── Conflict 409          ├── InvalidBody 422
    ├── PermissionDenied 403    ├── VersionConflict 412   └── Unavailable 503
    ├── MethodNotAllowed 405    ├── TooLarge 413          ├── CallbackExpired 410
    └── TooManyRequests 429
    NodeError                     a node's failure, never an answer
    NodeFailed, NodeRetry         what a node's function tells its state machine

`http/problems.py` turns a StrataError into problem+json, `node_ends.py` a NodeError into the
error of its node.
A message never repeats the refused value, and never holds a secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Detail:
    """One fault in a request: where (JSON pointer), which (stable code), and a sentence."""

    pointer: str
    code: str
    message: str


class StrataError(Exception):
    """The root: knows its code, its HTTP status and its title."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class InvalidRequest(StrataError):
    code, status, title = "invalid_request", 400, "The request cannot be read"


class InvalidCursor(InvalidRequest):
    code, title = "invalid_cursor", "The cursor does not belong to this list"


class Unauthenticated(StrataError):
    code, status, title = "unauthenticated", 401, "Sign in first"

    challenge: ClassVar[str] = 'Bearer realm="strata"'

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": self.challenge})


class InvalidToken(Unauthenticated):
    code, title = "invalid_token", "The access token is not valid"
    # RFC 6750, 3.1: a client can tell that a new token would do.
    challenge = 'Bearer realm="strata", error="invalid_token"'


class InvalidCredentials(Unauthenticated):
    code, title = "invalid_credentials", "E-mail address or password is wrong"


class InvalidApiKey(Unauthenticated):
    code, title = "invalid_api_key", "The API key is not valid"


class InvalidRefreshToken(Unauthenticated):
    code, title = "invalid_refresh_token", "The refresh token is not valid"


class PermissionDenied(StrataError):
    code, status, title = "permission_denied", 403, "Permission is missing"


class EmailUnverified(PermissionDenied):
    code, title = "email_unverified", "The e-mail address has not been verified"


class NotFound(StrataError):
    code, status, title = "not_found", 404, "No such resource"


class MethodNotAllowed(StrataError):
    code, status, title = "method_not_allowed", 405, "Not a method of this resource"


class Conflict(StrataError):
    code, status, title = "conflict", 409, "The request conflicts with the resource as it is"


class EmailTaken(Conflict):
    code, title = "email_taken", "This e-mail address is registered already"


class LastAdmin(Conflict):
    code, title = "last_admin", "Somebody must remain who is an admin"


class OwnAccount(Conflict):
    code, title = "own_account", "Nobody changes their own role or status"


class UserLeaving(Conflict):
    code, title = "user_leaving", "The account is being deleted"


class AlreadyVerified(Conflict):
    code, title = "already_verified", "The e-mail address has been verified already"


class NotRunnable(Conflict):
    code, title = "not_runnable", "This version of the graph cannot run"


class RequestInFlight(Conflict):
    code, title = "request_in_flight", "The first request with this idempotency key still runs"


class ExecutionEnded(Conflict):
    code, title = "execution_ended", "The execution has ended"


class NotWaiting(Conflict):
    code, title = "not_waiting", "The node does not wait for a decision"


class AlreadyDecided(Conflict):
    code, title = "already_decided", "Somebody has decided already"


class ApprovalExpired(Conflict):
    code, title = "approval_expired", "The time to decide is over"


class AlreadyAnswered(Conflict):
    code, title = "already_answered", "Another event came first"


class CallbackExpired(StrataError):
    code, status, title = "callback_expired", 410, "Nothing waits for this event any more"


class TooManyApiKeys(Conflict):
    code, title = "too_many_api_keys", "A user has at most 100 API keys"


class ExecutionCompleted(Conflict):
    code, title = "execution_completed", "The execution is complete; there is nothing to resume"


class ExecutionRunning(Conflict):
    code, title = "execution_running", "The execution has not ended yet"


class VersionConflict(StrataError):
    code, status, title = "version_conflict", 412, "The resource has changed since it was read"


class TooLarge(StrataError):
    code, status, title = "too_large", 413, "The request is too large"


class UnsupportedMediaType(StrataError):
    code, status, title = "unsupported_media_type", 415, "The body must be JSON"


class InvalidBody(StrataError):
    code, status, title = "invalid_body", 422, "The request has invalid fields"


class ScopeNotAllowed(InvalidBody):
    code, title = "scope_not_allowed", "You cannot give these scopes to a key"


class GraphInvalid(InvalidBody):
    code, title = "graph_invalid", "The graph has problems"


class InvalidInputs(InvalidBody):
    code, title = "invalid_inputs", "The inputs do not fit the graph"


class NotTestable(InvalidBody):
    code, title = "not_testable", "This node cannot run alone"


class InvalidOneTimeToken(InvalidBody):
    code, title = "invalid_one_time_token", "The token is unknown, used or expired"


class SecretRequired(InvalidBody):
    code, title = "secret_required", "This change needs the secret again"


class AuthorizationFailed(InvalidBody):
    code, title = "authorization_failed", "The provider has refused the authorisation"


class IdempotencyKeyReused(InvalidBody):
    code, title = "idempotency_key_reused", "This idempotency key was used with another request"


class TooManyRequests(StrataError):
    """A rate or quota is used up; the caller may try again after `retry_after` seconds."""

    code, status, title = "too_many_requests", 429, "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
        self.retry_after = retry_after


class TooManyAttempts(TooManyRequests):
    code, title = "too_many_attempts", "Too many failed attempts"


class Unavailable(StrataError):
    """A dependency is down or throttled; the caller may try again after `retry_after` seconds."""

    code, status, title = "unavailable", 503, "A dependency is not available"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class ProviderUnavailable(Unavailable):
    code, title = "provider_unavailable", "The provider does not answer as it should"


class NodeError(Exception):
    """A node cannot do its work: a stable code, a sentence, and whether another try may help."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class InvalidInput(NodeError):
    """The value on an input pin does not fit; the message names the pin."""

    def __init__(self, pin: str, message: str) -> None:
        super().__init__("invalid_input", f"Input '{pin}' {message}")
        self.pin = pin


class NodeFailed(Exception):
    """Ends a state machine: a node has failed for good. Never retried by the machine."""


class NodeRetry(Exception):
    """Asks the state machine for another attempt of a node."""
