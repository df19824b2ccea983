"""The gRPC clients: one run of an agent, one call of a tool."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import grpc

from services.cli import tool_wire, wire
from services.cli.domain import MIB, RunRequest, ToolOutcome, ToolRequest
from services.cli.errors import CliError, UnreachableError
from services.cli.refusals import refused
from services.gen.caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.gen.caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub

MAX_EVENT_BYTES = 64 * MIB
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_EVENT_BYTES),
    ("grpc.max_send_message_length", -1),
)


@asynccontextmanager
async def open_channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel to ``host:port`` or ``unix:/path``; it is closed at once at the end."""
    channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
    try:
        yield channel
    finally:
        await channel.close(grace=None)


async def run_agent(
    address: str, request: RunRequest
) -> AsyncGenerator[wire.ExecuteAgentResponse, None]:
    """Yield the events of one run; leaving early cancels it.

    Raises:
        CliError: the executor refused the request, the run failed, or nobody answers.
    """
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)
        call = stub.ExecuteAgent(wire.run_request(request))
        try:
            async for response in call:
                yield response
        except grpc.aio.AioRpcError as error:
            raise refused(wire.refusal_of_error(error), address) from None
        finally:
            call.cancel()


async def call_tool(address: str, request: ToolRequest) -> ToolOutcome:
    """Return the outcome of one tool call in a fresh sandbox.

    Raises:
        CliError: the toolrunner refused the request, or nobody answers.
    """
    async with open_channel(address) as channel:
        stub = ToolRunnerServiceStub(channel)
        stream = stub.RunTools()
        try:
            return await _converse(stream, request)
        except grpc.aio.AioRpcError as error:
            raise refused(wire.refusal_of_error(error), address) from None
        finally:
            stream.cancel()


async def _converse(
    stream: grpc.aio.StreamStreamCall[tool_wire.RunToolsRequest, tool_wire.RunToolsResponse],
    request: ToolRequest,
) -> ToolOutcome:
    console = []
    await stream.write(tool_wire.open_request(request, f"tool-{uuid.uuid4().hex[:12]}"))
    async for response in stream:
        match response.WhichOneof("message"):
            case "bundle_missing":
                for chunk in tool_wire.chunk_requests(request.source):
                    await stream.write(chunk)
            case "opened":
                console += [tool_wire.console_of(line) for line in response.opened.console]
                await stream.write(tool_wire.call_request(request))
            case "load_failed":
                console += [tool_wire.console_of(line) for line in response.load_failed.console]
                failure = tool_wire.failure_of(response.load_failed.failure)
                cost = tool_wire.cost_of(response.load_failed.usage)
                return ToolOutcome("", failure, cost, tuple(console))
            case "console":
                console.append(tool_wire.console_of(response.console))
            case "result":
                return tool_wire.outcome_of(response.result, tuple(console))
    raise stream_ended()


def stream_ended() -> CliError:
    """Return the error for a stream that ended before its result."""
    return UnreachableError("The toolrunner ended the stream before it sent a result. Try again.")
