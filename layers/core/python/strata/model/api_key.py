"""An API key: what it may do, how long, and how often."""

from dataclasses import dataclass
from typing import Literal

from strata.model.rate import Limits

ApiKeyStatus = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`secret_hash` is SHA-256 of the secret, in hexadecimal. Until `previous_until` the secret
    before the last rotation opens as well. Times as `clock.timestamp` writes them."""

    id: str
    user_id: str
    name: str
    scopes: list[str]
    secret_hash: str
    created_at: str
    updated_at: str
    status: ApiKeyStatus = "active"
    expires_at: str | None = None
    last_used_at: str | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    previous_hash: str | None = None
    previous_until: str | None = None
    grants_epoch: int = 0
    revision: int = 1

    @property
    def limits(self) -> Limits:
        return Limits(self.requests_per_minute, self.requests_per_day)
