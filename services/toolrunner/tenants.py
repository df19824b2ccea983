"""Whose work it is, and how tenants share what there is only so much of.

A peer that names a tenant in ``open.tenant`` speaks for many: it writes ``HOST/CONNECTION``, opaque
to this service. One that names none is its own tenant, by its address. Everything is shared first
between peers' hosts, then between the hosts that a peer names, then between the tenants of a host:
opening more connections, or making names up, wins nothing from other peers.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from services.front.peers import peer_of

SHARES: Final = (64, 16, 4)
"""How many times what is still free a peer's host, a host, and a tenant may hold."""


class Tenant(NamedTuple):
    """Whose work it is: the host of the peer, the host that it named, and the tenant itself."""

    peer: str = ""
    host: str = ""
    name: str = ""

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The groups that it belongs to, the widest first, the last of them itself."""
        return (self[:1], self[:2], self[:3])


NOBODY: Final = Tenant()


def tenant_of(peer: str, named: str) -> Tenant:
    """Return the tenant of a stream.

    Args:
        peer: as gRPC writes it: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5``, ``unix:``.
        named: what the peer says in ``open.tenant``, empty when it speaks for itself.
    """
    host = peer_of(peer).host
    if not named:
        return Tenant(host, host, peer)
    return Tenant(host, named.partition("/")[0], named)


class Holdings:
    """How much of something each tenant holds, and each group of tenants."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, ...]] = Counter()

    def __repr__(self) -> str:
        return f"<Holdings {self.total} by {len(self._held)} tenants and groups>"

    @property
    def total(self) -> int:
        """What all hold together."""
        return self._held[()]

    def of(self, level: tuple[str, ...]) -> int:
        """Return what a tenant or group holds."""
        return self._held.get(level, 0)

    def add(self, tenant: Tenant, amount: int) -> None:
        """Note that a tenant holds so much more, or less."""
        for level in ((), *tenant.levels):
            left = self.of(level) + amount
            if left:
                self._held[level] = left
            else:
                self._held.pop(level, None)

    def largest(self) -> Tenant | None:
        """Return the tenant that holds most, of the host that does, of the peer that does."""
        level: tuple[str, ...] = ()
        for depth in range(1, len(NOBODY) + 1):
            inside = [each for each in self._held if len(each) == depth and each[:-1] == level]
            if not inside:
                return None
            level = max(inside, key=lambda each: self._held[each])
        return Tenant(*level)


class TenantShares:
    """Places, or bytes, of which nobody gets the last.

    A tenant is given more while what it holds is less than a multiple of what is still free, as
    switches share the memory of their ports (dynamic thresholds, Choudhury and Hahne 1998): who is
    alone may take most of it, several take about the same, and newcomers always find some. The same
    holds, with larger multiples, for hosts and for peers; who holds nothing is given the last, too.

    Args:
        total: how much there is.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._held = Holdings()

    def __repr__(self) -> str:
        return f"<TenantShares {self._held.total} of {self._total}>"

    @property
    def held(self) -> int:
        """What all hold together."""
        return self._held.total

    def add(self, tenant: Tenant, amount: int) -> None:
        """Note what a tenant holds already, without asking whether it may."""
        self._held.add(tenant, amount)

    def may_take(self, tenant: Tenant, amount: int = 1) -> bool:
        """Return whether a tenant may be given ``amount``."""
        free = self._total - self._held.total - amount
        if free < 0:
            return False
        return all(
            not (held := self._held.of(level)) or held + amount <= share * free
            for level, share in zip(tenant.levels, SHARES, strict=True)
        )

    def take(self, tenant: Tenant, amount: int = 1) -> bool:
        """Give ``amount`` to a tenant, and return True, or give nothing and return False."""
        if not self.may_take(tenant, amount):
            return False
        self._held.add(tenant, amount)
        return True

    def give_back(self, tenant: Tenant, amount: int = 1) -> None:
        """Take back what ``take`` gave."""
        self._held.add(tenant, -amount)
