"""A server that is stopped sends its clients elsewhere at once, and loses none of its requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.executor.agent.scripted import FixedBundles
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from services.front.receive_queue import ReceiveLimits, ReceiveQueue
from services.front.receiving import ReceivePolicy, RequestReceiver
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import STALL, answer, fake_provider, text
from tests.executor.served import NO_RUNNER, Client, finish
from tests.toolrunner.clients import ToolStream
from tests.toolrunner.pools import until
from tests.toolrunner.scripted_worker import ScriptedLauncher

LONG_S = 150.0
SOON_S = 60.0
PACE_S = 2.0
# An HTTP/2 frame: three bytes of length, type, flags, four of a stream.
NO_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
PING = 6


@asynccontextmanager
async def executor(**settings: Any) -> AsyncIterator[tuple[ExecutorServer, Client]]:
    chosen = Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER, **settings)
    server = ExecutorServer(chosen, FixedBundles(bundle(agent())))
    await server.start()
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield server, Client(ExecutorServiceStub(channel), channel, server.address)


async def refused(call: Any) -> grpc.StatusCode:
    """The status with which a call is refused, soon."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(SOON_S):
            await call
    return caught.value.code()


async def until_left(channel: grpc.aio.Channel) -> None:
    """Wait until the server has told its client to leave."""
    async with asyncio.timeout(SOON_S):
        while (state := channel.get_state()) is grpc.ChannelConnectivity.READY:
            await channel.wait_for_state_change(state)


async def test_drain_sends_new_requests_away_and_ends_no_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([text("Hel"), STALL]) as provider, executor() as (server, client):
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        going = client.start()
        while (await anext(going)).WhichOneof("event") != "text_delta":
            pass
        stopping = asyncio.create_task(server.stop(drain_s=LONG_S))
        await until_left(client.channel)
        info = client.stub.GetServerInfo(pb.GetServerInfoRequest())
        assert await refused(info) is grpc.StatusCode.UNAVAILABLE
        assert not going.done()
        assert len(provider.requests) == 1
        await server.hurry()
        outcome = await finish(going)
        async with asyncio.timeout(SOON_S):
            await stopping
    assert outcome.reason == "SHUTTING_DOWN"


async def test_drain_ends_with_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider(answer("hello")) as provider, executor() as (server, client):
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        going = client.start()
        await anext(going)
        stopping = asyncio.create_task(server.stop(drain_s=LONG_S))
        outcome = await finish(going)
        async with asyncio.timeout(SOON_S):
            await stopping
    assert (outcome.code, outcome.text) == (grpc.StatusCode.OK, "hello")


async def test_who_watches_health_is_told_and_delays_no_stop() -> None:
    async with executor() as (server, client):
        watching: Any = health_pb2_grpc.HealthStub(client.channel)
        call = watching.Watch(health_pb2.HealthCheckRequest())
        answers = aiter(call)
        told = [(await anext(answers)).status]
        async with asyncio.timeout(SOON_S):
            await server.stop(drain_s=LONG_S)
            told += [each.status async for each in answers]
    states = health_pb2.HealthCheckResponse
    assert told == [states.SERVING, states.NOT_SERVING]


async def test_who_checks_health_again_and_again_is_told_before_connections_are_refused() -> None:
    async with executor() as (server, client):
        health = health_pb2_grpc.HealthStub(client.channel)
        asked = health_pb2.HealthCheckRequest()
        await health.Check(asked)
        await asyncio.sleep(PACE_S)  # the pace of its checks: it is waited for twice as long
        await health.Check(asked)
        stopping = asyncio.create_task(server.stop(drain_s=LONG_S))
        options = (("grpc.use_local_subchannel_pool", 1),)
        async with grpc.aio.insecure_channel(client.address, options) as late:
            await ExecutorServiceStub(late).GetServerInfo(pb.GetServerInfoRequest())
        assert (await health.Check(asked)).status is health_pb2.HealthCheckResponse.NOT_SERVING
        async with asyncio.timeout(SOON_S):
            await stopping


async def test_toolrunner_sends_new_streams_away_and_goes_on_with_its_calls() -> None:
    settings = ToolRunnerSettings(address="127.0.0.1:0", workers=1)
    server = ToolRunnerServer(settings, ScriptedLauncher())
    await server.start()
    async with grpc.aio.insecure_channel(server.address) as channel:
        stream = ToolStream(ToolRunnerServiceStub(channel).RunTools())
        assert (await stream.open(b"export {}")).HasField("opened")
        call_id = await stream.start("suspend")
        while not (await stream.call.read()).HasField("started"):
            pass
        stopping = asyncio.create_task(server.stop(drain_s=LONG_S))
        await until_left(channel)
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert await refused(health) is grpc.StatusCode.UNAVAILABLE
        while not (await stream.receive()).HasField("draining"):
            pass
        await stream.send(cancel=runner_pb.Cancel(call_id=call_id))
        assert (await stream.end(call_id)).kind == "CANCELLED"
        async with asyncio.timeout(SOON_S):
            await stopping


async def test_request_that_was_on_its_way_when_a_stop_began_is_served() -> None:
    queue = ReceiveQueue(ReceiveLimits(requests=4, reading=4, timeout_s=60.0))
    policy = ReceivePolicy(queue, queue, queue, lambda _: Status(code=14))
    receiver = RequestReceiver(policy)
    server = grpc.aio.server(interceptors=[receiver])
    handler: Any = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", {"m": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as made:
        channel: Any = made  # its types know no bytes
        call = channel.stream_unary("/s/m")()
        await until(lambda: queue.unfinished)
        stopping = asyncio.create_task(receiver.stop(server, LONG_S))
        await until_left(channel)
        await call.write(b"late")
        await call.done_writing()
        assert await call == b"late"
        async with asyncio.timeout(SOON_S):
            await stopping


async def echo(request: bytes, _: Any) -> bytes:
    return request


async def test_client_of_an_old_connection_connects_anew_and_keeps_its_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with executor(connection_age_s=1.0) as (server, client):
            going = client.start()
            while (await anext(going)).WhichOneof("event") != "text_delta":
                pass
            await until_left(client.channel)
            await client.stub.GetServerInfo(pb.GetServerInfoRequest())
            assert not going.done()
            going.cancel()
            await server.stop(drain_s=0.0)


@pytest.mark.parametrize("service", ["executor", "toolrunner"])
async def test_silent_peer_is_pinged(service: str) -> None:
    server: Any
    if service == "executor":
        server = ExecutorServer(
            Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER, keepalive_s=1.0),
            FixedBundles(bundle(agent())),
        )
    else:
        settings = ToolRunnerSettings(address="127.0.0.1:0", workers=1, keepalive_s=1.0)
        server = ToolRunnerServer(settings, ScriptedLauncher())
    await server.start()
    reader, writer = await asyncio.open_connection(*server.address.split(":"))
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + NO_SETTINGS)
    async with asyncio.timeout(SOON_S):
        while True:
            head = await reader.readexactly(9)
            await reader.readexactly(int.from_bytes(head[:3], "big"))
            if (head[3], head[4]) == (PING, 0):
                break
    writer.close()
    await server.stop(drain_s=0.0)
