"""Whatever a peer sends to methods that take one request ends in a clear status.

Tries random bytes and messages, none and several of them, and metadata, on all methods of both
services, of health, and on methods that do not exist. Nobody else notices, and nothing is kept: far
more requests are sent than there are slots.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from caisson.executor.v1 import executor_service_pb2, session_service_pb2
from caisson.executor.v1.run_pb2 import RunSpec
from caisson.toolrunner.v1 import tool_runner_service_pb2
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.executor.served import served
from tests.repeats import tries
from tests.toolrunner.protobuf_fuzz import messages
from tests.toolrunner.scripted_worker import ScriptedLauncher
from tests.toolrunner.test_fuzz_stream import MET_THE_END

WAIT_S = 30.0
# What an executor refuses of runs and bundles is tested elsewhere; the bundles here are fixed.
CLEAR = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "UNIMPLEMENTED"}
UNKNOWN = ["/caisson.toolrunner.v1.ToolRunnerService/Nothing", "/grpc.health.v1.Health/", "/x", "/"]
HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"]
TOOLRUNNER = tool_runner_service_pb2.DESCRIPTOR.services_by_name["ToolRunnerService"]
EXECUTOR = executor_service_pb2.DESCRIPTOR.services_by_name["ExecutorService"]
SESSIONS = session_service_pb2.DESCRIPTOR.services_by_name["SessionService"]


@dataclass(frozen=True)
class Asked:
    """What a peer sends: so many messages, and whether it says that these are all."""

    path: str
    bodies: tuple[bytes, ...]
    half_closes: bool = True
    metadata: tuple[tuple[str, str | bytes], ...] = ()


def paths(*services: Any) -> dict[str, Any]:
    """The message that each method takes, by the method's path."""
    return {
        f"/{service.full_name}/{method.name}": method.input_type
        for service in services
        for method in service.methods
        if not method.client_streaming
    }


# A specification of a run takes long to make, and is tested field by field elsewhere; a value has
# values in it without end.
WANTED = {
    "spec": st.sampled_from([RunSpec(), RunSpec(message="x"), RunSpec(agent="x", messages={})]),
    "value": st.sampled_from([Value(), Value(number_value=1), Value(string_value="x")]),
}


def bodies_of(message: Any) -> st.SearchStrategy[bytes]:
    """Bytes that are, or are nearly, or are not at all such a message."""
    valid = messages(message, WANTED).map(lambda made: made.SerializeToString())
    return st.one_of(
        valid,
        st.builds(bytes.__add__, valid, st.binary(max_size=20)),
        st.builds(lambda whole, end: whole[:end], valid, st.integers(0, 50)),
        st.binary(max_size=60),
        # Groups within groups, a field as large as can be, a length that is a lie.
        st.sampled_from([b"\x0b" * 5000, b"\x0a\xff\xff\xff\xff\x07", bytes(100_000)]),
    )


KEYS = st.sampled_from(["a", "grpc-x", "x-bin", "user-agent", "x-caisson", "te"])
METADATA = st.dictionaries(KEYS, st.binary(max_size=50), max_size=3).map(
    lambda given: tuple(
        (key, value if key.endswith("-bin") else value.hex()) for key, value in given.items()
    )
)


def requests_to(methods: dict[str, Any]) -> st.SearchStrategy[list[Asked]]:
    """Requests for any of the methods, or for one that does not exist."""

    def to(path: str) -> st.SearchStrategy[Asked]:
        body = bodies_of(methods.get(path, health_pb2.HealthCheckRequest.DESCRIPTOR))
        bodies = st.one_of(body.map(lambda one: (one,)), st.lists(body, max_size=3).map(tuple))
        return st.builds(
            Asked, st.just(path), bodies, st.sampled_from([True, True, False]), METADATA
        )

    return st.lists(st.sampled_from([*methods, *UNKNOWN]).flatmap(to), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for all examples, since gRPC keeps to the loop that it first met."""
    with asyncio.Runner() as runner:
        yield runner


@asynccontextmanager
async def toolrunner() -> AsyncIterator[str]:
    settings = Settings(address="127.0.0.1:0", workers=1)
    async with running_server(settings, ScriptedLauncher()) as address:
        yield address


@asynccontextmanager
async def executor() -> AsyncIterator[str]:
    async with served(toolrunner_grace_s=3600) as client:  # there is none
        yield client.address


def running(
    loop: asyncio.Runner, start: Callable[[], AbstractAsyncContextManager[str]]
) -> Iterator[str]:
    """Run a server between the examples, too."""
    stack = AsyncExitStack()
    address = loop.run(entered(stack, start()))
    yield address
    loop.run(stack.aclose())


async def entered(stack: AsyncExitStack, server: AbstractAsyncContextManager[str]) -> str:
    return await stack.enter_async_context(server)


@pytest.fixture(scope="module")
def toolrunner_address(loop: asyncio.Runner) -> Iterator[str]:
    yield from running(loop, toolrunner)


@pytest.fixture(scope="module")
def executor_address(loop: asyncio.Runner) -> Iterator[str]:
    yield from running(loop, executor)


async def play(address: str, requests: list[Asked]) -> None:
    """Send the requests, each beside another client's, which is answered."""
    async with (
        grpc.aio.insecure_channel(address) as channel,
        grpc.aio.insecure_channel(address) as other,
    ):
        stub: Any = health_pb2_grpc.HealthStub(other)
        for asked in requests:
            playing = asyncio.ensure_future(ask(channel, asked))
            checked = await stub.Check(health_pb2.HealthCheckRequest(), timeout=WAIT_S)
            assert checked.status == health_pb2.HealthCheckResponse.SERVING
            await playing


async def ask(channel: grpc.aio.Channel, asked: Asked) -> None:
    """Send one request; check how it ends, or take it back if it does not end by itself."""
    call: Any = channel.stream_stream(asked.path)(metadata=asked.metadata)
    # A method that goes on without reading what is too much leaves a write waiting.
    sending = asyncio.ensure_future(send(call, asked))
    try:
        if not asked.bodies and not asked.half_closes:
            return
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(grpc.aio.AioRpcError):
                if await call.read() is not grpc.aio.EOF and "Watch" in asked.path:
                    return
            code, details = await call.code(), await call.details()
    finally:
        call.cancel()
        await sending
    if details == MET_THE_END:
        return
    assert code.name in CLEAR, (asked, code, details)
    assert code is grpc.StatusCode.OK or details
    assert "Traceback" not in (details or "")


async def send(call: Any, asked: Asked) -> None:
    """Send the messages until the RPC has ended."""
    # InternalError: what grpc.aio's done_writing raises where the RPC ends meanwhile.
    ended = (
        grpc.aio.AioRpcError,
        grpc.aio.InternalError,
        asyncio.InvalidStateError,
        asyncio.CancelledError,
    )
    with contextlib.suppress(*ended):
        for body in asked.bodies:
            await call.write(body)
        if asked.half_closes:
            await call.done_writing()


# More than there are slots, so that each is given back when its stream is.
WATCHES = [
    Asked(path, (b"",))
    for path in paths(TOOLRUNNER, HEALTH)
    if path.endswith(("Watch", "WatchLoad"))
    for _ in range(70)
]
OF_THE_TOOLRUNNER = paths(TOOLRUNNER, HEALTH)
OF_THE_EXECUTOR = paths(EXECUTOR, SESSIONS, HEALTH)


@tries(60, soak=3000, suppress_health_check=list(HealthCheck))
@given(requests_to(OF_THE_TOOLRUNNER))
@example([Asked(path, ()) for path in OF_THE_TOOLRUNNER])
@example([Asked(path, (b"", b"")) for path in OF_THE_TOOLRUNNER])
@example([Asked(path, (b"\xff",)) for path in OF_THE_TOOLRUNNER])
@example(WATCHES)
def test_random_requests_to_a_toolrunner(
    toolrunner_address: str, loop: asyncio.Runner, requests: list[Asked]
) -> None:
    loop.run(play(toolrunner_address, requests))


@tries(60, soak=3000, suppress_health_check=list(HealthCheck))
@given(requests_to(OF_THE_EXECUTOR))
@example([Asked(path, ()) for path in OF_THE_EXECUTOR])
@example([Asked(path, (b"", b"")) for path in OF_THE_EXECUTOR])
@example([Asked(path, (b"\xff",)) for path in OF_THE_EXECUTOR])
def test_random_requests_to_an_executor(
    executor_address: str, loop: asyncio.Runner, requests: list[Asked]
) -> None:
    loop.run(play(executor_address, requests))
