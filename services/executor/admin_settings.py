"""The settings of the executor's admin port and of its log, a part of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.executor.access_settings import WHO_ARE_THEY, needs_credentials
from services.front.listening import is_local
from services.front.settings_fields import is_address, one_of, optional_address, wrong_ports
from services.telemetry.logs.formats import LOG_FORMATS, TEXT

PORTS: Final = ("admin_address", "admin_grpc_address")


@dataclass(frozen=True)
class AdminSettings:
    """How operators see what the executor does; see docs/observability.md.

    Attributes:
        admin_address: where to serve health, metrics and debug pages over HTTP: ``host:port`` or
            ``unix:/path``; empty for no such port. Health and metrics are for everyone who can
            connect; debug pages for operators.
        admin_grpc_address: where to serve channelz, health, reflection and the AdminService over
            gRPC: ``host:port`` or ``unix:/path``; empty for no such port.
        log_format: ``text``, or ``json`` for one JSON object a line.
    """

    admin_address: str = optional_address("127.0.0.1:9090")
    admin_grpc_address: str = optional_address("127.0.0.1:9091")
    log_format: str = one_of(TEXT, LOG_FORMATS)


def wrong_admin_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``AdminSettings``."""
    problems = wrong_ports(prefix, values, ("address", "mtls_address"), PORTS)
    address = values["admin_grpc_address"]
    is_remote = is_address(address) and not is_local(address)
    if is_remote and not needs_credentials(values):
        problems.append(f"{prefix}ADMIN_GRPC_ADDRESS {WHO_ARE_THEY}")
    return problems
