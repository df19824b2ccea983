"""Requests that only read are served however many runs there are."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from caisson.executor.v1 import session_service_pb2 as sessions_pb
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import STALL, fake_provider, text
from tests.executor.served import Client, served

MIB = 1024 * 1024
INLINE = run_pb2.BundleSource(inline=b"export default 1")
DIGEST = run_pb2.BundleSource(digest=f"sha256:{hashlib.sha256(b'x').hexdigest()}")
# Four fifths of 4 MiB, less the run's own request: no other request fits beside it.
MOST_OF_A_CLIENT = 4 * MIB * 4 // 5 - 20


@asynccontextmanager
async def full(
    monkeypatch: pytest.MonkeyPatch, program_bytes: int = 10, **settings: Any
) -> AsyncIterator[Client]:
    """A client whose only run takes all that it can get for runs."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    one = bundle(agent())
    one = replace(one, program=replace(one.program, source=b"x" * program_bytes))
    async with fake_provider([text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(one, **settings) as client:
            going = client.start()
            while (await anext(going)).WhichOneof("event") != "text_delta":
                pass
            yield client
            going.cancel()


async def codes_of_reads(client: Client) -> list[grpc.StatusCode]:
    """The codes with which requests end that need neither places nor bytes of runs."""
    session: Any = {"resource_id": "r", "session_id": "s"}
    calls = (
        client.stub.GetServerInfo(pb.GetServerInfoRequest()),
        client.stub.InspectBundle(pb.InspectBundleRequest(bundle=DIGEST)),
        client.sessions.ListSessions(sessions_pb.ListSessionsRequest(resource_id="r")),
        client.sessions.GetSession(sessions_pb.GetSessionRequest(**session)),
        client.sessions.ListMessages(sessions_pb.ListMessagesRequest(**session)),
        client.sessions.DeleteSession(sessions_pb.DeleteSessionRequest(**session)),
    )
    async with asyncio.timeout(30):
        return [await call.code() for call in calls]


SERVED = [*[grpc.StatusCode.OK] * 3, *[grpc.StatusCode.NOT_FOUND] * 3]


async def test_reads_answer_while_all_places_of_runs_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with full(monkeypatch, runs=1) as client:
        assert (await client.run()).reason == "OVERLOADED"
        assert await codes_of_reads(client) == SERVED


async def test_reads_answer_while_runs_hold_all_bytes_of_a_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with full(monkeypatch, MOST_OF_A_CLIENT, request_bytes=4 * MIB) as client:
        assert (await client.run()).reason == "OVERLOADED"
        assert await codes_of_reads(client) == SERVED


async def test_bundle_is_read_in_a_place_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with full(monkeypatch, runs=1) as client:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=INLINE))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
