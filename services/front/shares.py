"""Slots, or bytes, that peers share fairly, so that newcomers always find some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from services.front.peers import Peer

HOST_SHARE: Final = 16
CONNECTION_SHARE: Final = 4


class PeerShares:
    """Slots, or bytes, that no peer can take all of.

    A peer may take more while it holds less than a multiple of what is still free, as switches
    share port memory (dynamic thresholds, Choudhury and Hahne 1998): a lone peer may take most,
    several take about the same, and newcomers always find some. Each host may hold ``HOST_SHARE``
    times what is free, each connection ``CONNECTION_SHARE`` times; a peer that holds nothing may
    take the last slot.

    Args:
        total: how many there are.
        weight: how much larger the share of a peer's host is than that of others, 1 by default.
    """

    def __init__(self, total: int, weight: Callable[[Peer], float] | None = None) -> None:
        self._total = total
        self._weight = weight
        self._held = 0
        self._by_host: Counter[str] = Counter()
        # By both: subjects of two organisations may have the same name.
        self._by_connection: Counter[Peer] = Counter()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._held} of {self._total}, hosts={len(self._by_host)})"

    @property
    def total(self) -> int:
        """How many there are."""
        return self._total

    @property
    def held(self) -> int:
        """The total that all peers hold."""
        return self._held

    def reason(self, peer: Peer, what: str, amount: int = 1) -> str:
        """Return why ``amount`` was refused; ``what`` names them, such as "places for runs"."""
        free = self._total - self._held
        if free < amount:
            taken = "All are" if amount == 1 else f"All but {free:,} are"
            return f"There are {self._total:,} {what}. {taken} taken. Try again later."
        mine = self._by_connection.get(peer, 0)
        host = self._by_host.get(peer.host, 0)
        return (
            f"There are {self._total:,} {what}. This connection holds {mine:,} of them and its "
            f"host {host:,}, the largest share while others need some. Wait for what is under "
            "way, then try again."
        )

    def take(self, peer: Peer, amount: int = 1) -> bool:
        """Give ``amount`` to a peer and return True, or return False."""
        if not amount:
            return True
        free = self._total - self._held - amount
        if free < 0:
            return False
        host = self._by_host.get(peer.host, 0)
        connection = self._by_connection.get(peer, 0)
        most = free if self._weight is None else free * self._weight(peer)
        if host and host + amount > HOST_SHARE * most:
            return False
        if connection and connection + amount > CONNECTION_SHARE * most:
            return False
        self._held += amount
        self._by_host[peer.host] += amount
        self._by_connection[peer] += amount
        return True

    def give_back(self, peer: Peer, amount: int = 1) -> None:
        """Return what ``take`` gave."""
        self._held -= amount
        self._by_host[peer.host] -= amount
        if not self._by_host[peer.host]:
            del self._by_host[peer.host]
        self._by_connection[peer] -= amount
        if not self._by_connection[peer]:
            del self._by_connection[peer]
