"""Unfinished requests block no one and take little memory."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.executor.v1 import session_service_pb2
from caisson.executor.v1.session_service_pb2_grpc import SessionServiceStub
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub

ROOT = Path(__file__).resolve().parent.parent.parent
MIB = 1024 * 1024
PROMPT_S = 30.0  # for a machine that is busy; milliseconds on a quiet one
ATTACK_S = 120
DRAIN_S = 300
METHODS = {
    "executor": "/caisson.executor.v1.ExecutorService/ExecuteAgent",
    "toolrunner": "/caisson.toolrunner.v1.ToolRunnerService/RunTools",
}
SETTINGS = {
    "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:0",
    "CAISSON_EXECUTOR_STATE_DIR": "",
    "CAISSON_EXECUTOR_CACHE_DIR": "",
    "CAISSON_EXECUTOR_REQUEST_TIMEOUT_S": str(ATTACK_S),
    "CAISSON_TOOLRUNNER_REQUEST_TIMEOUT_S": str(ATTACK_S),
    "CAISSON_EXECUTOR_DRAIN_S": str(DRAIN_S),
    "CAISSON_EXECUTOR_UNFINISHED_BYTES": str(128 * MIB),
    "CAISSON_TOOLRUNNER_ADDRESS": "127.0.0.1:0",
    "CAISSON_TOOLRUNNER_DRAIN_S": str(DRAIN_S),
    "CAISSON_TOOLRUNNER_WORKERS": "1",
    "CAISSON_TOOLRUNNER_SPARE_WORKERS": "0",
}
# The executor's own growth while it imports LiteLLM.
OWN_GROWTH = {"executor": 200 * MIB, "toolrunner": 50 * MIB}
BUDGET = {"executor": 128 * MIB, "toolrunner": 64 * MIB}


@dataclass
class Service:
    """A service that runs as a process."""

    name: str
    address: str
    process: subprocess.Popen[str]

    @property
    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    async def answers(self) -> None:
        """Check, on a new connection, that a small request and a check of health are answered."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(self.address, options=options) as channel:
            await small_request(self.name, channel)
            await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=PROMPT_S
            )


async def small_request(name: str, channel: Any) -> None:
    if name == "executor":
        request = session_service_pb2.ListSessionsRequest(resource_id="r")
        await SessionServiceStub(channel).ListSessions(request, timeout=PROMPT_S)
        return
    call = ToolRunnerServiceStub(channel).RunTools(timeout=PROMPT_S)
    opening = runner_pb.Open(
        run_id="r", program_digest="sha256:" + "0" * 64, format=runner_pb.PROGRAM_FORMAT_MODULE
    )
    await call.write(runner_pb.RunToolsRequest(open=opening))
    assert (await call.read()).HasField("program_missing")
    call.cancel()


@contextmanager
def running(name: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{name}"],
        cwd=ROOT,
        env={**os.environ, **SETTINGS},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(f"{name} listening on "), line
            yield Service(name, line.split()[3].rstrip(",:"), process)
        finally:
            process.kill()


@asynccontextmanager
async def attacked(
    service: Service, kind: str, connections: int, streams: int, size: int
) -> AsyncIterator[None]:
    """Run an attacker around the block."""
    numbers = (str(number) for number in (connections, streams, size, ATTACK_S))
    port, method = service.address.rpartition(":")[2], METHODS[service.name]
    attacker = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment, and nothing else runs
        [sys.executable, "-m", f"{__package__}.unfinished_requests", port, method, kind, *numbers],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with attacker:
        try:
            assert attacker.stdout is not None
            assert await asyncio.to_thread(attacker.stdout.readline) == "held\n"
            yield
        finally:
            attacker.kill()


@pytest.fixture(params=["executor", "toolrunner"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with running(request.param) as service:
        yield service


@pytest.fixture(scope="module")
def executor() -> Iterator[Service]:
    """One for all floods, which are to leave it as it was."""
    with running("executor") as service:
        yield service


async def test_bodyless_requests_lock_out_nobody(service: Service) -> None:
    await service.answers()
    async with attacked(service, "headers", 5, 300, 0):
        for _ in range(3):
            await service.answers()
    await service.answers()


async def test_unfinished_messages_stay_within_their_budget(
    service: Service,
) -> None:
    await service.answers()
    before = service.memory
    streams, size = (40, 20_000_000) if service.name == "executor" else (100, 1_000_000)
    async with attacked(service, "last_byte", 3, streams, size):
        grown = service.memory - before
        await service.answers()
    assert grown < BUDGET[service.name] + OWN_GROWTH[service.name]
    await service.answers()


@pytest.mark.parametrize("kind", ["dribble", "garbage", "reset", "empty_data"])
async def test_floods_lock_out_nobody(kind: str, executor: Service) -> None:
    await executor.answers()
    async with attacked(executor, kind, 3, 60, 4 * MIB):
        await executor.answers()


async def test_unfinished_requests_do_not_delay_a_stop(service: Service) -> None:
    await service.answers()
    async with attacked(service, "last_byte", 2, 20, 500_000):
        service.process.send_signal(signal.SIGTERM)
        # Far below the drain; an executor may have to import LiteLLM first.
        await asyncio.to_thread(service.process.wait, DRAIN_S / 3)
    assert service.process.returncode == 0
