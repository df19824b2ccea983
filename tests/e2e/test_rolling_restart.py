"""Executors are replaced one after the other under load: no run is lost, and none runs twice.

Once through a real Envoy by the configuration that is shipped, with a client that retries nothing,
and once with the command's own channel by the service config that is shipped.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client.clients import open_channel
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.agent.scripted import FixedBundles
from services.executor.server import ExecutorServer
from services.executor.settings import Settings, keep_litellm_quiet
from tests.e2e.envoy_proxy import envoy, proxy
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import FakeProvider, fake_provider
from tests.executor.provider_forms import ANTHROPIC, Spoken
from tests.executor.served import NO_RUNNER, Client

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "envoy"
ROUNDS = 2
CLIENTS = 6
RUNS_BETWEEN = 12
DRAIN_S = 30.0


@dataclass
class Load:
    """Clients that run one agent after the other, each run under a name of its own."""

    client: Client
    begun: int = 0
    answered: int = 0
    lost: list[Any] = field(default_factory=list)
    over: bool = False
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def go_on(self) -> None:
        """Run, and ask for the server's info, until it is over."""
        while not self.over:
            self.begun += 1
            outcome = await self.client.run(f"run {self.begun}")
            if outcome.code is not grpc.StatusCode.OK or outcome.text != "hello":
                self.lost.append((outcome.code, outcome.message, outcome.kinds))
            try:
                await self.client.stub.GetServerInfo(pb.GetServerInfoRequest())
            except grpc.aio.AioRpcError as error:
                self.lost.append(("GetServerInfo", error.code(), error.details()))
            async with self.progress:
                self.answered += 1
                self.progress.notify_all()

    async def more(self, runs: int) -> None:
        """Wait until so many more runs have ended."""
        wanted = self.answered + runs
        async with self.progress:
            await self.progress.wait_for(lambda: self.answered >= wanted)


async def started(port: int) -> ExecutorServer:
    """An executor on a port."""
    settings = Settings(address=f"127.0.0.1:{port}", toolrunner=NO_RUNNER)
    # Executors of one process share LiteLLM's connections to OpenAI, and not those to Anthropic.
    bundles = FixedBundles(bundle(agent(model=ANTHROPIC.model)))
    server = ExecutorServer(settings, bundles)
    await server.start()
    return server


@asynccontextmanager
async def two_executors() -> AsyncIterator[list[ExecutorServer]]:
    servers = [await started(0), await started(0)]
    try:
        yield servers
    finally:
        for server in servers:
            await server.stop(drain_s=0.0)


async def replace_each(servers: list[ExecutorServer], load: Load) -> None:
    """Stop each executor and start another in its place, while the load goes on."""
    for _ in range(ROUNDS):
        for index, server in enumerate(servers):
            await load.more(RUNS_BETWEEN)
            await server.stop(drain_s=DRAIN_S)
            servers[index] = await started(int(server.address.rpartition(":")[2]))
    await load.more(RUNS_BETWEEN)


async def check(
    channel: grpc.aio.Channel, servers: list[ExecutorServer], model: FakeProvider
) -> None:
    """Replace the executors under load, and count what became of it."""
    load = Load(Client(ExecutorServiceStub(channel), channel, ""))
    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        for _ in range(CLIENTS):
            tasks.create_task(load.go_on())
        await replace_each(servers, load)
        load.over = True
    asked = Counter(str(request["messages"][-1]["content"]) for request in model.requests)
    assert load.lost == []
    assert set(asked.values()) == {1}
    assert len(asked) == load.begun


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeProvider]:
    # Two executors of one process would import LiteLLM at the same time.
    keep_litellm_quiet()
    loaded = LiteLLMModel(ModelTimeouts(connect_s=5.0, silence_s=5.0))
    await loaded.load()
    await loaded.close()
    async with fake_provider(ANTHROPIC.chunks(Spoken(words=["hel", "lo"]))) as provider:
        for name, value in ANTHROPIC.environment(provider.url).items():
            monkeypatch.setenv(name, value)
        yield provider


async def test_clients_with_the_service_config_lose_no_run(model: FakeProvider) -> None:
    async with two_executors() as servers:
        addresses = ",".join(server.address for server in servers)
        async with open_channel(f"ipv4:{addresses}") as channel:
            await check(channel, servers, model)


async def test_clients_of_an_envoy_lose_no_run(model: FakeProvider, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    async with two_executors() as servers:
        text = (DEPLOY / "executors.yaml").read_text(encoding="utf-8")
        first, second = (server.address.rpartition(":")[2] for server in servers)
        for shipped, here in (
            ("0.0.0.0, port_value: 50050", f"127.0.0.1, port_value: {own}"),
            ("port_value: 50051", f"port_value: {first}"),
            ("port_value: 50061", f"port_value: {second}"),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        configuration = tmp_path / "envoy.yaml"
        configuration.write_text(text, encoding="utf-8")
        address = f"127.0.0.1:{own}"
        options = (("grpc.enable_retries", 0),)
        async with (
            proxy(configuration, address),
            grpc.aio.insecure_channel(address, options=options) as channel,
        ):
            await check(channel, servers, model)


@pytest.mark.parametrize("name", sorted(file.name for file in DEPLOY.iterdir()))
def test_envoy_takes_each_configuration(name: str) -> None:
    done = subprocess.run(
        [envoy(), "--mode", "validate", "--config-path", DEPLOY / name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
