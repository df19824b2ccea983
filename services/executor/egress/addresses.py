"""Which IP addresses may be connected to: public ones, by an explicit table.

The table follows the IANA special-purpose registries (RFC 6890 and its successors), since
``ipaddress.is_global`` treats several of these as global. For IPv4, everything not in the table is
public; for IPv6, only 2000::/3 is (RFC 4291, section 2.4).
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

SPECIAL_V4: Final = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata"),  # Azure's, in a public range
        ("169.254.0.0/16", "link-local"),  # with the metadata services of most clouds
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
    )
)
SPECIAL_V6: Final = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard-only"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
NAT64: Final = IPv6Network("64:ff9b::/96")
"""Represents an IPv4 address in networks without IPv4 (RFC 6052); as public as that one."""


def special_kind(address: Address) -> str | None:
    """Return the kind of a special address, such as ``loopback``; None if it is public."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in SPECIAL_V4 if address in network), None)
    if address.scope_id is not None:
        return "link-local"
    if address in NAT64:
        kind = special_kind(IPv4Address(int(address) & 0xFFFFFFFF))
        return None if kind is None else f"NAT64 of {kind}"
    for network, kind in SPECIAL_V6:
        if address in network:
            return kind
    return None if address in GLOBAL_UNICAST else "reserved"


def parse_address(text: str) -> Address | None:
    """Parse an address in its usual form; None for a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None
