"""An executor that checks by a schema without end can be left, and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from services.executor.agent.scripted import FixedBundles
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.served import NO_RUNNER, Client, finish, json_value, served
from tests.schemas.costly import (
    ENDLESS,
    ENDLESS_INPUT,
    check_processes,
    doubling,
    watched_loop,
)


@asynccontextmanager
async def provided(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider(*[answer(ENDLESS_INPUT)] * 4) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        yield


async def checking(call: Any) -> None:
    """Read until the model's answer is whole, so that it is being checked."""
    async with asyncio.timeout(60):
        async for event in call:
            if event.WhichOneof("event") == "finish_step":
                break
    await processes(running=True)


async def processes(*, running: bool) -> None:
    """Wait until there are processes that check, or none."""
    for _ in range(1500):
        if bool(check_processes()) is running:
            return
        await asyncio.sleep(0.02)
    pytest.fail("no process checks" if running else "a process is left")


async def test_disconnected_client_cancels_check(monkeypatch: pytest.MonkeyPatch) -> None:
    async with provided(monkeypatch), served(schema_timeout_s=600.0, parsers=1) as client:
        call = client.start(output_schema=json_value(ENDLESS))
        await checking(call)
        async with watched_loop() as lag:
            await asyncio.sleep(0.2)
        assert lag.worst_s < 0.1
        call.cancel()
        await processes(running=False)


async def test_shutdown_cancels_check(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        address="127.0.0.1:0", toolrunner=NO_RUNNER, schema_timeout_s=600.0, parsers=1
    )
    async with provided(monkeypatch):
        server = ExecutorServer(settings, FixedBundles(bundle(agent())))
        await server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(ExecutorServiceStub(channel), channel, server.address)
            call = client.start(output_schema=json_value(ENDLESS))
            await checking(call)
            async with asyncio.timeout(30):
                await server.stop(drain_s=0.1)
            outcome = await finish(call)
        assert outcome.kinds[-1] == "abort"
        assert check_processes() == []


async def test_costly_schema_is_invalid_argument() -> None:
    async with served() as client:
        outcome = await client.run(output_schema=json_value(doubling(40)))
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert not outcome.events
    violations = outcome.detail(error_details_pb2.BadRequest()).field_violations
    assert [item.field for item in violations] == ["spec.output_schema"]
    assert "references ($ref) expand" in outcome.message


async def test_only_tools_with_costly_schemas_are_disabled() -> None:
    import_lines = 'import { createAgent, createTool, createLightfast } from "lightfast";\n'
    schemas = {"bomb": doubling(40), "good": {"type": "object"}, "endless": ENDLESS}
    tools = ", ".join(
        f"{name}: createTool({{ description: 'd', inputSchema: {schema!r}, execute() {{}} }})"
        for name, schema in schemas.items()
    ).replace("False", "false")
    source = (
        f"{import_lines}export default createLightfast({{ agents: {{ a: createAgent("
        f"{{ model: 'openai/m', system: 's', tools: {{ {tools} }} }}) }} }});\n"
    )
    server = ExecutorServer(Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER, parsers=1))
    await server.start()
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            wanted = pb.InspectBundleRequest(bundle=BundleSource(inline=source.encode()))
            manifest = (await ExecutorServiceStub(channel).InspectBundle(wanted)).manifest
    finally:
        await server.stop(drain_s=0.0)
    found = {tool.key: tool for tool in manifest.agents[0].tools}
    assert {key: found[key].disabled for key in found} == {
        "bomb": True,
        "good": False,
        "endless": False,
    }
    (told,) = [item for item in manifest.diagnostics if "bomb" in item.path]
    assert "expand to" in told.reason
