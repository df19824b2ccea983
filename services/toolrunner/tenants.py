"""Tenants, and how they share limited resources.

A peer that names a tenant in ``open.tenant`` acts for many: it sends ``HOST/CONNECTION``, opaque to
this service. A peer that names none is its own tenant, by its address. Everything is shared first
between peers' hosts, then between the hosts that a peer names, then between the tenants of a host:
opening more connections, or inventing names, gains nothing over other peers.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from services.front.peers import peer_of

SHARES: Final = (64, 16, 4)
"""The multiples of what is still free that a peer's host, a host, and a tenant may hold."""


class Tenant(NamedTuple):
    """A tenant: the host of the peer, the host that it named, and its own name."""

    peer: str = ""
    host: str = ""
    name: str = ""

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The groups that it belongs to, widest first; the last is the tenant itself."""
        return (self[:1], self[:2], self[:3])


NOBODY: Final = Tenant()


def tenant_of(peer: str, named: str) -> Tenant:
    """Return the tenant of a stream.

    Args:
        peer: as gRPC formats it: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5``, ``unix:``.
        named: the peer's ``open.tenant``, empty when it acts for itself.
    """
    host = peer_of(peer).host
    if not named:
        return Tenant(host, host, peer)
    return Tenant(host, named.partition("/")[0], named)


class Holdings:
    """How much each tenant, and each group of tenants, holds."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, ...]] = Counter()

    def __repr__(self) -> str:
        return f"<Holdings {self.total} by {len(self._held)} tenants and groups>"

    @property
    def total(self) -> int:
        """The total that all hold."""
        return self._held[()]

    def of(self, level: tuple[str, ...]) -> int:
        """Return what a tenant or group holds."""
        return self._held.get(level, 0)

    def add(self, tenant: Tenant, amount: int) -> None:
        """Record that a tenant holds more, or less."""
        for level in ((), *tenant.levels):
            left = self.of(level) + amount
            if left:
                self._held[level] = left
            else:
                self._held.pop(level, None)

    def largest(self) -> Tenant | None:
        """Return the largest tenant of the largest host of the largest peer."""
        level: tuple[str, ...] = ()
        for depth in range(1, len(NOBODY) + 1):
            inside = [each for each in self._held if len(each) == depth and each[:-1] == level]
            if not inside:
                return None
            level = max(inside, key=lambda each: self._held[each])
        return Tenant(*level)


class TenantShares:
    """Slots, or bytes, that no tenant can take all of.

    A tenant may take more while it holds less than a multiple of what is still free, as switches
    share port memory (dynamic thresholds, Choudhury and Hahne 1998): a lone tenant may take most,
    several take about the same, and newcomers always find some. Hosts and peers follow the same
    rule with larger multiples; one that holds nothing may take the last.

    Args:
        total: the total amount.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._held = Holdings()

    def __repr__(self) -> str:
        return f"<TenantShares {self._held.total} of {self._total}>"

    @property
    def held(self) -> int:
        """The total that all hold."""
        return self._held.total

    def add(self, tenant: Tenant, amount: int) -> None:
        """Record what a tenant holds already, without a check."""
        self._held.add(tenant, amount)

    def may_take(self, tenant: Tenant, amount: int = 1) -> bool:
        """Return whether a tenant may take ``amount``."""
        free = self._total - self._held.total - amount
        if free < 0:
            return False
        return all(
            not (held := self._held.of(level)) or held + amount <= share * free
            for level, share in zip(tenant.levels, SHARES, strict=True)
        )

    def take(self, tenant: Tenant, amount: int = 1) -> bool:
        """Give ``amount`` to a tenant and return True, or return False."""
        if not self.may_take(tenant, amount):
            return False
        self._held.add(tenant, amount)
        return True

    def give_back(self, tenant: Tenant, amount: int = 1) -> None:
        """Return what ``take`` gave."""
        self._held.add(tenant, -amount)
