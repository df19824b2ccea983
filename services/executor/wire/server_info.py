"""An executor's description of itself."""

from __future__ import annotations

from caisson.executor.v1.executor_service_pb2 import GetServerInfoResponse
from services.executor.limits import DeploymentLimits
from services.executor.wire.limits import to_duration, to_limits

__all__ = ["GetServerInfoResponse", "to_server_info"]


def to_server_info(
    *,
    version: str,
    limits: DeploymentLimits,
    max_bundle_bytes: int,
    max_request_bytes: int,
    heartbeat_s: float,
) -> GetServerInfoResponse:
    """Return the answer to GetServerInfo."""
    return GetServerInfoResponse(
        version=version,
        run_limits=to_limits(limits),
        max_bundle_bytes=max_bundle_bytes,
        max_request_bytes=max_request_bytes,
        heartbeat_interval=to_duration(heartbeat_s),
    )
