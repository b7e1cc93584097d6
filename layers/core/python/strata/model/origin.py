"""Where a request comes from, as the gateway saw it and never as a header claims."""

from dataclasses import dataclass

MAX_USER_AGENT = 256


@dataclass(frozen=True, slots=True)
class Origin:
    """`source` is the address of the connection, IPv4 or IPv6; `user_agent` is what the client
    calls itself, cut to 256 characters: no proof of anything."""

    source: str = ""
    user_agent: str = ""
    request_id: str = ""


NOWHERE = Origin()
"""Of what no request asked for: a schedule, a command."""
