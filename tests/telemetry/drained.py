"""An executor as a process that logs JSON, and is told to stop while a run waits for its model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from tests.executor.fake_provider import FakeProvider, finish, text, usage
from tests.executor.served import Client, Outcome
from tests.executor.served import finish as read_rest
from tests.loopback import listening
from tests.telemetry.pages import Answer, get, until_ready

PROMPT = "tell nobody about the purple giraffe"
SAID = "giraffes are never purple"
SECRET = "sk-test-0123456789-secret"
HANG_S = 90.0
BUNDLE = b"""import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
const helper = createAgent({ name: "helper", system: "Be brief.", model: "openai/gpt-x" });
export default createLightfast({ agents: { helper } });
"""


class GatedProvider(FakeProvider):
    """A provider that begins an answer, and ends it once ``gate`` is set."""

    def __init__(self) -> None:
        super().__init__([[]])
        self.begun, self.gate = asyncio.Event(), asyncio.Event()

    async def _play(
        self, script: Sequence[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._send(f"data: {json.dumps(text(SAID))}\n\n", writer)
        self.begun.set()
        await self.gate.wait()
        for item in (finish("stop"), usage(30, 12)):
            await self._send(f"data: {json.dumps(item)}\n\n", writer)


@dataclass
class Scene:
    """What was seen: pages before and after SIGTERM, the run, the log, how the process ended."""

    before: Answer
    while_draining: dict[str, Any]
    live: Answer
    runs: Answer
    outcome: Outcome
    status: int
    log: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log]

    @property
    def run_line(self) -> dict[str, Any]:
        (found,) = [line for line in self.lines if "duration_s" in line]
        return found


async def drained(folder: Path) -> Scene:
    """Play the scene."""
    provider = GatedProvider()
    async with asyncio.timeout(HANG_S), listening(provider.serve) as port:
        admin, address = f"unix:{folder}/admin", f"unix:{folder}/executor"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.executor"),
            env={
                **os.environ,
                "CAISSON_EXECUTOR_ADDRESS": address,
                "CAISSON_EXECUTOR_ADMIN_ADDRESS": admin,
                "CAISSON_EXECUTOR_LOG_FORMAT": "json",
                "CAISSON_EXECUTOR_STATE_DIR": str(folder / "state"),
                "CAISSON_EXECUTOR_TOOLRUNNER": "127.0.0.1:9",
                "CAISSON_EXECUTOR_TOOLRUNNER_GRACE_S": "60",
                "OPENAI_API_KEY": SECRET,
                "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert b"listening on" in await process.stdout.readline()
            written = asyncio.create_task(process.communicate())
            async with grpc.aio.insecure_channel(address) as channel:
                client = Client(ExecutorServiceStub(channel), channel, address)
                going = client.start(PROMPT, bundle=BundleSource(inline=BUNDLE))
                rest = asyncio.create_task(read_rest(going))
                await provider.begun.wait()
                before, runs = await get(admin, "/readyz"), await get(admin, "/debug/runs")
                process.send_signal(signal.SIGTERM)
                checks = await until_ready(admin, ready=False)
                live = await get(admin, "/livez")
                provider.gate.set()
                outcome = await rest
            _, log = await written
        finally:
            if process.returncode is None:
                process.kill()
        lines = log.decode().splitlines()
        status = process.returncode or 0
        return Scene(before, checks, live, runs, outcome, status, lines)
