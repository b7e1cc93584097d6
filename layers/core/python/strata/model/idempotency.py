"""A caller's promise that two requests with one key are one request."""

from dataclasses import dataclass

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Idempotency:
    """`digest` stands for method, path and body: the same key with another digest is refused."""

    key: str
    digest: str
    kept_seconds: int = KEPT_SECONDS
