"""The one call of ``caisson tool``: its program, what it asks for, and its end."""

from __future__ import annotations

import asyncio

import grpc

from services.cli.client import tool_wire
from services.cli.domain import ToolLogged, ToolOutcome, ToolRequest
from services.cli.errors import UnreachableError
from services.executor.adapters.toolrunner.wire import HostCall, host_call_of, host_result_request
from services.executor.egress.broker import CallBroker

Stream = grpc.aio.StreamStreamCall[tool_wire.RunToolsRequest, tool_wire.RunToolsResponse]


class ToolStream:
    """Makes one call.

    Args:
        stream: a RunTools stream that was just begun.
        request: the call.
        broker: answers what it asks of the outside world.
    """

    def __init__(self, stream: Stream, request: ToolRequest, broker: CallBroker) -> None:
        self._stream = stream
        self._request = request
        self._broker = broker
        self._console: list[ToolLogged] = []
        self._writing = asyncio.Lock()
        self._answers: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        """Show how far it is."""
        return f"ToolStream({self._request.tool}, answers={len(self._answers)})"

    async def run(self, run_id: str) -> ToolOutcome:
        """Return the outcome of the call.

        Raises:
            grpc.aio.AioRpcError: the toolrunner ended the stream with a status.
            UnreachableError: it ended the stream without a result.
        """
        try:
            await self._write(tool_wire.open_request(self._request, run_id))
            async for response in self._stream:
                outcome = await self._take(response)
                if outcome is not None:
                    return outcome
        finally:
            for answer in self._answers:
                answer.cancel()
            if self._answers:
                await asyncio.wait(self._answers)
            await self._broker.close()
        raise UnreachableError(
            "The toolrunner ended the stream before it sent a result. Try again."
        )

    async def _take(self, response: tool_wire.RunToolsResponse) -> ToolOutcome | None:
        match response.WhichOneof("message"):
            case "bundle_missing":
                for chunk in tool_wire.chunk_requests(self._request.source):
                    await self._write(chunk)
            case "opened":
                self._console += [tool_wire.console_of(line) for line in response.opened.console]
                await self._write(tool_wire.call_request(self._request))
            case "load_failed":
                return tool_wire.load_outcome_of(response.load_failed, self._console)
            case "console":
                self._console.append(tool_wire.console_of(response.console))
            case "host_call":
                answer = asyncio.create_task(self._answer(host_call_of(response.host_call)))
                self._answers.add(answer)
                answer.add_done_callback(self._answers.discard)
            case "result":
                return tool_wire.outcome_of(response.result, tuple(self._console))
        return None

    async def _answer(self, asked: HostCall) -> None:
        answer = await self._broker.answer(asked.host_call_id, asked.capability, asked.input_json)
        await self._write(host_result_request(asked, answer))

    async def _write(self, request: tool_wire.RunToolsRequest) -> None:
        async with self._writing:
            await self._stream.write(request)
