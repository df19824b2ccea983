"""The peer that sent a request, as its connection identifies it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

LOCAL_HOST: Final = "unix"
"""The host of every peer on a Unix socket; they are indistinguishable."""
IPV6_NETWORK_BITS: Final = 64
"""An IPv6 prefix of this length is commonly one customer's, so it counts as one host."""


@dataclass(frozen=True)
class Peer:
    """The sender of a request: ``host`` without a port, and ``connection``, its full address."""

    host: str
    connection: str


def peer_of(peer: str) -> Peer:
    """Parse gRPC's name of a peer: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5`` or ``unix:``."""
    scheme, _, rest = unquote(peer).partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return Peer(LOCAL_HOST, peer)
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Peer(host, peer)
    if isinstance(address, ipaddress.IPv6Address):
        network = ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False)
        host = str(address.ipv4_mapped or network)
    return Peer(host, peer)
