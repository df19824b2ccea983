"""The settings of the audit trail, a part of the executor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.front.settings_fields import seconds, switch

DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class AuditSettings:
    """The audit trail: who did what to what, and from where.

    Attributes:
        audit: whether it is written, to the database of the runs; see docs/audit.md.
        audit_retention_s: seconds for which its entries are kept.
    """

    audit: bool = switch(True)
    audit_retention_s: float = seconds(400 * DAY_S, DAY_S, 36_500 * DAY_S)
