"""Which addresses are the public internet's.

The special-purpose registries of IANA are written out, since `ipaddress` follows them differently
from one version of Python to the next.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

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
