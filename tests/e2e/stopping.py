"""Both services with one worker, a model and a web server that say nothing: runs to be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from services.gen.caisson.executor.v1 import executor_service_pb2 as pb
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.pair import COMPILED, asks, executor, provider
from tests.e2e.phases import BUNDLE, MODEL, Phase, SilentServer, silent_server
from tests.executor.fake_provider import FakeProvider, answer
from tests.executor.served import Client

# A bound for what hangs; `make bench` measures how long it really takes.
HANG_S = 15.0


@dataclass
class Scene:
    """Both services, the provider, and the server that the tool fetches from."""

    client: Client
    model: FakeProvider
    silent: SilentServer
    toolrunner: ToolRunnerServer

    async def begin(self, phase: Phase, **request: Any) -> Any:
        """Start a run and read it until it is in its phase."""
        self.model.scripts[:] = list(phase.scripts)
        self.model.requests.clear()
        self.model.stalled.clear()
        self.model.gone.clear()
        self.silent.left.clear()
        self.silent.reached.clear()
        call = self.client.start("go", bundle=BUNDLE, model=MODEL, session_id="s", **request)
        async with asyncio.timeout(HANG_S):
            async for event in call:
                if phase.begun(event):
                    break
            if phase.stalls:
                await self.model.stalled.wait()
            if phase.name == "while a tool fetches":
                await self.silent.reached.wait()
        return call

    async def assert_all_is_gone(self, phase: Phase) -> None:
        """The provider and the fetched server lost their clients, and the one worker is free."""
        async with asyncio.timeout(HANG_S):
            if phase.stalls:
                await self.model.gone.wait()
            if phase.name == "while a tool fetches":
                await self.silent.left.wait()
            await self.sandboxes_are_gone()
            await self.assert_it_goes_on()

    async def sandboxes_are_gone(self) -> None:
        """Wait until the toolrunner holds no call; bounded by who asks."""
        while self.toolrunner.pool.held:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.0005)

    async def assert_it_goes_on(self) -> None:
        """The next run of the session works, with a history that holds what was done."""
        self.model.scripts[:] = [asks(("quick", "{}")), answer("done")]
        self.model.requests.clear()
        outcome = await self.client.run(
            "again", bundle=BUNDLE, model=MODEL, session_id="s", session_policy=QUEUE
        )
        assert outcome.code is grpc.StatusCode.OK, outcome.message
        assert outcome.text == "done"
        messages = self.model.requests[-1]["messages"]
        calls = [call["id"] for item in messages for call in item.get("tool_calls") or ()]
        answers = [item["tool_call_id"] for item in messages if item["role"] == "tool"]
        assert calls == answers


QUEUE = pb.SESSION_POLICY_QUEUE


@asynccontextmanager
async def scene(**settings: Any) -> AsyncIterator[Scene]:
    """Both services with one worker, so that a tool which goes on would be missed."""
    runner_settings = ToolRunnerSettings(
        address="127.0.0.1:0", workers=1, spare_workers=0, cache_dir=str(COMPILED)
    )
    async with AsyncExitStack() as stack:
        silent = await stack.enter_async_context(silent_server())
        model = await stack.enter_async_context(provider())
        toolrunner = ToolRunnerServer(runner_settings)
        await toolrunner.start()
        stack.push_async_callback(toolrunner.stop, drain_s=0.0)
        rule = silent.url.removesuffix("/")
        client = await stack.enter_async_context(
            executor(toolrunner.address, allow_fetch=(rule,), model_retry_wait_s=10.0, **settings)
        )
        made = Scene(client, model, silent, toolrunner)
        await made.assert_it_goes_on()  # the bundle is read and loaded once, which takes a while
        yield made
