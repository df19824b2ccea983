"""Program texts in memory by digest; unused ones are evicted, least recently used first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from services.toolrunner.domain import Program
from services.toolrunner.errors import OverloadedError
from services.toolrunner.tenants import Holdings, Tenant, TenantShares

RETRY_AFTER_S = 5.0


@dataclass(slots=True)
class _Held:
    """A program and its owner: the tenant that sent it, or first used it since it was idle."""

    program: Program
    tenant: Tenant
    pins: int = 0

    @property
    def size(self) -> int:
        return len(self.program.source)


class ProgramStore:
    """Programs by digest and form; a limit of bytes covers stored and arriving ones.

    Tenants share the room for programs in use and arriving. To make room, idle programs are
    evicted, those of the tenant with the most first.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._used = TenantShares(capacity_bytes)
        self._idle = Holdings()

    def __repr__(self) -> str:
        return f"<ProgramStore {len(self._held)} programs, {self._used!r}, {self._idle!r}>"

    def pin(self, key: str, tenant: Tenant) -> Program | None:
        """Return the program and keep it until ``unpin``, or None when it is not stored."""
        held = self._held.get(key)
        if held is None:
            return None
        self._held.move_to_end(key)
        if not held.pins:
            self._idle.add(held.tenant, -held.size)
            held.tenant = tenant
            self._used.add(tenant, held.size)
        held.pins += 1
        return held.program

    def unpin(self, key: str) -> None:
        """Release a program that ``pin`` or ``keep`` returned."""
        held = self._held[key]
        held.pins -= 1
        if not held.pins:
            self._used.give_back(held.tenant, held.size)
            self._idle.add(held.tenant, held.size)

    def reserve(self, size: int, tenant: Tenant) -> None:
        """Reserve ``size`` bytes for an arriving program.

        Raises OverloadedError when programs in use leave no room, or this tenant has used its
        share.
        """
        if not self._used.take(tenant, size):
            raise OverloadedError(
                "The runner's memory for programs is taken by running agents, or this caller's "
                "have their share of it (CAISSON_TOOLRUNNER_STORE_BYTES); try again later.",
                retry_after_s=RETRY_AFTER_S,
            )
        while self._used.held + self._idle.total > self._capacity:
            self._drop_one()

    def free(self, size: int, tenant: Tenant) -> None:
        """Release bytes that ``reserve`` set aside."""
        self._used.give_back(tenant, size)

    def keep(self, program: Program, tenant: Tenant) -> Program:
        """Store and pin a program whose bytes are reserved; return the stored one."""
        self.free(len(program.source), tenant)
        key = program.key
        if key not in self._held:
            self._held[key] = _Held(program, tenant)
            self._idle.add(tenant, len(program.source))
        stored = self.pin(key, tenant)
        assert stored is not None
        return stored

    def _drop_one(self) -> None:
        largest = self._idle.largest()
        key = next(
            key for key, held in self._held.items() if not held.pins and held.tenant == largest
        )
        dropped = self._held.pop(key)
        self._idle.add(dropped.tenant, -dropped.size)
