"""Clients share what one executor works on at once: no client takes the last place from others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2, session_service_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.clients import client_of
from tests.executor.builders import agent, bundle, calls, says, stage, tool
from tests.executor.fake_provider import STALL, FakeProvider, fake_provider, text
from tests.executor.other_hosts import channel_from
from tests.executor.served import Client, served

RUNS = 10
HELD = [text("Hel"), STALL]


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeProvider]:
    """A provider whose answers do not end."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider(*[HELD] * 40) as made:
        monkeypatch.setenv("OPENAI_BASE_URL", made.url)
        yield made


async def hold(client: Client, count: int, **request: Any) -> list[Any]:
    """Start runs that do not end; return those that were not refused."""
    held = []
    for _ in range(count):
        call = client.start(**request)
        try:
            async for event in call:
                if event.WhichOneof("event") in {"text_delta", "session_wait"}:
                    held.append(call)
                    break
        except grpc.aio.AioRpcError:
            continue
    return held


async def test_one_client_leaves_slots_for_others(provider: FakeProvider) -> None:
    async with served(runs=RUNS) as crowd:
        held = await hold(crowd, RUNS)
        assert len(held) == 8
        refused = await crowd.run()
        assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "This connection holds 8" in refused.message
        assert refused.detail(error_details_pb2.RetryInfo()).retry_delay.seconds == 1
        async with channel_from("127.0.0.2", crowd.address) as channel:
            other = Client(ExecutorServiceStub(channel), channel, crowd.address)
            held += await hold(other, 1)
            assert len(held) == 9
        for call in held:
            call.cancel()


async def test_limit_error_names_the_deployment_when_all_slots_are_taken(
    provider: FakeProvider,
) -> None:
    async with served(runs=1) as client:
        (call,) = await hold(client, 1)
        refused = await client.run()
        assert "All are taken" in refused.message
        call.cancel()


async def test_queued_runs_count_towards_their_client(provider: FakeProvider) -> None:
    async with served(runs=RUNS) as crowd:
        policy: Any = run_pb2.SESSION_POLICY_QUEUE
        held = await hold(crowd, RUNS, session_id="s", session_policy=policy)
        assert len(held) == 8
        async with channel_from("127.0.0.2", crowd.address) as channel:
            other = Client(ExecutorServiceStub(channel), channel, crowd.address)
            held += await hold(other, 1)
        assert len(held) == 9
        for call in held:
            call.cancel()


async def test_short_requests_bypass_run_slots(
    provider: FakeProvider,
) -> None:
    by_digest = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(digest="sha256:" + "0" * 64))
    inline = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(inline=b"fixed"))
    async with served(runs=1) as client:
        (call,) = await hold(client, 1)
        await client.stub.InspectBundle(by_digest)
        await client.sessions.ListSessions(session_service_pb2.ListSessionsRequest())
        with pytest.raises(grpc.aio.AioRpcError, match="for bundles to be read"):
            await client.stub.InspectBundle(inline)
        call.cancel()


async def test_request_bytes_are_bounded_and_shared_by_clients(provider: FakeProvider) -> None:
    part = "x" * (1000 * 1024)
    async with served(request_bytes=10 * len(part)) as crowd:
        held = await hold(crowd, 12, message=part)
        assert len(held) == 7
        refused = await crowd.run(part)
        assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "bytes for requests" in refused.message
        assert refused.detail(error_details_pb2.RetryInfo()).retry_delay.seconds == 1
        async with channel_from("127.0.0.2", crowd.address) as channel:
            other = Client(ExecutorServiceStub(channel), channel, crowd.address)
            held += await hold(other, 1, message=part)
        assert len(held) == 8
        for call in held:
            call.cancel()


async def test_bundle_shared_by_runs_of_a_client_counts_once(
    provider: FakeProvider,
) -> None:
    source = b" " * (3 * 1024 * 1024)
    inline = run_pb2.BundleSource(inline=source)
    async with served(bundle(agent(), source=source), request_bytes=12 * 1024 * 1024) as crowd:
        held = await hold(crowd, 12, bundle=inline)
        assert len(held) == 12
        for call in held:
            call.cancel()


async def test_bundles_held_by_runs_count_once_per_client(provider: FakeProvider) -> None:
    held_bundle = bundle(agent(), source=b" " * (3 * 1024 * 1024))
    by_url = run_pb2.BundleSource(url="http://bundles.invalid/a.js")
    async with served(held_bundle, request_bytes=4 * 1024 * 1024) as crowd:
        held = await hold(crowd, 3, bundle=by_url)
        assert len(held) == 3
        async with channel_from("127.0.0.2", crowd.address) as channel:
            other = Client(ExecutorServiceStub(channel), channel, crowd.address)
            refused = await other.run(bundle=by_url)
        assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "bytes for requests" in refused.message
        for call in held:
            call.cancel()


async def test_toolrunner_receives_client_identity() -> None:
    async def lookup(*_: Any) -> str:
        return "found"

    scene = stage(calls(("c", "lookup", "{}")), says("ok"), tools=[tool("lookup")])
    scene.runner.tools = {"lookup": lookup}
    client = client_of("ipv4:203.0.113.7:4321")
    await scene.run(client=client)
    assert scene.runner.tenants == [client.tenant]
    host, _, connection = client.tenant.partition("/")
    assert (len(host), len(connection)) == (16, 16)
    assert "203.0.113.7" not in client.tenant
    beside = client_of("ipv4:203.0.113.7:9").tenant
    assert beside.startswith(host + "/")
    assert beside != client.tenant
    assert client_of("ipv4:203.0.113.8:4321").tenant.partition("/")[0] != host
