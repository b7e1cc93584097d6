"""Rates: how many requests a minute and a day let in, and how many are left."""

from dataclasses import dataclass

MINUTE, DAY = 60, 86_400
"""The windows, in seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests in a minute and in a day; None where that window has no limit."""

    minute: int | None = None
    day: int | None = None

    def __bool__(self) -> bool:
        return (self.minute, self.day) != (None, None)


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Quota:
    """Of one window: how many requests it lets in, how many are left, and for how many seconds."""

    window: int
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """How an answer tells it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.limit};w={self.window}",
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands: `tightest` of the quotas that bind them, and whether this very request
    is let in. `policy` lists all of these quotas as the header RateLimit-Policy does."""

    tightest: Quota
    policy: str
    is_admitted: bool
