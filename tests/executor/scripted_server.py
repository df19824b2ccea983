"""An executor over gRPC on loopback whose model and tools are scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc

from caisson.executor.v1 import executor_service_pb2
from caisson.executor.v1.executor_service_pb2 import GetServerInfoResponse
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.access.access import Access
from services.executor.access_interceptor import AccessInterceptor
from services.executor.adapters.database.database import open_database
from services.executor.adapters.rpc_methods import add_methods
from services.executor.adapters.system import SystemClock
from services.executor.admission import Admission
from services.executor.agent.ports import Clock
from services.executor.agent.scripted import MemorySessions
from services.executor.assembly import receiver_of
from services.executor.audit.memory import MemoryTrail
from services.executor.audit.ports import AuditTrail
from services.executor.quota.ports import NO_QUOTAS, Quotas
from services.executor.registry.deployed_runs import DeployedRuns
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.ports import Journal
from services.executor.runs.rows import SessionAppend
from services.executor.runs.runtime import RunKeeping, RunsRuntime
from services.executor.service import ExecutorService
from services.executor.settings import Settings
from services.executor.wire.page_tokens import PageTokens
from tests.executor.builders import Stage
from tests.executor.served import Client

MIB = 1024 * 1024
DESCRIBED = executor_service_pb2.DESCRIPTOR.services_by_name["ExecutorService"]


@asynccontextmanager
async def scripted(
    scene: Stage,
    journal: Journal | None = None,
    clock: Clock | None = None,
    keeping: RunKeeping | None = None,
) -> AsyncIterator[Client]:
    """Serve the runs of a stage.

    Args:
        scene: its parts, which several executors may share.
        journal: where runs are recorded; by default in memory.
        clock: the executor's; by default the machine's.
        keeping: how it keeps runs; by default as the only executor of its journal.
    """

    def append(saved: SessionAppend) -> None:
        sessions = scene.sessions
        assert isinstance(sessions, MemorySessions)
        sessions.kept[saved.key] = (*sessions.kept.get(saved.key, ()), *saved.messages)
        sessions.speakers[saved.key] = saved.agent

    clock = clock or SystemClock()
    journal = journal or MemoryJournal(clock, append)
    async with serving(scene, journal, clock, keeping) as (client, _):
        yield client


@asynccontextmanager
async def serving(
    scene: Stage,
    journal: Journal,
    clock: Clock | None = None,
    keeping: RunKeeping | None = None,
    trail: AuditTrail | None = None,
    quotas: Quotas = NO_QUOTAS,
) -> AsyncIterator[tuple[Client, RunsRuntime]]:
    """Serve the runs of a stage, which a journal records that may outlive this."""
    planner, parts = scene.planner(), replace(scene.parts(), clock=clock or SystemClock())
    runs = RunsRuntime(journal, parts, planner, keeping or RunKeeping(), quotas=quotas)
    database = open_database(None)  # in which nothing is deployed
    service = ExecutorService(
        planner,
        DeployedRuns(database.agents, database.journal),
        runs.live,
        runs.desk,
        scene.bundles,
        None,
        Admission(8, 64 * MIB, stall_s=30.0),
        PageTokens(),
        GetServerInfoResponse(),
        stall_s=30.0,
        trail=trail or MemoryTrail(),
        quotas=quotas,
    )
    door = AccessInterceptor(Access(), trail or MemoryTrail())  # it says who asks
    server = grpc.aio.server(interceptors=[door, receiver_of(Settings())])
    add_methods(DESCRIBED, service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await runs.start()
    await server.start()
    address = f"127.0.0.1:{port}"
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield Client(ExecutorServiceStub(channel), channel, address), runs
    finally:
        await server.stop(None)
        await runs.close()
        await database.close()
