"""The tool calls of one step: check them, run them in parallel, say what came of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial

from services.executor.agent.budget import cut_text
from services.executor.agent.ports import Emit, OnConsole, ToolInvocation, ToolSession
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ValidCall
from services.executor.conversation import ToolCall, ToolMessage
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    Json,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.events import (
    ToolConsole,
    ToolInputAvailable,
    ToolInputError,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.events import ToolUsage as ToolUsageEvent


class NoToolSession:
    """The session of an agent without tools: it needs no toolrunner."""

    def __repr__(self) -> str:
        return "NoToolSession()"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Return at once."""
        return ()

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        """Return a failure: there is nothing to call."""
        failure = ToolFailure(FailureKind.TOOL_NOT_FOUND, "The agent has no tools.")
        return ToolResult(None, failure, ToolUsage())


class ToolStep:
    """Runs the calls of a step.

    Args:
        agent: key of the agent.
        tools: the tools that it has.
        session: where they run.
        context_json: the runtime context of every call, a JSON object.
        text_limit: bytes of one result that the model is shown.
        emit: takes the events.
    """

    def __init__(
        self,
        agent: str,
        tools: AgentTools,
        session: ToolSession,
        context_json: str,
        text_limit: int,
        emit: Emit,
    ) -> None:
        self._agent = agent
        self._tools = tools
        self._session = session
        self._context_json = context_json
        self._text_limit = text_limit
        self._emit = emit

    def __repr__(self) -> str:
        return f"ToolStep({self._agent!r}, {self._tools!r})"

    async def run(self, calls: Sequence[ToolCall]) -> list[ToolMessage]:
        """Return what the model is to read about each call, in the order of ``calls``."""
        checked = [self._tools.check(call) for call in calls]
        for item in checked:
            await self._announce(item)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._answer(item)) for item in checked]
        return [task.result() for task in tasks]

    async def _announce(self, item: ValidCall | InvalidCall) -> None:
        call = item.call
        if isinstance(item, ValidCall):
            await self._emit(ToolInputAvailable(call.id, call.tool, item.input))
        else:
            await self._emit(ToolInputError(call.id, call.tool, call.input_text, item.error_text))

    async def _answer(self, item: ValidCall | InvalidCall) -> ToolMessage:
        call = item.call
        if isinstance(item, InvalidCall):
            return ToolMessage(call.id, call.tool, f"Error (INVALID_INPUT): {item.error_text}")
        invocation = ToolInvocation(
            self._agent, call.tool, item.input_json, self._context_json, call.id
        )
        result = await self._session.call(invocation, partial(self._console, call.id))
        return await self._report(call, result)

    async def _report(self, call: ToolCall, result: ToolResult) -> ToolMessage:
        if result.failure is None:
            text = cut_text(_output_text(result.output), self._text_limit)
            await self._emit(ToolOutputAvailable(call.id, result.output))
        else:
            text = cut_text(_failure_text(result.failure), self._text_limit)
            await self._emit(ToolOutputError(call.id, text, result.failure))
        await self._emit(ToolUsageEvent(call.id, result.usage))
        return ToolMessage(call.id, call.tool, text)

    async def _console(self, call_id: str, line: ConsoleLine) -> None:
        await self._emit(ToolConsole(call_id, line))


def _output_text(output: Json) -> str:
    """Return a result as the model reads it: a text as it is, anything else as JSON."""
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _failure_text(failure: ToolFailure) -> str:
    named = failure.name and not failure.message.startswith(failure.name)
    message = f"{failure.name}: {failure.message}" if named else failure.message
    return f"Error ({failure.kind.value}): {message}"
