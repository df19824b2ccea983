"""Asks a toolrunner for the schemas of tools: one stream without any capability, then it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TypeAlias

import grpc
from google.protobuf.duration_pb2 import Duration

from services.executor.bundle.ports import SchemaAnswer
from services.executor.domain import Program
from services.gen.caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.gen.caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc

logger = logging.getLogger(__name__)

_Outbox: TypeAlias = "asyncio.Queue[pb.RunToolsRequest]"

AT_ONCE = 8
CHUNK_BYTES = 1024 * 1024
ANSWER_BYTES = 1024 * 1024
TIMEOUT_S = 5
FUEL = 10_000_000_000
# A failure of these kinds says nothing about the bundle: it may be another one the next time.
PASSING = frozenset({"RUNNER_LOST", "CANCELLED", "DEADLINE_EXCEEDED"})
AWAY = "the sandbox could not be asked, since the toolrunner is away"


class SandboxSchemas:
    """Asks the toolrunner at ``address``.

    Args:
        address: ``host:port`` or ``unix:/path``.
        connect_s: seconds to wait for a connection.
        timeout_s: seconds for all questions about one bundle, its load included.
    """

    def __init__(self, address: str, connect_s: float = 3.0, timeout_s: float = 60.0) -> None:
        self._connect_s = connect_s
        self._timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(address)
        self._address = address

    def __repr__(self) -> str:
        """Show where it asks."""
        return f"SandboxSchemas({self._address})"

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def ask(
        self, program: Program, tools: Sequence[tuple[str, str]]
    ) -> tuple[SchemaAnswer, ...]:
        """Return an answer for each tool; see ``SchemaAsker.ask``."""
        try:
            async with asyncio.timeout(self._connect_s):
                await self._channel.channel_ready()
            async with asyncio.timeout(self._timeout_s):
                return await self._converse(program, tools)
        except TimeoutError:
            return _all(tools, AWAY, is_final=False)
        except grpc.aio.AioRpcError as error:
            logger.info("schemas of %s: %s %s", program.digest, error.code(), error.details())
            reason = f"the sandbox could not be asked ({error.code().name})"
            return _all(tools, reason, is_final=False)

    async def _converse(
        self, program: Program, tools: Sequence[tuple[str, str]]
    ) -> tuple[SchemaAnswer, ...]:
        outbox: _Outbox = asyncio.Queue()
        outbox.put_nowait(_opening(program))
        stream = pb_grpc.ToolRunnerServiceStub(self._channel).RunTools(_drained(outbox))
        found: dict[str, SchemaAnswer] = {}
        waiting = iter(enumerate(tools))
        try:
            async for response in stream:
                kind = response.WhichOneof("message")
                if kind == "bundle_missing":
                    _send(outbox, program)
                elif kind == "opened":
                    for _ in range(AT_ONCE):
                        _ask_next(outbox, waiting)
                elif kind == "load_failed":
                    return _all(tools, _failed("load the bundle", response.load_failed.failure))
                elif kind == "result":
                    found[response.result.call_id] = _answer(response.result)
                    _ask_next(outbox, waiting)
                    if len(found) == len(tools):
                        break
        finally:
            stream.cancel()
        lost = SchemaAnswer(failure=AWAY, is_final=False)
        return tuple(found.get(str(index), lost) for index in range(len(tools)))


async def _drained(outbox: _Outbox) -> AsyncIterator[pb.RunToolsRequest]:
    while True:
        yield await outbox.get()


def _opening(program: Program) -> pb.RunToolsRequest:
    form = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
    limits = pb.Limits(
        timeout=Duration(seconds=TIMEOUT_S), fuel=FUEL, output_bytes=ANSWER_BYTES, console_bytes=0
    )
    opening = pb.Open(run_id="schemas", program_digest=program.digest, format=form, limits=limits)
    return pb.RunToolsRequest(open=opening)


def _send(outbox: _Outbox, program: Program) -> None:
    source = program.source
    starts = range(0, max(1, len(source)), CHUNK_BYTES)
    for start in starts:
        piece = source[start : start + CHUNK_BYTES]
        chunk = pb.BundleChunk(data=piece, last=start == starts[-1])
        outbox.put_nowait(pb.RunToolsRequest(bundle_chunk=chunk))


def _ask_next(outbox: _Outbox, waiting: Iterator[tuple[int, tuple[str, str]]]) -> None:
    for index, (agent, tool) in waiting:
        asked = pb.DescribeTool(call_id=str(index), agent=agent, tool=tool)
        outbox.put_nowait(pb.RunToolsRequest(describe_tool=asked))
        return


def _answer(result: pb.Result) -> SchemaAnswer:
    if not result.HasField("failure"):
        return SchemaAnswer(text=result.output_json)
    reason = _failed("tell it", result.failure)
    kind = pb.FailureKind.Name(result.failure.kind).removeprefix("FAILURE_KIND_")
    return SchemaAnswer(failure=reason, is_final=kind not in PASSING)


def _failed(what: str, failure: pb.ToolFailure) -> str:
    kind = pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
    return f"the sandbox was asked and could not {what} ({kind}: {failure.message[:300]})"


def _all(
    tools: Sequence[tuple[str, str]], reason: str, *, is_final: bool = True
) -> tuple[SchemaAnswer, ...]:
    return tuple(SchemaAnswer(failure=reason, is_final=is_final) for _ in tools)
