"""Executors work with toolrunners of the version before or after their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.bundle.http_server import http_server, response
from tests.e2e.pair import COMPILED, asks, events_of, executor, provider
from tests.e2e.quiet_servers import SilentServer, silent_server
from tests.e2e.versions import assert_is_imported, has_the_same_engine, make_guest, service
from tests.executor.fake_provider import FakeProvider, answer
from tests.executor.served import Client, finish
from tests.repeats import soaking
from tools import base_version

SOURCE = b"""
import { createAgent } from "lightfast/agent";
import { createLightfast } from "lightfast/client";
import { createTool } from "lightfast/tool";
import { z } from "zod";

const add = createTool({
  description: "Adds.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => { console.log("adding"); return { sum: a + b }; },
});
const get = createTool({
  description: "Fetches.",
  inputSchema: z.object({ url: z.string() }),
  execute: async ({ url }) => (await (await fetch(url)).text()).length,
});
const fail = createTool({
  description: "Fails.",
  inputSchema: z.object({}),
  execute: async () => { throw new RangeError("too far"); },
});
const tools = { add, get, fail };
export default createLightfast({
  agents: { main: createAgent({ name: "main", system: "s", model: "openai/m", tools }) },
});
"""
BUNDLE = BundleSource(inline=SOURCE)
# The toolrunner gets it in parts.
PAGE = b"x" * 1_500_000


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the version before this one."""
    try:
        sources = base_version.given_or_written(tmp_path_factory.mktemp("previous"))
    except LookupError as error:
        pytest.skip(f"there is no version to compare with: {error}")
    assert_is_imported(sources)
    return sources


@dataclass(frozen=True)
class Web:
    """A server that answers every request with the page, and one that never answers."""

    page: str
    silent: SilentServer

    @property
    def hosts(self) -> tuple[str, str]:
        """What a tool has to be granted."""
        return urlsplit(self.page).netloc, urlsplit(self.silent.url).netloc


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    async def answered(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(response(PAGE))

    async with http_server(answered) as page, silent_server() as silent:
        yield Web(page, silent)


async def check(client: Client, toolrunner: str, model: FakeProvider, site: Web) -> None:
    """Run tools in every way that the two services talk about, then cancel a run."""
    model.scripts[:] = [
        asks(
            ("add", '{"a": 2, "b": 3}'),
            ("get", json.dumps({"url": site.page})),
            ("fail", "{}"),
        ),
        answer("Done."),
    ]
    outcome = await client.run(bundle=BUNDLE)
    assert (outcome.code, outcome.message) == (grpc.StatusCode.OK, "")
    outputs = [event["output"] for event in events_of(outcome, "tool_output_available")]
    assert sorted(map(str, outputs)) == [f"{len(PAGE)}.0", "{'sum': 5.0}"]
    assert [event["kind"] for event in events_of(outcome, "tool_output_error")] == ["THROWN"]
    assert [event["text"] for event in events_of(outcome, "tool_console")] == ["adding"]
    assert [event["status"] for event in events_of(outcome, "tool_request")] == [200]

    model.requests.clear()
    model.scripts[:] = [asks(("get", json.dumps({"url": site.silent.url})))]
    run = client.start(bundle=BUNDLE)
    reading = asyncio.create_task(finish(run))
    async with asyncio.timeout(30):
        await site.silent.reached.wait()
        run.cancel()
        await asyncio.wait([reading])
        await site.silent.left.wait()
        await until_idle(toolrunner)


async def until_idle(toolrunner: str) -> None:
    """Wait until a toolrunner runs no call."""
    async with grpc.aio.insecure_channel(toolrunner) as channel:
        watching = ToolRunnerServiceStub(channel).WatchLoad(runner_pb.WatchLoadRequest())
        async for load in watching:
            if not load.calls_running and not load.calls_waiting:
                break
        watching.cancel()


async def test_previous_executor_works_with_this_toolrunner(previous: Path, tmp_path: Path) -> None:
    runner = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    folders = {"state_dir": tmp_path / "state", "cache_dir": tmp_path / "cache"}
    async with web() as site, provider([]) as model, running_toolrunner(runner) as toolrunner:
        settings = {
            "toolrunner": toolrunner,
            "parsers": 1,
            "allow_fetch": " ".join(site.hosts),
            **folders,
        }
        async with (
            service(previous, "executor", **settings) as address,
            grpc.aio.insecure_channel(address) as channel,
        ):
            client = Client(ExecutorServiceStub(channel), channel, address)
            await check(client, toolrunner, model, site)


async def test_this_executor_works_with_previous_toolrunner(previous: Path) -> None:
    if not has_the_same_engine(previous) and not soaking():
        pytest.skip("the previous engine is another one, which takes a minute to compile")
    make_guest(previous)
    async with (
        web() as site,
        provider([]) as model,
        service(previous, "toolrunner", workers=1) as toolrunner,
        executor(toolrunner, allow_fetch=site.hosts) as client,
    ):
        await check(client, toolrunner, model, site)
