"""Who a request is from, and how clients share what there is only so much of.

Until requests carry credentials, a client is what its connection tells: the host it comes from and
the connection itself. Everything that is counted or queued is shared first between hosts, then
between the connections of a host, so that opening more connections wins nothing from other hosts.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

LOCAL_HOST: Final = "unix"
"""The host of every client on a Unix socket, whose peers cannot be told apart."""
IPV6_NETWORK_BITS: Final = 64
"""One customer is commonly given this much of IPv6, so that it counts as one host."""
HOST_SHARE: Final = 16
CONNECTION_SHARE: Final = 4


@dataclass(frozen=True)
class Client:
    """Who a request is from: ``host`` without a port, and ``connection``, the peer's address."""

    host: str
    connection: str


def client_of(peer: str) -> Client:
    """Return the client of a peer as gRPC writes it: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5``."""
    scheme, _, rest = unquote(peer).partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return Client(LOCAL_HOST, peer)
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Client(host, peer)
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        network = ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False)
        host = str(mapped or network)
    return Client(host, peer)


class Shares:
    """Places, or bytes, of which no client gets the last.

    A client is given more while what it holds is less than a multiple of what is still free, as
    switches share the memory of their ports (dynamic thresholds, Choudhury and Hahne 1998): who is
    alone may take most of it, several take about the same, and newcomers always find some. Each
    host may hold ``HOST_SHARE`` times what is free, each connection ``CONNECTION_SHARE`` times; who
    holds nothing is given the last place too.

    Args:
        total: how many there are.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._held = 0
        self._by_host: Counter[str] = Counter()
        self._by_connection: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"Shares({self._held} of {self._total}, hosts={len(self._by_host)})"

    @property
    def held(self) -> int:
        """What all clients hold together."""
        return self._held

    def take(self, client: Client, amount: int = 1) -> bool:
        """Give ``amount`` to a client, and return True, or give nothing and return False."""
        free = self._total - self._held - amount
        if free < 0:
            return False
        host = self._by_host[client.host]
        connection = self._by_connection[client.connection]
        if host and host + amount > HOST_SHARE * free:
            return False
        if connection and connection + amount > CONNECTION_SHARE * free:
            return False
        self._held += amount
        self._by_host[client.host] += amount
        self._by_connection[client.connection] += amount
        return True

    def give_back(self, client: Client, amount: int = 1) -> None:
        """Take back what ``take`` gave."""
        self._held -= amount
        for held, key in (
            (self._by_host, client.host),
            (self._by_connection, client.connection),
        ):
            held[key] -= amount
            if not held[key]:
                del held[key]
