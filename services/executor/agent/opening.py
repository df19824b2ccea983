"""The load of a run's bundle, as its client sees it."""

from __future__ import annotations

from services.executor.agent.ports import Emit, ToolSession
from services.executor.events import ToolConsole


async def report_opening(session: ToolSession, emit: Emit) -> None:
    """Wait for the bundle to load, and report its console output."""
    for line in await session.opened():
        await emit(ToolConsole("", line))
