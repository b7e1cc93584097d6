"""Which addresses are the public internet's, and the addresses of a host.

The special-purpose registries of IANA are written out, since `ipaddress` follows them differently
from one version of Python to the next.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from strata.model.errors import NodeError
from strata.outbound.targets import ForbiddenAddress, Target

Find = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts; the port is for the resolver alone. Raises OSError,
TimeoutError."""

_CLOSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers; some clouds' metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a cloud's own host agent
            "169.254.0.0/16",  # link-local; metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_OPEN_IPV6 = IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset((0x0000_5EFE, 0x0200_5EFE))
"""Before the IPv4 address, within any network: a tunnel through a site's own."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it belongs to a host of the public internet, whatever form it is disguised in."""
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is None:
            return _is_open(address)
        address = inner
    return not any(address in network for network in _CLOSED_IPV4)


def _is_open(address: IPv6Address) -> bool:
    if address not in _OPEN_IPV6 or any(address in network for network in _CLOSED_IPV6):
        return False
    is_tunnel = int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
    return not is_tunnel or is_public(IPv4Address(int(address) & 0xFFFF_FFFF))


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one reach. Other tunnels are closed as a whole."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


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
