"""A run's sandbox as another agent of the bundle uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.agent_parts import AgentPart, HookName
from services.executor.domain import ConsoleLine, JsonObject, ToolFailure, ToolResult
from services.executor.egress.broker import RunBroker


class SharedSession(Protocol):
    """A tool session whose calls may each go out by a broker of their own."""

    async def opened(self) -> Sequence[ConsoleLine]:
        """Wait for the load."""
        ...

    def out_of_use(self, agent: str, tools: Iterable[str]) -> Mapping[str, str]:
        """Return which tools cannot be called."""
        ...

    def granted(self, broker: RunBroker) -> ToolSession:
        """Return the session for another agent's calls."""
        ...

    async def call(
        self,
        invocation: ToolInvocation,
        on_console: OnConsole,
        on_begun: OnBegun,
        broker: RunBroker | None = None,
    ) -> ToolResult:
        """Run one call."""
        ...

    async def hook(
        self,
        agent: str,
        name: HookName,
        given_json: str,
        context: JsonObject,
        broker: RunBroker | None = None,
    ) -> str | ToolFailure:
        """Call a hook."""
        ...

    async def parts(
        self,
        agent: str,
        parts: Sequence[AgentPart],
        context: JsonObject,
        broker: RunBroker | None = None,
    ) -> str | ToolFailure:
        """Ask for parts."""
        ...


class GrantedSession:
    """The sandbox of a run for the calls of another agent, whose own grants hold."""

    def __init__(self, session: SharedSession, broker: RunBroker) -> None:
        self._session = session
        self._broker = broker
        self.opened = session.opened
        self.out_of_use = session.out_of_use
        self.granted = session.granted

    def __repr__(self) -> str:
        return f"GrantedSession({self._session!r}, {self._broker!r})"

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Run one call; see ``ToolSession.call``."""
        return await self._session.call(invocation, on_console, on_begun, self._broker)

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        """Call a hook of an agent; see ``ToolSession.hook``."""
        return await self._session.hook(agent, name, given_json, context, self._broker)

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        """Ask for parts of an agent; see ``ToolSession.parts``."""
        return await self._session.parts(agent, parts, context, self._broker)
