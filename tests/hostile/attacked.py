"""A service as a process, and attackers of its port beside it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
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
def running(name: str, **settings: str) -> Iterator[Service]:
    """Start a service on a free port, with these settings beside the usual ones."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{name}"],
        cwd=ROOT,
        env={**os.environ, **SETTINGS, **settings},
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
    """Run an attacker around the block, of some kind of ``unfinished_requests``."""
    method = METHODS[service.name]
    numbers = (str(number) for number in (connections, streams, size, ATTACK_S))
    async with attacker_of(service, "unfinished_requests", method, kind, *numbers):
        yield


@asynccontextmanager
async def unread(service: Service, streams: int, calls: int) -> AsyncIterator[None]:
    """Keep streams of a toolrunner open around the block whose results nobody reads."""
    numbers = (str(number) for number in (streams, calls, ATTACK_S))
    async with attacker_of(service, "unread_streams", *numbers):
        yield


@asynccontextmanager
async def attacker_of(service: Service, script: str, *arguments: str) -> AsyncIterator[None]:
    """Run a script of this folder against the service's port; enter once it holds all it can."""
    port = service.address.rpartition(":")[2]
    attacker = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment, and nothing else runs
        [sys.executable, "-m", f"{__package__}.{script}", port, *arguments],
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
