"""Asks a toolrunner for tool schemas, over one short stream without any capability."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import grpc

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.wire import CallResult, LoadFailed, Opening
from services.executor.bundle.ports import SchemaAnswer, Slicer
from services.executor.clients import Client
from services.executor.domain import FailureKind, Program, ToolFailure
from services.executor.errors import RunnerUnavailableError
from services.executor.limits import TOOLRUNNER_CONNECT_S, ToolCallLimits

logger = logging.getLogger(__name__)

AT_ONCE = 8
INPUT_SCHEMA = "inputSchema"
AWAY = "the sandbox could not be asked, since the toolrunner is away"
LIMITS = ToolCallLimits(timeout_s=5, fuel=10_000_000_000, output_bytes=1024 * 1024, console_bytes=0)
# A failure of these kinds says nothing about the bundle: it may be another one the next time.
PASSING = {
    FailureKind.RUNNER_LOST,
    FailureKind.RUNNER_FAULT,
    FailureKind.OVERLOADED,
    FailureKind.CANCELLED,
    FailureKind.DEADLINE_EXCEEDED,
}


class SandboxSchemas:
    """Asks the toolrunner at ``address``.

    Args:
        address: ``host:port`` or ``unix:/path``.
        connect_s: seconds to wait for a connection.
        timeout_s: seconds for all tools of one bundle, loading included.
        slicer: makes parts of programs that cannot be loaded whole; not closed with this.
    """

    def __init__(
        self,
        address: str,
        connect_s: float = TOOLRUNNER_CONNECT_S,
        timeout_s: float = 60.0,
        slicer: Slicer | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._runner = ToolRunnerClient(address, connect_s, slicer)

    def __repr__(self) -> str:
        """Show the address."""
        return f"SandboxSchemas({self._runner!r})"

    async def close(self) -> None:
        """Close the connection."""
        await self._runner.close()

    async def ask(
        self, program: Program, tools: Sequence[tuple[str, str]], client: Client
    ) -> tuple[SchemaAnswer, ...]:
        """Return an answer for each tool; see ``SchemaAsker.ask``."""
        opening = Opening("schemas", program, LIMITS, client.tenant)
        try:
            async with asyncio.timeout(self._timeout_s), self._runner.loaded(opening) as found:
                if isinstance(found.opened, LoadFailed):
                    lost = SchemaAnswer(failure=_failed("load the bundle", found.opened.failure))
                else:
                    return await _answers(found.link, tools)
        except (TimeoutError, RunnerUnavailableError):
            lost = SchemaAnswer(failure=AWAY, is_final=False)
        except grpc.aio.AioRpcError as error:
            logger.info("schemas of %s: %s %s", program.digest, error.code(), error.details())
            lost = _not_asked(error)
        return (lost,) * len(tools)


async def _answers(link: RunnerLink, tools: Sequence[tuple[str, str]]) -> tuple[SchemaAnswer, ...]:
    room = asyncio.Semaphore(AT_ONCE)

    async def answer(agent: str, tool: str) -> SchemaAnswer:
        async with room:
            try:
                return _answer(await link.evaluate(agent, tool, INPUT_SCHEMA))
            except RunnerUnavailableError:
                return SchemaAnswer(failure=AWAY, is_final=False)
            except grpc.aio.AioRpcError as error:
                return _not_asked(error)

    return tuple(await asyncio.gather(*(answer(*tool) for tool in tools)))


def _answer(result: CallResult) -> SchemaAnswer:
    if result.failure is None:
        return SchemaAnswer(text=result.output_json)
    reason = _failed("tell it", result.failure)
    return SchemaAnswer(failure=reason, is_final=result.failure.kind not in PASSING)


def _not_asked(error: grpc.aio.AioRpcError) -> SchemaAnswer:
    reason = f"the sandbox could not be asked ({error.code().name})"
    return SchemaAnswer(failure=reason, is_final=False)


def _failed(what: str, failure: ToolFailure) -> str:
    reason = f"{failure.kind.value}: {failure.message[:300]}"
    return f"the sandbox was asked and could not {what} ({reason})"
