"""Who ran something long lately, and who may begin while such work holds workers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from services.toolrunner.tenants import Tenant

# For so long the calls of who ran something long count as long from their start.
REMEMBERED_S: Final = 1.0
# For so long such a tenant is none that is known for short calls.
DISTRUSTED_S: Final = 60.0
# How many times what is still idle the long works of a tenant, and of a host, may hold.
TENANT_SHARE: Final = 2
HOST_SHARE: Final = 4
TENANTS_KNOWN: Final = 4096


class Patience:
    """Remembers the tenants that the workers served last, and when a call of theirs ran long."""

    def __init__(self) -> None:
        self._long_at: OrderedDict[Tenant, float] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Patience with {len(self._long_at)} tenants>"

    def began(self, tenant: Tenant) -> None:
        """Note that a tenant's work begins."""
        known = self._long_at
        known[tenant] = known.get(tenant, -DISTRUSTED_S)
        known.move_to_end(tenant)
        if len(known) > TENANTS_KNOWN:
            known.popitem(last=False)

    def ran_long(self, tenant: Tenant, now: float) -> None:
        """Note that a tenant's call runs long."""
        self._long_at[tenant] = now

    def gives_way(self, tenant: Tenant, now: float) -> bool:
        """Return whether a tenant's calls are to give way from their start."""
        return now - self._long_at.get(tenant, -DISTRUSTED_S) < REMEMBERED_S

    def may_begin(self, tenant: Tenant, idle: int, long: Sequence[Tenant], now: float) -> bool:
        """Return whether one of ``idle`` workers is for this tenant, beside the ``long`` works.

        Whoever runs long leaves some to other tenants, and their host some to other hosts, but for
        tenants that are known to run nothing long.
        """
        free = idle - 1
        own = long.count(tenant)
        if own and own + 1 > TENANT_SHARE * free:
            return False
        host = sum(each[:2] == tenant[:2] for each in long)
        if host > 1 and host + 1 > HOST_SHARE * free:
            return now - self._long_at.get(tenant, now) >= DISTRUSTED_S
        return True
