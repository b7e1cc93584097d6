"""Who calls, what they may do, and how often."""

from typing import ClassVar

from strata.model.errors.root import StrataError
from strata.model.rate import Quota


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


class TooManyRequests(StrataError):
    """A rate or quota is used up; the caller may try again after `retry_after` seconds. `quota` is
    the one, where it is not the caller's rate, which every answer tells."""

    code, status, title = "too_many_requests", 429, "Too many requests"

    def __init__(
        self, detail: str = "", *, retry_after: int = 0, quota: Quota | None = None
    ) -> None:
        self.retry_after = quota.reset if quota else retry_after
        told = quota.headers if quota else {}
        super().__init__(detail, headers={"Retry-After": str(self.retry_after), **told})


class TooManyAttempts(TooManyRequests):
    code, title = "too_many_attempts", "Too many failed attempts"
