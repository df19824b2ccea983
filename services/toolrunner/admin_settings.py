"""The settings of the toolrunner's admin port and of its log, a part of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.front.listening import is_local
from services.front.settings_fields import is_address, one_of, optional_address, wrong_ports
from services.telemetry.logs.formats import LOG_FORMATS, TEXT

PORTS: Final = ("admin_address", "admin_grpc_address")


@dataclass(frozen=True)
class AdminSettings:
    """How operators see what the toolrunner does; see docs/observability.md.

    Attributes:
        admin_address: where to serve health, metrics and debug pages over HTTP: ``host:port`` or
            ``unix:/path``; empty for no such port. Health and metrics are for everyone who can
            connect; debug pages are shown on loopback and a Unix socket alone.
        admin_grpc_address: where to serve channelz, health and reflection over gRPC: a loopback
            ``host:port`` or ``unix:/path``; empty for no such port.
        log_format: ``text``, or ``json`` for one JSON object a line.
    """

    admin_address: str = optional_address("127.0.0.1:9092")
    admin_grpc_address: str = optional_address("127.0.0.1:9093")
    log_format: str = one_of(TEXT, LOG_FORMATS)


def wrong_admin_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``AdminSettings``."""
    problems = wrong_ports(prefix, values, ("address",), PORTS)
    address = values["admin_grpc_address"]
    if is_address(address) and not is_local(address):
        problems.append(
            f"{prefix}ADMIN_GRPC_ADDRESS is {address}, which other machines may reach: this port "
            "tells of all connections, and nobody has to say who they are. Set a loopback address "
            "or a Unix socket."
        )
    return problems
