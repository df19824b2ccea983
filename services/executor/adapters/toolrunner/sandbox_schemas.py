"""Asks a toolrunner for the schemas of tools: one stream without any capability, then it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.schemas_wire import (
    answer_of,
    chunk_requests,
    failed,
    opening_request,
    question_request,
)
from services.executor.bundle.ports import SchemaAnswer
from services.executor.clients import Client
from services.executor.domain import Program
from services.executor.limits import TOOLRUNNER_CONNECT_S

logger = logging.getLogger(__name__)

AT_ONCE = 8
AWAY = "the sandbox could not be asked, since the toolrunner is away"


class SandboxSchemas:
    """Asks the toolrunner at ``address``.

    Args:
        address: ``host:port`` or ``unix:/path``.
        connect_s: seconds to wait for a connection.
        timeout_s: seconds for all questions about one bundle, its load included.
    """

    def __init__(
        self, address: str, connect_s: float = TOOLRUNNER_CONNECT_S, timeout_s: float = 60.0
    ) -> None:
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
        self, program: Program, tools: Sequence[tuple[str, str]], client: Client
    ) -> tuple[SchemaAnswer, ...]:
        """Return an answer for each tool; see ``SchemaAsker.ask``."""
        try:
            async with asyncio.timeout(self._connect_s):
                await self._channel.channel_ready()
            async with asyncio.timeout(self._timeout_s):
                return await self._converse(program, tools, client.tenant)
        except TimeoutError:
            return _all(tools, AWAY, is_final=False)
        except grpc.aio.AioRpcError as error:
            logger.info("schemas of %s: %s %s", program.digest, error.code(), error.details())
            reason = f"the sandbox could not be asked ({error.code().name})"
            return _all(tools, reason, is_final=False)

    async def _converse(
        self, program: Program, tools: Sequence[tuple[str, str]], tenant: str
    ) -> tuple[SchemaAnswer, ...]:
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        outbox.put_nowait(opening_request(program, tenant))
        stream = pb_grpc.ToolRunnerServiceStub(self._channel).RunTools(_drained(outbox))
        found: dict[str, SchemaAnswer] = {}
        waiting = (question_request(i, agent, tool) for i, (agent, tool) in enumerate(tools))
        try:
            async for response in stream:
                kind = response.WhichOneof("message")
                if kind == "bundle_missing":
                    for chunk in chunk_requests(program):
                        outbox.put_nowait(chunk)
                        await asyncio.sleep(0)  # each is copied, and all of them take long
                elif kind == "opened":
                    for _, question in zip(range(AT_ONCE), waiting, strict=False):
                        outbox.put_nowait(question)
                elif kind == "load_failed":
                    return _all(tools, failed("load the bundle", response.load_failed.failure))
                elif kind == "result":
                    found[response.result.call_id] = answer_of(response.result)
                    if len(found) == len(tools):
                        break
                    for question in waiting:
                        outbox.put_nowait(question)
                        break
        finally:
            stream.cancel()
        lost = SchemaAnswer(failure=AWAY, is_final=False)
        return tuple(found.get(str(index), lost) for index in range(len(tools)))


async def _drained(outbox: asyncio.Queue[Any]) -> AsyncIterator[Any]:
    while True:
        yield await outbox.get()


def _all(
    tools: Sequence[tuple[str, str]], reason: str, *, is_final: bool = True
) -> tuple[SchemaAnswer, ...]:
    return tuple(SchemaAnswer(failure=reason, is_final=is_final) for _ in tools)
