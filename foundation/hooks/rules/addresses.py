"""Where a call may go: public addresses alone, under https, on two ports. On a demo's own machine also there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = frozenset({443, 8443})
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_CHARACTERS = 500
# All that is given out of IPv6; the rest is somebody's own or nobody's.
GIVEN_OUT = ipaddress.ip_network("2000::/3")
# What is global by number and leads elsewhere: other ways to write IPv4, and a cloud's metadata.
LEADING_ELSEWHERE = tuple(
    map(
        ipaddress.ip_network,
        (
            "2002::/16",
            "2001::/23",
            "3fff::/20",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "168.63.129.16/32",
        ),
    )
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: what is resolved, what is asked for, and whether it is this machine on purpose."""

    host: str
    port: int
    path: str
    is_tls: bool
    is_here: bool


def is_public(address: str) -> bool:
    """Whether this numeric address is one of the public internet, and not another way to write one that is not."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if number.version == 6 and number not in GIVEN_OUT:
        return False
    if any(number in network for network in LEADING_ELSEWHERE if network.version == number.version):
        return False
    return number.is_global and not number.is_multicast and not number.is_reserved


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def read_url(url: str, *, may_be_here: bool) -> Target | None:
    """A receiver's address, or None when nothing may be sent there; what its name leads to is asked at each call."""
    if len(url) > MOST_CHARACTERS or not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or parts.fragment or not _HOST.fullmatch(host):
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if host in HERE:
        is_fine = may_be_here and parts.scheme in ("http", "https")
        usual = 443 if parts.scheme == "https" else 80
        return Target(host, port or usual, path, parts.scheme == "https", True) if is_fine else None
    port = 443 if port is None else port
    if parts.scheme != "https" or port not in PORTS:
        return None
    return Target(host, port, path, True, False)
