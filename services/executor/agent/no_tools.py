"""The session of an agent without tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.agent_parts import AgentPart, HookName
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker


class NoToolSession:
    """The session of an agent without tools: it needs no toolrunner."""

    def __repr__(self) -> str:
        return "NoToolSession()"

    async def opened(self) -> Sequence[ConsoleLine]:
        """Return at once."""
        return ()

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        """Return nothing."""
        return {}

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        """Return a failure: nobody can be asked."""
        return ToolFailure(FailureKind.TOOL_NOT_FOUND, "There is no sandbox to ask.")

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        """Return a failure: nobody can be asked."""
        return ToolFailure(FailureKind.TOOL_NOT_FOUND, "There is no sandbox to ask.")

    def granted(self, broker: RunBroker) -> ToolSession:
        """Return itself."""
        return self

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Return a failure: there is nothing to call."""
        failure = ToolFailure(FailureKind.TOOL_NOT_FOUND, "The agent has no tools.")
        return ToolResult(None, failure, ToolUsage(), begun=False)
