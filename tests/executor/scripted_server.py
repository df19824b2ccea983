"""An executor over gRPC on loopback whose model and tools are scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from caisson.executor.v1 import executor_service_pb2
from caisson.executor.v1.executor_service_pb2 import GetServerInfoResponse
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.adapters.rpc_methods import add_methods
from services.executor.admission import Admission
from services.executor.service import ExecutorService
from services.executor.wire.page_tokens import PageTokens
from tests.executor.builders import Stage
from tests.executor.served import Client

MIB = 1024 * 1024
DESCRIBED = executor_service_pb2.DESCRIPTOR.services_by_name["ExecutorService"]


@asynccontextmanager
async def scripted(scene: Stage) -> AsyncIterator[Client]:
    """Serve the runs of a stage."""
    service = ExecutorService(
        scene.planner(),
        scene.parts(),
        scene.bundles,
        None,
        Admission(8, 64 * MIB, stall_s=30.0),
        PageTokens(),
        GetServerInfoResponse(),
        stall_s=30.0,
    )
    server = grpc.aio.server()
    add_methods(DESCRIBED, service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    address = f"127.0.0.1:{port}"
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield Client(ExecutorServiceStub(channel), channel, address)
    finally:
        await server.stop(None)
