"""The span of an RPC: whichever way the method answers, and however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from services.telemetry.current import current_span_id
from services.telemetry.traces.interceptor import TracingInterceptor
from services.telemetry.traces.recorded import RecordedSpan, Tracer

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
BEGAN: list[asyncio.Event] = []
"""The last is set once a method waits."""
GOOD = ("traceparent", f"00-{TRACE}-{SPAN}-01")


class Kept:
    """Keeps spans, and tells when one has come."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[RecordedSpan] = asyncio.Queue()

    def put(self, span: RecordedSpan) -> None:
        self.came.put_nowait(span)


async def act(data: bytes, context: Any) -> bytes:
    """Do what the request says; answer with the id of the current span."""
    if data == b"abort":
        await context.abort(grpc.StatusCode.NOT_FOUND, "private words")
    if data == b"fail":
        raise ValueError("private words")
    if data == b"code":
        context.set_code(grpc.StatusCode.UNAVAILABLE)
    if data == b"wait":
        BEGAN[-1].set()
        await asyncio.Event().wait()
    return current_span_id().encode()


async def generates(data: bytes, context: Any) -> AsyncIterator[bytes]:
    yield await act(data, context)


async def writes(data: bytes, context: Any) -> None:
    await context.write(await act(data, context))


async def takes(requests: Any, context: Any) -> bytes:
    return await act([each async for each in requests][-1], context)


async def talks(requests: Any, context: Any) -> AsyncIterator[bytes]:
    async for each in requests:
        yield await act(each, context)


METHODS: dict[str, Any] = {
    "Unary": grpc.unary_unary_rpc_method_handler(act),
    "Generates": grpc.unary_stream_rpc_method_handler(generates),
    "Writes": grpc.unary_stream_rpc_method_handler(writes),
    "Takes": grpc.stream_unary_rpc_method_handler(takes),
    "Talks": grpc.stream_stream_rpc_method_handler(talks),
}


@asynccontextmanager
async def served() -> AsyncIterator[tuple[grpc.aio.Channel, Kept]]:
    kept = Kept()
    server = grpc.aio.server(interceptors=[TracingInterceptor(Tracer(kept))])
    for name in ("test.Service", "grpc.health.v1.Health"):
        handler = grpc.method_handlers_generic_handler(name, METHODS)
        server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel, kept
    await server.stop(0)


def begin(channel: grpc.aio.Channel, method: str, data: bytes, *metadata: tuple[str, str]) -> Any:
    streams = {"Takes": "stream_unary", "Talks": "stream_stream", "Unary": "unary_unary"}
    made: Any = getattr(channel, streams.get(method, "unary_stream"))(f"/test.Service/{method}")
    given = iter([data]) if method in {"Takes", "Talks"} else data
    return made(given, metadata=metadata)


async def answer_of(call: Any) -> bytes:
    if hasattr(call, "read"):
        return b"".join([each async for each in call])
    return bytes(await call)


@pytest.mark.parametrize("method", METHODS)
async def test_method_runs_inside_a_span_of_the_callers_trace(method: str) -> None:
    async with served() as (channel, kept):
        answer = await answer_of(begin(channel, method, b"", GOOD))
        span = await kept.came.get()
    assert answer.decode() == span.span_id
    assert (span.trace_id, span.parent_id) == (TRACE, SPAN)
    assert span.name == span.attributes["rpc.method"] == f"test.Service/{method}"
    assert (span.attributes["rpc.response.status_code"], span.error) == ("OK", "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("act", "status", "error"),
    [
        (b"abort", "NOT_FOUND", ""),
        (b"fail", "UNKNOWN", "UNKNOWN"),
        (b"code", "UNAVAILABLE", "UNAVAILABLE"),
    ],
)
async def test_status_is_that_of_the_rpc(method: str, act: bytes, status: str, error: str) -> None:
    async with served() as (channel, kept):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await answer_of(begin(channel, method, act))
        span = await kept.came.get()
    assert raised.value.code().name == status
    assert (span.attributes["rpc.response.status_code"], span.error) == (status, error)
    assert "private" not in repr(span.attributes)


@pytest.mark.parametrize("method", METHODS)
async def test_cancelled_rpc_says_so(method: str) -> None:
    BEGAN.append(asyncio.Event())
    async with served() as (channel, kept):
        call = begin(channel, method, b"wait")
        await BEGAN[-1].wait()
        call.cancel()
        span = await kept.came.get()
    assert (span.attributes["rpc.response.status_code"], span.error) == ("CANCELLED", "")


async def test_malformed_context_begins_a_trace() -> None:
    async with served() as (channel, kept):
        await answer_of(begin(channel, "Unary", b"", ("traceparent", "00-no-trace-01")))
        span = await kept.came.get()
    assert (span.parent_id, len(span.trace_id)) == ("", 32)


async def test_health_is_not_traced() -> None:
    async with served() as (channel, kept):
        health: Any = channel.unary_unary("/grpc.health.v1.Health/Unary")
        await health(b"")
        await answer_of(begin(channel, "Unary", b""))
        span = await kept.came.get()
    assert span.name == "test.Service/Unary"
