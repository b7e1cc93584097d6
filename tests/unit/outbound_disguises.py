"""Addresses that nobody may reach, and every way in which somebody could write them in a URL."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

CLOSED = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.8.9.10",
    "this host": "0.0.0.0",
    "private 10": "10.1.2.3",
    "private 172": "172.31.0.1",
    "private 192": "192.168.1.1",
    "carriers": "100.64.0.1",
    "metadata of Alibaba": "100.100.100.200",
    "metadata of AWS, Azure, Google": "169.254.169.254",
    "metadata of containers": "169.254.170.2",
    "runtime API of Lambda": "169.254.100.1",
    "X-Ray daemon of Lambda": "169.254.79.129",
    "host agent of Azure": "168.63.129.16",
    "metadata of Oracle": "192.0.0.192",
    "multicast": "224.0.0.251",
    "broadcast": "255.255.255.255",
}

CLOSED_IPV6 = {
    "nowhere": "::",
    "loopback": "::1",
    "unique local": "fd12:3456::1",
    "metadata of AWS": "fd00:ec2::254",
    "metadata of Google": "fd20:ce::254",
    "link-local": "fe80::1",
    "site-local": "fec0::1",
    "multicast": "ff02::1",
    "multicast of nodes": "ff01::1",
    "discard": "100::1",
    "documentation": "2001:db8::1",
    "documentation, new": "3fff::1",
    "segment routing": "5f00::1",
    "local NAT64": "64:ff9b:1::a00:1",
    "Teredo": "2001:0:53aa:64c:0:0:80ff:fffe",
    "ORCHID": "2001:20::1",
    "benchmarks": "2001:2::1",
    "not given out": "4000::1",
}

# As digits, full-width ones and others that Unicode folds to them.
_FULL_WIDTH = str.maketrans("0123456789.xabcdef", "０１２３４５６７８９．ｘａｂｃｄｅｆ")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def hosts_for(address: str) -> Iterator[str]:
    """Each way of writing the IPv4 address as the host of a URL, and its disguises as IPv6."""
    yield from _numbers(address)
    yield from _scripts(address)
    yield from _around(address)
    for disguise in disguises(address):
        yield f"[{disguise}]"
        yield f"[{IPv6Address(disguise).exploded}]"
        yield f"[{disguise.upper()}]"
        yield f"[{disguise}%25eth0]"
        yield f"[{disguise}%eth0]"


def _numbers(address: str) -> Iterator[str]:
    whole = int(IPv4Address(address))
    a, b, c, d = map(int, address.split("."))
    yield from (address, str(whole), hex(whole), hex(whole).upper(), f"0{whole:o}", f"00{whole:o}")
    yield from (f"0x{whole:016x}", f"{whole:012d}", str(whole + 2**32))
    yield from (f"{a}.{b * 65536 + c * 256 + d}", f"{a}.{b}.{c * 256 + d}")
    yield from (f"0x{a:x}.{b * 65536 + c * 256 + d}", f"0{a:o}.{b}.0x{c * 256 + d:x}")
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}")
    yield from (f"0{a:o}.{b}.0x{c:x}.{d}", f"{a:03d}.{b:03d}.{c:03d}.{d:03d}")
    yield from (f"0x{a:x}{b:02x}{c:02x}.{d}", f"{a + 256}.{b}.{c}.{d}", f"{a}.{b}.{c}.{d + 256}")
    yield from (f"{address}.0x0", f"0.{address}", f"{a}.{b}.{c}.0{d:o}")


def _scripts(address: str) -> Iterator[str]:
    for digits in (_FULL_WIDTH, _CIRCLED, _BOLD, _SUPERSCRIPT, _ARABIC, _DEVANAGARI):
        yield address.translate(digits)
    yield hex(int(IPv4Address(address))).translate(_FULL_WIDTH)
    for dot in "。．｡․":
        yield address.replace(".", dot)
    yield from (address.replace(".", "%2e"), "".join(f"%{ord(one):02x}" for one in address))
    yield address[0] + "\u00ad" + address[1:]
    yield address[0] + "\u200b" + address[1:]


def _around(address: str) -> Iterator[str]:
    yield from (f"{address}.", f"{address}..", f".{address}", f"[{address}]", f"{address}%00")
    yield from (f"user@{address}", f"user:pw@{address}", f"example.com@{address}", f"@{address}")
    yield from (f"example.com%40{address}", f"example.com:80@{address}:80")
    yield from (f"{address}\\@example.com", f"{address}\\.example.com", f"example.com\\@{address}")
    yield from (f"{address}\t", f"\t{address}", f"{address[:2]}\t{address[2:]}", f" {address}")
    yield from (f"{address}\r\nHost:%20x", f"{address}\n", f"{address}\x00.example.com")
    yield from (f"{address}\x0b", f"{address}\u2028", f"{address}\u00a0", f"{address}\ufeff")
    yield from (f"{address}:22", f"{address}:9001", f"{address}:0", f"{address}:65536")
    yield from (f"{address}:-80", f"{address}:+80", f"{address}:8_0", f"{address}:80:80")
    yield from (
        f"{address}:８０",
        f"{address}: 80",
        f"{address}:0x50",
        f"{address}:080",
        f"{address}:",
    )
    yield from (f"{address}#@example.com", f"{address}?@example.com", f"{address};x")
    yield from (f"[{address}", f"{address}]", f"example.com[::{address}]", f"[::1]{address}")


def disguises(address: str) -> Iterator[str]:
    """IPv6 addresses that lead to this one, or did on some system."""
    whole = int(IPv4Address(address))
    tail = f"{whole >> 16:x}:{whole & 0xFFFF:x}"
    yield from (f"::ffff:{address}", f"::ffff:{tail}", f"0:0:0:0:0:ffff:{tail}")
    yield from (f"::{address}", f"::ffff:0:{address}", f"::ffff:0:{tail}")
    yield from (f"64:ff9b::{address}", f"64:ff9b::{tail}", f"64:ff9b:1::{address}")
    yield from (f"64:ff9b:1:{tail}::", f"2002:{tail}::", f"2002:{tail}::1")
    yield from (f"2001:0:{tail}::1", f"2001::{_inverted(whole)}")
    yield from (f"fe80::5efe:{tail}", f"fe80::200:5efe:{tail}")
    yield from (f"2600:1f00::5efe:{tail}", f"2600:1f00::200:5efe:{tail}")


def _inverted(whole: int) -> str:
    """As Teredo writes the address of its client."""
    other = whole ^ 0xFFFF_FFFF
    return f"{other >> 16:x}:{other & 0xFFFF:x}"


SCHEMES = (
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://example.com/",
    "ftps://example.com/",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "ldaps://127.0.0.1/",
    "tftp://127.0.0.1/x",
    "sftp://127.0.0.1/",
    "ssh://127.0.0.1/",
    "ws://example.com/",
    "wss://example.com/",
    "jar:http://example.com/a.jar!/",
    "netdoc:///etc/passwd",
    "data:text/html,hello",
    "javascript:alert(1)",
    "blob:https://example.com/1",
    "view-source:http://example.com/",
    "s3://bucket/key",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "url:http://example.com/",
    "httpx://example.com/",
    "//example.com/",
    "://example.com/",
    "example.com",
    "/etc/passwd",
    "http",
    "http:",
    "http:/",
    "http://",
    "http:///",
    "http:example.com",
    "http:/example.com",
    "http:\\\\example.com",
    "http://?x",
    "http://#x",
    "http://:80/",
    "http://@/",
    "http://./",
    "http://../",
    "",
)
"""What is no address of a web server, or one that only some programs would read as such."""
