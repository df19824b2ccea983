"""The gRPC clients: one run of an agent, one call of a tool."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import grpc

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.cli.client import wire
from services.cli.client.refusals import refused
from services.cli.client.run_wire import run_request
from services.cli.client.tool_stream import ToolStream
from services.cli.domain import MIB, RunRequest, ToolOutcome, ToolRequest
from services.executor.egress.broker import CallBroker

MAX_EVENT_BYTES = 64 * MIB
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_EVENT_BYTES),
    ("grpc.max_send_message_length", -1),
)


@asynccontextmanager
async def open_channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel to ``host:port`` or ``unix:/path``; it is closed at once at the end.

    Raises:
        CliError: an RPC on it was refused or failed, or nobody answers.
    """
    channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
    try:
        yield channel
    except grpc.aio.AioRpcError as error:
        raise refused(wire.refusal_of_error(error), address) from None
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


async def call_tool(address: str, request: ToolRequest, broker: CallBroker) -> ToolOutcome:
    """Return the outcome of one tool call in a fresh sandbox.

    Raises:
        CliError: the toolrunner refused the request, or nobody answers.
    """
    async with open_channel(address) as channel:
        stub = ToolRunnerServiceStub(channel)
        stream = stub.RunTools()
        try:
            return await ToolStream(stream, request, broker).run(f"tool-{uuid.uuid4().hex[:12]}")
        finally:
            stream.cancel()
