"""Certificates and authorities are replaced under a steady stream of runs; none is lost."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.executor.access.certificates import parse_certificate_rules
from services.executor.adapters.toolrunner.channels import RunnerChannel, RunnerChannels
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from services.toolrunner.server import running_server as running_toolrunner
from tests.e2e.pair import BUNDLE, COMPILED, asks, events_of
from tests.executor.fake_provider import FakeProvider, Refusal, answer
from tests.executor.served import Client
from tests.loopback import listening
from tests.tls.authority import BACKEND, EXECUTOR, LOOPBACK, Authority, Pair
from tests.tls.meshed import RULES, Mesh, channel_of, toolrunner

CLIENTS = 3
RUNS_BETWEEN = 12
AGE_S = 1.0


class Calculating(FakeProvider):
    """A model that calls a tool once, and then answers."""

    def script(self) -> Sequence[Any] | Refusal:
        """Answer by what the conversation ends with, since runs overlap."""
        last = self.requests[-1]["messages"][-1]
        return answer("3") if last["role"] == "tool" else asks(("add", '{"a": 1, "b": 2}'))


@dataclass
class Load:
    """Clients that run one agent with a tool again and again."""

    client: Client
    ended: int = 0
    lost: list[Any] = field(default_factory=list)
    over: bool = False
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def go_on(self) -> None:
        while not self.over:
            outcome = await self.client.run("1 + 2?", bundle=BUNDLE, agent="calculator")
            outputs = events_of(outcome, "tool_output_available")
            if outcome.text != "3" or not outputs or outputs[0]["output"].get("sum") != 3:
                self.lost.append((outcome.code, outcome.message, outcome.kinds, outputs))
            async with self.progress:
                self.ended += 1
                self.progress.notify_all()

    async def more(self, runs: int = RUNS_BETWEEN) -> None:
        """Wait until so many more runs have ended."""
        wanted = self.ended + runs
        async with self.progress:
            await self.progress.wait_for(lambda: self.ended >= wanted)


@asynccontextmanager
async def calculating(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    model = Calculating([])
    async with listening(model.serve) as port:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://{LOOPBACK}:{port}/v1")
        yield


@asynccontextmanager
async def both(mesh: Mesh) -> AsyncIterator[tuple[ExecutorServer, str]]:
    """Both services over TLS; their connections grow old quickly."""
    settings = mesh.toolrunner_settings(cache_dir=str(COMPILED), connection_age_s=AGE_S)
    async with running_toolrunner(settings) as runner:
        chosen = mesh.executor_settings(
            toolrunner=runner,
            toolrunner_connect_s=30.0,
            parsers=1,
            connection_age_s=AGE_S,
            certificate_rules=parse_certificate_rules(RULES),
            **mesh.way(),
        )
        server = ExecutorServer(Settings(**chosen))
        await server.start()
        try:
            yield server, runner
        finally:
            await server.stop(drain_s=0.0)


async def asked(address: str, trusted: bytes, pair: Pair, *, runner: bool) -> str:
    """Return how a small RPC over a new connection ends."""
    async with channel_of(address, trusted, pair) as channel:
        return await ended(channel, runner=runner)


async def ended(channel: grpc.aio.Channel, *, runner: bool) -> str:
    try:
        if runner:
            stub: Any = ToolRunnerServiceStub(channel)
            await stub.GetCapabilities(runner_pb.GetCapabilitiesRequest())
        else:
            executor: Any = ExecutorServiceStub(channel)
            await executor.GetServerInfo(pb.GetServerInfoRequest())
    except grpc.aio.AioRpcError as error:
        return error.code().name
    return "OK"


async def shown(address: str) -> str:
    """Return the name of the authority of a server's certificate."""
    host, _, port = address.rpartition(":")
    pem = await asyncio.to_thread(ssl.get_server_certificate, (host, int(port)))
    issuer = x509.load_pem_x509_certificate(pem.encode()).issuer
    return str(issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


async def refused(channel: grpc.aio.Channel, *, runner: bool) -> None:
    """Wait until a channel whose connection was made before gets nothing more."""

    async def is_refused() -> bool:
        return await ended(channel, runner=runner) == "UNAVAILABLE"

    await until(is_refused)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - no event tells what gRPC does
            await asyncio.sleep(0.02)


async def said(value: bool) -> bool:
    return value


async def another(channels: RunnerChannels, before: RunnerChannel) -> RunnerChannel:
    """Wait until new streams get another channel."""
    await until(lambda: said(channels.current() is not before))
    return channels.current()


@pytest.mark.timeout(240)
async def test_rotation_under_load_loses_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorities first, then certificates, then the old authority goes, as operators do it."""
    mesh, before, after = Mesh(tmp_path), Authority("before"), Authority("after")
    mesh.issue(before)
    lasts = Authority("of the load's certificate")
    mesh.executor.write(authorities=before.pem + lasts.pem)
    trusted = before.pem + after.pem
    old = {True: before.sign(EXECUTOR), False: before.sign(BACKEND)}
    new = {True: after.sign(EXECUTOR), False: after.sign(BACKEND)}
    async with calculating(monkeypatch), both(mesh) as (server, runner):
        ports = {True: runner, False: server.mtls_address}
        assert await asked(runner, trusted, old[True], runner=True) == "OK"
        assert await asked(runner, trusted, new[True], runner=True) == "UNAVAILABLE"
        lasting = {each: channel_of(at, trusted, old[each]) for each, at in ports.items()}
        async with (
            lasting[True],
            lasting[False],
            channel_of(server.mtls_address, trusted, lasts.sign(BACKEND)) as channel,
            asyncio.timeout(180),
            asyncio.TaskGroup() as tasks,
        ):
            load = Load(Client(ExecutorServiceStub(channel), channel, ""))
            running = [tasks.create_task(load.go_on()) for _ in range(CLIENTS)]
            await load.more()
            for each in ports:
                assert await ended(lasting[each], runner=each) == "OK"
            # The executor's certificate, at all its ports and towards the toolrunner.
            mesh.executor.write(before.sign(LOOPBACK, EXECUTOR))
            await load.more()
            mesh.toolrunner.write(authorities=trusted)
            mesh.executor.write(authorities=trusted + lasts.pem)
            await load.more()
            mesh.executor.write(after.sign(LOOPBACK, EXECUTOR))
            mesh.toolrunner.write(after.sign(LOOPBACK))
            await load.more()
            mesh.toolrunner.write(authorities=after.pem)
            mesh.executor.write(authorities=after.pem + lasts.pem)
            for each, at in ports.items():
                assert await asked(at, trusted, old[each], runner=each) == "UNAVAILABLE"
                assert await asked(at, trusted, new[each], runner=each) == "OK"
                assert await asked(at, before.pem, new[each], runner=each) == "UNAVAILABLE"
                await refused(lasting[each], runner=each)
            assert await shown(server.address) == after.name
            await load.more()
            load.over = True
        assert all(task.done() for task in running)
    assert load.lost == []


async def test_run_that_goes_on_keeps_its_old_channel(tmp_path: Path) -> None:
    """New streams are on the new channel, and the old one closes with its last stream."""
    mesh = Mesh(tmp_path)
    async with toolrunner(mesh.toolrunner_settings()) as address:
        channels = RunnerChannels(address, mesh.runner_tls())
        try:
            first = channels.current()
            await first.channel.channel_ready()
            stream = first.run_tools()
            await stream.write(runner_pb.RunToolsRequest(ping=runner_pb.Ping()))
            mesh.executor.write(mesh.authority.sign(EXECUTOR))
            second = await another(channels, first)
            assert second.is_ready
            assert not first.is_over
            assert first.is_ready
            stream.cancel()
            await until(lambda: said(first.is_over))
            assert channels.current() is second
        finally:
            await channels.close()


async def test_certificates_that_are_refused_do_not_take_a_live_connection(tmp_path: Path) -> None:
    """A rotation in the wrong order is survived while the connection before lives."""
    mesh = Mesh(tmp_path)
    async with toolrunner(mesh.toolrunner_settings()) as address:
        channels = RunnerChannels(address, mesh.runner_tls())
        try:
            first = channels.current()
            await first.channel.channel_ready()
            mesh.executor.write(Authority().sign(EXECUTOR))
            for _ in range(20):
                assert channels.current() is first
                await asyncio.sleep(0.01)
            mesh.executor.write(mesh.authority.sign(EXECUTOR))
            second = await another(channels, first)
            assert await ended(second.channel, runner=True) == "OK"
        finally:
            await channels.close()
