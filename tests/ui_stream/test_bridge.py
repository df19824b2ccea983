"""A chat of the AI SDK over HTTP, through the example's bridge, with an executor on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc
import httpx
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1.executor_service_pb2_grpc import (
    ExecutorServiceServicer,
    add_ExecutorServiceServicer_to_server,
)
from caisson.executor.v1.run_pb2 import BundleSource
from examples.use_chat.bridge import LOST, listening
from services.executor.agent.scripted import FixedBundles
from services.executor.errors import BundleSyntaxError
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import (
    BREAK,
    STALL,
    FakeProvider,
    answer,
    fake_provider,
    text,
)
from tests.executor.served import served
from tests.ui_stream.reader import Read, Reader, happened

BUNDLE = BundleSource(inline=b"fixed")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")


@asynccontextmanager
async def bridged(
    monkeypatch: pytest.MonkeyPatch, provider: FakeProvider, **settings: Any
) -> AsyncIterator[str]:
    """A bridge, an executor behind it, and a provider behind that."""
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    async with served(**settings) as client, listening(client.address, BUNDLE) as address:
        yield address


async def converse(reader: Reader, version: int, api: str, *say: str, stop_at: str = "") -> Read:
    """Send a message from a page while this loop serves."""
    async with asyncio.timeout(60):
        return await asyncio.to_thread(reader.converse, version, api, *say, stop_at=stop_at)


async def test_chat_continues_across_messages(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    async with (
        fake_provider(answer("Hello."), answer("Still here.")) as provider,
        bridged(monkeypatch, provider) as api,
    ):
        seen = await converse(reader, version, api, "Hi", "Are you there?")
    assert (seen.status, seen.error) == ("ready", None)
    roles = [message["role"] for message in seen.messages]
    assert roles == ["user", "assistant", "user", "assistant"]
    assert seen.text == "Still here."
    assert seen.metadata["usage"]["source"] == "provider"
    said = [message["content"] for message in provider.requests[1]["messages"]]
    assert said == ["Be brief.", "Hi", "Hello.", "Are you there?"]


async def test_stop_cancels_the_run_and_the_chat_continues(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    async with (
        fake_provider([text("Hel"), STALL], answer("Again.")) as provider,
        bridged(monkeypatch, provider) as api,
    ):
        seen = await converse(reader, version, api, "Hi", "Go on", stop_at="Hel")
        async with asyncio.timeout(60):
            await provider.gone.wait()
    assert [how["isAbort"] for how in seen.finished] == [True, False]
    assert seen.messages[1]["parts"][-1]["text"] == "Hel"
    assert (seen.status, seen.text) == ("ready", "Again.")


async def test_run_failing_midway_is_a_chat_error(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    async with (
        fake_provider([text("Hel"), BREAK]) as provider,
        bridged(monkeypatch, provider) as api,
    ):
        seen = await converse(reader, version, api, "Hi")
    assert seen.status == "error"
    assert seen.error is not None
    assert "provider" in seen.error
    assert seen.text == "Hel"
    assert seen.metadata["error"] == {"reason": "MODEL_UNAVAILABLE"}


async def test_run_that_cannot_start_is_a_chat_error(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    broken = BundleSyntaxError("The bundle has no end.")
    async with (
        served(FixedBundles(bundle(agent()), broken)) as client,
        listening(client.address, BUNDLE) as api,
    ):
        seen = await converse(reader, version, api, "Hi")
    assert (seen.status, seen.error) == ("error", "The bundle has no end.")


async def test_bridge_runs_the_named_agent(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    two = bundle(agent(key="first", system="One."), agent(key="second", system="Two."))
    async with fake_provider(answer("Second.")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with (
            served(FixedBundles(two)) as client,
            listening(client.address, BUNDLE, "second") as api,
        ):
            seen = await converse(reader, version, api, "Hi")
    assert seen.text == "Second."
    assert provider.requests[0]["messages"][0]["content"] == "Two."


async def test_unreachable_executor_has_a_readable_message(reader: Reader, version: int) -> None:
    async with listening("127.0.0.1:9", BUNDLE) as api:
        seen = await converse(reader, version, api, "Hi")
    assert (seen.status, seen.error) == ("error", LOST)


async def test_executor_stopped_midway_is_a_chat_error(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, version: int
) -> None:
    async with fake_provider([text("Hel"), STALL]) as provider, AsyncExitStack() as stopping:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        client = await stopping.enter_async_context(served())
        async with listening(client.address, BUNDLE) as api:
            chatting = asyncio.create_task(converse(reader, version, api, "Hi"))
            async with asyncio.timeout(60):
                await provider.stalled.wait()
            await stopping.aclose()
            seen = await chatting
    assert (seen.status, seen.error) == ("error", "The executor is shutting down.")
    assert (seen.text, seen.parts("text")[0]["state"]) == ("Hel", "done")


class LostExecutor(ExecutorServiceServicer):
    """An executor whose connection is lost in the middle of an answer."""

    async def ExecuteAgent(  # noqa: N802 - the name is the protocol's
        self, request: pb.ExecuteAgentRequest, context: Any
    ) -> AsyncIterator[pb.ExecuteAgentResponse]:
        yield happened(start=run_event_pb2.Start(message_id="m"))
        yield happened(text_start=run_event_pb2.TextStart(id="t"))
        yield happened(text_delta=run_event_pb2.TextDelta(id="t", delta="Hel"))
        await context.abort(grpc.StatusCode.UNAVAILABLE, "recvmsg: connection reset by peer")


async def test_executor_lost_midway_is_a_chat_error(reader: Reader, version: int) -> None:
    server = grpc.aio.server()
    add_ExecutorServiceServicer_to_server(LostExecutor(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with listening(f"127.0.0.1:{port}", BUNDLE) as api:
        seen = await converse(reader, version, api, "Hi")
    await server.stop(None)
    assert (seen.status, seen.error) == ("error", LOST)
    assert (seen.text, seen.parts("text")[0]["state"]) == ("Hel", "done")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"method": "GET"}, 404),
        ({"url": "/other"}, 404),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"content": b"{"}, 400),
        ({"content": b'{"id":"c","messages":[]}'}, 400),
        ({"content": b'{"id":"c","messages":[{"role":"user","parts":[{"type":"file"}]}]}'}, 400),
        ({"content": b'{"id":7,"messages":[{"role":"user","parts":[{"text":"x"}]}]}'}, 400),
    ],
)
async def test_malformed_chat_is_refused(change: dict[str, Any], status: int) -> None:
    request = {
        "method": "POST",
        "url": "/api/chat",
        "headers": {"content-type": "application/json"},
        "content": b"{}",
        **change,
    }
    async with (
        listening("127.0.0.1:9", BUNDLE) as api,
        httpx.AsyncClient(base_url=api.removesuffix("/api/chat")) as client,
    ):
        response = await client.request(**request)
    assert response.status_code == status
    assert response.text


async def test_oversized_chat_is_refused_before_it_is_read() -> None:
    head = "POST /api/chat HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 99999999"
    async with listening("127.0.0.1:9", BUNDLE) as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(api).port)
        writer.write(f"{head}\r\n\r\n".encode())
        response = await reader.read()
        writer.close()
    assert response.startswith(b"HTTP/1.1 413 ")
