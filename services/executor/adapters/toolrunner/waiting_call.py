"""A call on a stream that waits for its result, and its listeners."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from services.executor.adapters.toolrunner.host_broker import CallAnswers
from services.executor.adapters.toolrunner.tapes import Tape
from services.executor.adapters.toolrunner.wire import CallResult
from services.executor.agent.ports import OnBegun, OnConsole
from services.executor.domain import ConsoleLine


@dataclass(eq=False, slots=True)
class WaitingCall:
    """A call that was sent: its result and its listeners; a question makes no host calls.

    ``lines`` are console lines not passed on yet, and ``telling`` passes them on: listeners may be
    slow, and the stream's reader does not wait for them. ``tape`` keeps what the call does, if that
    is recorded.
    """

    outcome: asyncio.Future[CallResult]
    on_console: OnConsole
    on_begun: OnBegun
    host_calls: CallAnswers | None = None
    begun: bool = False
    lines: deque[ConsoleLine] = field(default_factory=deque)
    telling: asyncio.Task[None] | None = None
    tape: Tape | None = None

    def begin(self) -> None:
        """Record that the tool has started."""
        if not self.begun:
            self.begun = True
            self.on_begun()

    def tell(self, line: ConsoleLine) -> None:
        """Pass a line on, after those before it."""
        if self.tape is not None:
            self.tape.wrote(line)
        self.lines.append(line)
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self.lines:
            await self.on_console(self.lines.popleft())


def fail(waits: asyncio.Future[Any], error: Exception) -> None:
    """Let what waits fail, if it still does."""
    if not waits.done():
        waits.set_exception(error)
        waits.exception()  # the waiter may be gone: do not report it as never retrieved
