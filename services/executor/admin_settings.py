"""The settings of the admin port, a part of the service's."""

from __future__ import annotations

from dataclasses import dataclass

from services.front.settings_fields import optional_address


@dataclass(frozen=True)
class AdminSettings:
    """How operators see what the service does; see docs/observability.md.

    Attributes:
        admin_address: where to serve health, metrics and debug pages over HTTP: ``host:port`` or
            ``unix:/path``; empty for no such port.
    """

    admin_address: str = optional_address("127.0.0.1:9090")
