"""What a running executor says of itself: its health, its version and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub

ANSWER_S = 10.0
SERVING = "SERVING"


@dataclass(frozen=True)
class ServerInfo:
    """What GetServerInfo returns, in bytes and seconds."""

    version: str
    bundle_bytes: int
    request_bytes: int
    heartbeat_s: float


async def health_of(channel: grpc.aio.Channel) -> Mapping[str, str]:
    """Return the state of each service by its name; the empty name is the whole server's."""
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.List(health_pb2.HealthListRequest(), timeout=ANSWER_S)
    states = health_pb2.HealthCheckResponse.ServingStatus
    return {name: states.Name(each.status) for name, each in sorted(answer.statuses.items())}


async def info_of(channel: grpc.aio.Channel) -> ServerInfo:
    """Return what the executor says of itself."""
    stub = ExecutorServiceStub(channel)
    answer = await stub.GetServerInfo(pb.GetServerInfoRequest(), timeout=ANSWER_S)
    return ServerInfo(
        answer.version,
        answer.max_bundle_bytes,
        answer.max_request_bytes,
        answer.heartbeat_interval.ToTimedelta().total_seconds(),
    )
