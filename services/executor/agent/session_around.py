"""A session that makes the calls of some tools by itself, and leaves the rest to another one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence

from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.agent_parts import AgentPart, HookName
from services.executor.domain import ConsoleLine, JsonObject, ToolFailure, ToolResult
from services.executor.egress.broker import RunBroker


class SessionAround(ABC):
    """The tools of an agent: ``own`` are called here, all others in ``inside``.

    See ``ToolSession``.
    """

    def __init__(self, inside: ToolSession, own: Collection[str]) -> None:
        self._inside = inside
        self._own = own

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inside!r}, {', '.join(self._own)})"

    @abstractmethod
    async def call_own(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Make a call of one of the session's own tools."""

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Make one call where its tool is."""
        makes = self.call_own if invocation.tool in self._own else self._inside.call
        return await makes(invocation, on_console, on_begun)

    async def opened(self) -> Sequence[ConsoleLine]:
        """Wait for the sandbox."""
        return await self._inside.opened()

    def out_of_use(self, agent: str, tools: Iterable[str]) -> Mapping[str, str]:
        """Return which of the other tools cannot be called."""
        return self._inside.out_of_use(agent, [tool for tool in tools if tool not in self._own])

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        """Call a hook in the sandbox."""
        return await self._inside.hook(agent, name, given_json, context)

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        """Ask the sandbox for parts of an agent."""
        return await self._inside.parts(agent, parts, context)

    def granted(self, broker: RunBroker) -> ToolSession:
        """Return the sandbox for another agent, whose tools are not these."""
        return self._inside.granted(broker)
