"""The executor's gRPC client: one run of an agent."""

from __future__ import annotations

import importlib.resources
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import grpc

from caisson.executor import v1
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client import wire
from services.cli.client.refusals import refused
from services.cli.client.run_wire import run_request
from services.cli.domain import MIB, RunRequest

MAX_EVENT_BYTES = 64 * MIB
# Requests up to this can be sent again; gRPC's own default is 256 KiB, and bundles are larger.
RETRIED_BYTES = 64 * MIB
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_EVENT_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.per_rpc_retry_buffer_size", RETRIED_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # By default two pings are sent, and no more until there is data again.
    ("grpc.http2.max_pings_without_data", 0),
)


def service_config() -> str:
    """Return the service config of caisson-client as JSON: its retry policy."""
    return (importlib.resources.files(v1) / "service_config.json").read_text(encoding="utf-8")


@contextmanager
def refusals_told(address: str) -> Iterator[None]:
    """Turn the status of an RPC to ``address`` that was refused or failed into a CliError."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise refused(wire.refusal_of_error(error), address) from None


@asynccontextmanager
async def open_channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel to ``host:port`` or ``unix:/path``; it is closed at once on leaving.

    Raises:
        CliError: an RPC on it was refused or failed, or nobody answers.
    """
    options = (*CHANNEL_OPTIONS, ("grpc.service_config", service_config()))
    channel = grpc.aio.insecure_channel(address, options=options)
    try:
        with refusals_told(address):
            yield channel
    finally:
        await channel.close(grace=None)


async def run_agent(address: str, request: RunRequest) -> AsyncGenerator[wire.Event, None]:
    """Yield the events of one run; leaving early cancels it.

    Raises:
        CliError: the executor refused the request, the run failed, or nobody answers.
    """
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)
        call = stub.ExecuteAgent(run_request(request))
        try:
            async for response in call:
                if response.HasField("event"):
                    yield response.event
        finally:
            call.cancel()
