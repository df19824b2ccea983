"""Tenants that recently ran something long, and who may start while such work holds workers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from services.toolrunner.tenants import Tenant

# How long after a long call a tenant's calls count as long from their start.
REMEMBERED_S: Final = 1.0
# How long after a long call a tenant is not trusted to make only short calls.
DISTRUSTED_S: Final = 60.0
# Long calls of a tenant, and of a host, may hold this many times the workers that are idle.
TENANT_SHARE: Final = 2
HOST_SHARE: Final = 4
TENANTS_KNOWN: Final = 4096


class LongRunners:
    """The tenants served most recently, and when each last ran a long call."""

    def __init__(self) -> None:
        self._long_at: OrderedDict[Tenant, float] = OrderedDict()

    def __repr__(self) -> str:
        return f"<LongRunners with {len(self._long_at)} tenants>"

    def note_start(self, tenant: Tenant) -> None:
        """Record that a tenant's work starts."""
        known = self._long_at
        known[tenant] = known.get(tenant, -DISTRUSTED_S)
        known.move_to_end(tenant)
        if len(known) > TENANTS_KNOWN:
            known.popitem(last=False)

    def note_long_run(self, tenant: Tenant, now: float) -> None:
        """Record that a tenant's call runs long."""
        self._long_at[tenant] = now

    def ran_long_recently(self, tenant: Tenant, now: float) -> bool:
        """Return whether a tenant's calls run at idle priority from their start."""
        return now - self._long_at.get(tenant, -DISTRUSTED_S) < REMEMBERED_S

    def may_start(self, tenant: Tenant, idle: int, long: Sequence[Tenant], now: float) -> bool:
        """Return whether this tenant may take one of ``idle`` workers, beside the ``long`` works.

        A tenant that runs long leaves some workers to other tenants, and its host leaves some to
        other hosts; tenants known to make only short calls are exempt from the latter.
        """
        free = idle - 1
        own = long.count(tenant)
        if own and own + 1 > TENANT_SHARE * free:
            return False
        host = sum(each[:2] == tenant[:2] for each in long)
        if host > 1 and host + 1 > HOST_SHARE * free:
            return now - self._long_at.get(tenant, now) >= DISTRUSTED_S
        return True
