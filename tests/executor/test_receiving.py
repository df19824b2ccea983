"""What a request must be before it reaches its method, and how one that is not is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from services.executor.errors import SetupError
from services.executor.settings import Settings
from tests.executor.served import Outcome, finish, served

RUN = "/caisson.executor.v1.ExecutorService/ExecuteAgent"
LIST = "/caisson.executor.v1.SessionService/ListSessions"


async def sent(client: Any, method: str, *messages: bytes, ends: bool = True) -> Outcome:
    """Send bytes as a request; leave it open unless ``ends``."""
    call = client.channel.stream_stream(method)(timeout=60)
    for message in messages:
        await call.write(message)
    if ends:
        await call.done_writing()
    try:
        return await finish(call)
    finally:
        call.cancel()


@pytest.mark.parametrize("method", [RUN, LIST])
async def test_unsent_request_times_out(method: str) -> None:
    async with served(request_timeout_s=0.2) as client:
        outcome = await sent(client, method, ends=False)
    assert outcome.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert outcome.reason == "REQUEST_INCOMPLETE"
    assert "incomplete 0.2 s after its headers arrived" in outcome.message


@pytest.mark.parametrize("method", [RUN, LIST])
async def test_request_without_message_is_invalid_argument(method: str) -> None:
    async with served() as client:
        outcome = await sent(client, method)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "Send exactly one" in outcome.message


@pytest.mark.parametrize("method", [RUN, LIST])
async def test_malformed_message_is_invalid_argument(method: str) -> None:
    async with served() as client:
        outcome = await sent(client, method, b"\xff" * 9)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert ".proto" in outcome.message


async def test_unknown_method_is_unimplemented() -> None:
    async with served() as client:
        outcome = await sent(client, "/caisson.executor.v1.ExecutorService/Nothing")
    assert outcome.code is grpc.StatusCode.UNIMPLEMENTED


async def test_requests_per_connection_are_limited() -> None:
    async with served(connection_streams=2, request_timeout_s=60.0) as client:
        channel: Any = client.channel
        held = [channel.stream_stream(RUN)(timeout=60) for _ in range(2)]
        await asyncio.gather(*(call.wait_for_connection() for call in held))
        call = channel.unary_unary(LIST)(b"", timeout=0.5)
        assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        held[0].cancel()
        call = channel.unary_unary(LIST)(b"", timeout=60)
        assert await call.code() is grpc.StatusCode.OK
        held[1].cancel()


def test_budget_too_small_for_any_message_is_refused() -> None:
    with pytest.raises(SetupError, match=r"larger than CAISSON_EXECUTOR_UNFINISHED_BYTES"):
        Settings(message_bytes=16 * 1024 * 1024, unfinished_bytes=8 * 1024 * 1024)
