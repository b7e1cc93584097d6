"""A request that cannot be answered, or not now."""

from strata.model.errors.root import StrataError


class InvalidRequest(StrataError):
    code, status, title = "invalid_request", 400, "The request cannot be read"


class InvalidCursor(InvalidRequest):
    code, title = "invalid_cursor", "The cursor does not belong to this list"


class NotFound(StrataError):
    code, status, title = "not_found", 404, "No such resource"


class MethodNotAllowed(StrataError):
    code, status, title = "method_not_allowed", 405, "Not a method of this resource"


class TooLarge(StrataError):
    code, status, title = "too_large", 413, "The request is too large"


class Misdirected(StrataError):
    """The header Host names another server than the embedded one."""

    code, status, title = "misdirected", 421, "The request is for another host"


class CrossSite(StrataError):
    """A browser says so: the page that sends the request is not the server's own."""

    code, status, title = "cross_site", 403, "A page of another site may not do this"


class UnsupportedMediaType(StrataError):
    code, status, title = "unsupported_media_type", 415, "The body must be JSON"


class Unavailable(StrataError):
    """A dependency is down or throttled; the caller may try again after `retry_after` seconds."""

    code, status, title = "unavailable", 503, "A dependency is not available"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class ProviderUnavailable(Unavailable):
    code, title = "provider_unavailable", "The provider does not answer as it should"
