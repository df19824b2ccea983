"""Both services on loopback, a small bundle, and a model over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from services.executor.server import running_server
from services.executor.settings import Settings
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.executor.fake_provider import FakeProvider, Refusal, call, fake_provider, finish
from tests.executor.served import Client

SOURCE = Path(__file__).with_name("calculator.js").read_bytes()
# The compiled guest, shared by the runners of all tests.
COMPILED = Path(__file__).resolve().parents[2] / "build" / "compiled"
BUNDLE = BundleSource(inline=SOURCE)


def asks(*calls: tuple[str, str]) -> list[Any]:
    """A model's answer that calls tools."""
    wanted = [call(index, f"c{index}", *one) for index, one in enumerate(calls)]
    return [*wanted, finish("tool_calls")]


@asynccontextmanager
async def executor(toolrunner: str, **settings: Any) -> AsyncIterator[Client]:
    chosen = Settings(address="127.0.0.1:0", toolrunner=toolrunner, parsers=1, **settings)
    async with (
        running_server(chosen) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield Client(ExecutorServiceStub(channel), channel, address)


@asynccontextmanager
async def pair(*scripts: Any, **settings: Any) -> AsyncIterator[tuple[Client, FakeProvider]]:
    """Both services and a provider that plays ``scripts``; the settings are the executor's.

    But ``call_timeout_s`` is the toolrunner's.
    """
    runner_settings = ToolRunnerSettings(
        address="127.0.0.1:0",
        workers=1,
        cache_dir=str(COMPILED),
        call_timeout_s=settings.pop("call_timeout_s", 30.0),
    )
    async with (
        provider(*scripts) as model,
        running_toolrunner(runner_settings) as toolrunner,
        executor(toolrunner, **settings) as client,
    ):
        yield client, model


@asynccontextmanager
async def provider(*scripts: list[Any] | Refusal) -> AsyncIterator[FakeProvider]:
    async with fake_provider(*scripts) as model:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_API_KEY", "sk-test")
            patch.setenv("OPENAI_BASE_URL", model.url)
            yield model


def events_of(outcome: Any, kind: str) -> list[dict[str, Any]]:
    """The events of one kind as JSON; values and enums in them without what is around them."""
    found = [event for event in outcome.events if event.WhichOneof("event") == kind]
    return [_bare(MessageToDict(getattr(event, kind))) for event in found]


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    for name in ("input", "output"):
        if isinstance(event.get(name), dict):
            event[name] = event[name]["value"]
    for name, prefix in (("kind", "TOOL_FAILURE_KIND_"), ("level", "CONSOLE_LEVEL_")):
        if name in event:
            event[name] = event[name].removeprefix(prefix)
    return event
