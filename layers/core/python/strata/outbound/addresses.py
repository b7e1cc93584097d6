"""The addresses of a host, each of which must be the public internet's."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address

from strata.model.addresses import is_public
from strata.model.errors import NodeError
from strata.outbound.targets import ForbiddenAddress, Target

Find = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts; the port is for the resolver alone. Raises OSError,
TimeoutError."""


def addresses_of(target: Target, find: Find, allowed_upstream: tuple[str, int] | None) -> list[str]:
    """The target's addresses, resolved once. Raises ForbiddenAddress unless each may be reached,
    and NodeError `upstream_unreachable` if there is none."""
    found = [ip_address(text.partition("%")[0]) for text in _found(target, find)]
    if (target.host, target.port) == allowed_upstream:
        allowed = all(address.is_loopback for address in found)
    else:
        allowed = all(map(is_public, found))
    if not allowed:
        raise ForbiddenAddress("the host has an address that is not public")
    return list(map(str, found))


def _found(target: Target, find: Find) -> Sequence[str]:
    try:
        return [str(ip_address(target.host))]
    except ValueError:
        pass
    try:
        found = find(target.host, target.port)
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        found = ()
    if not found:
        message = "The host's name cannot be resolved"
        raise NodeError("upstream_unreachable", message, retryable=True)
    return found
