"""A client that reads slowly slows nothing; one that has stopped reading is cut off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from tests.e2e.traces import until
from tests.executor.fake_provider import STALL, answer, fake_provider, finish, text
from tests.executor.served import Client, served
from tests.executor.served import finish as read_rest

# A client's window of 64 KiB that does not grow: what it does not read is not sent.
SMALL_WINDOW = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65536)]
PIECE = "x" * 4000
PIECES = 900  # 3.6 MB, just below what one step may write


@asynccontextmanager
async def small_client(stall_s: float, **settings: Any) -> AsyncIterator[Client]:
    async with (
        served(client_stall_s=stall_s, **settings) as client,
        grpc.aio.insecure_channel(client.address, options=SMALL_WINDOW) as channel,
    ):
        yield Client(ExecutorServiceStub(channel), channel, client.address)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456789")


async def test_client_that_stops_reading_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services.executor")
    async with fake_provider([*[text(PIECE)] * PIECES, STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with small_client(stall_s=0.3) as client:
            call = client.start()
            async for event in call:
                if event.HasField("text_delta"):
                    break
            async with asyncio.timeout(60):
                await provider.all_closed()
            outcome = await read_rest(call)
    assert outcome.code is grpc.StatusCode.ABORTED
    assert outcome.reason == "CLIENT_STALLED"
    assert "did not read" in outcome.message
    assert any("client-stalled" in record.getMessage() for record in caplog.records)


async def test_slow_client_slows_no_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    comments = [f": {PIECE}\n\n"] * 5000  # 20 MB: more than sockets hold, and nothing to read
    script = [*[text(PIECE)] * PIECES, *comments, finish("stop")]
    async with fake_provider(script, answer("quick")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with small_client(stall_s=30.0, model_idle_events=100_000) as client:
            slow = client.start()
            async for event in slow:
                if event.HasField("text_delta"):
                    break
            for _ in range(5):
                assert (await client.run()).text == "quick"
            # What the client has not read is recorded, so that its own run goes on, too.
            async with asyncio.timeout(60):
                await until(lambda: provider.sent[0] == len(script))
            rest = await read_rest(slow)
            assert rest.code is grpc.StatusCode.OK
            total = len(event.text_delta.delta) + len(rest.text)
            assert total == len(PIECE) * PIECES
