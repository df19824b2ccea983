"""The streams of one run to its toolrunner: one at a time, and another one if that breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import grpc

from services.executor.adapters.toolrunner.earlier_loads import EarlierLoads
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.runner_errors import load_error, unavailable
from services.executor.adapters.toolrunner.sliced_load import loaded
from services.executor.adapters.toolrunner.wire import LoadFailed, Opened, Opening
from services.executor.bundle.ports import Slicer
from services.executor.domain import ConsoleLine, ProgramSlice
from services.executor.errors import RunnerUnavailableError
from services.telemetry.current import current_span

CALLS_AT_ONCE = 32


class RunStreams:
    """What the sessions of all agents of a run share.

    Args:
        start: starts a stream, to be closed.
        opening: what the streams are opened with.
        part: the part of the program that ``opening`` names, if it does.
        slicer: makes parts; None for none.
        earlier: what is known of earlier loads.
    """

    def __init__(
        self,
        start: Callable[[Opening], RunnerLink],
        opening: Opening,
        part: ProgramSlice | None,
        slicer: Slicer | None,
        earlier: EarlierLoads,
    ) -> None:
        self.room = asyncio.Semaphore(CALLS_AT_ONCE)
        """How many calls go on at once."""
        self._start = start
        self._opening = opening
        self._part = part
        self._slicer = slicer
        self._earlier = earlier
        self._link = start(opening)
        self._console: tuple[ConsoleLine, ...] | None = None  # once it is loaded
        self._loading = asyncio.Lock()
        self._leaving: list[RunnerLink] = []
        self._reopening = asyncio.Lock()

    def __repr__(self) -> str:
        return f"RunStreams({self._link!r})"

    @property
    def is_part(self) -> bool:
        """Whether only a part of the bundle is loaded."""
        return self._part is not None

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load; see ``ToolSession.opened``."""
        if self._console is None:
            async with self._loading:
                if self._console is None:
                    with current_span().child("open_sandbox"):
                        self._console = await self._loaded()
        return self._console

    async def _loaded(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load, and keep the stream that it ended on."""
        try:
            found = await loaded(self._link, self._opening, self._slicer, self._start, self._part)
        except grpc.aio.AioRpcError as error:
            raise unavailable(error) from None
        self._link, self._opening, self._part = found.link, found.opening, found.part
        self._earlier.note(self._opening, found.opened)
        return _console_of(found.opened)

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        """Return which tools cannot be called; see ``ToolSession.out_of_use``."""
        incomplete = self._link.incomplete or self._earlier.of(self._opening)
        return {} if incomplete is None else incomplete.out_of_use(agent, tools)

    async def close(self) -> None:
        """End the streams and every call."""
        for link in (*self._leaving, self._link):
            await link.close()

    async def live(self) -> RunnerLink:
        """Return the stream, or a new one if it takes no more calls.

        Raises RunnerUnavailableError, LimitError and BundleLoadError.
        """
        async with self._reopening:
            if not self._link.usable:
                self._leaving = [link for link in self._leaving if not link.lost]
                if self._link.lost:
                    await self._link.close()
                else:
                    self._leaving.append(self._link)
                self._link = await self._another()
            return self._link

    async def _another(self) -> RunnerLink:
        """Open a stream; if the runner is full or stopping, retry once after the delay it asks for.

        Raises RunnerUnavailableError, LimitError and BundleLoadError.
        """
        link = self._start(self._opening)
        try:
            await _opened(link)
        except RunnerUnavailableError as error:
            await link.close()
            if error.retry_after_s is None:
                raise
            await asyncio.sleep(error.retry_after_s)
            link = self._start(self._opening)
            await _opened(link)
        return link


async def _opened(link: RunnerLink) -> tuple[ConsoleLine, ...]:
    """Wait for a load; raises RunnerUnavailableError, LimitError and BundleLoadError."""
    try:
        opened = await link.opened()
    except grpc.aio.AioRpcError as error:
        raise unavailable(error) from None
    return _console_of(opened)


def _console_of(opened: Opened | LoadFailed) -> tuple[ConsoleLine, ...]:
    if isinstance(opened, LoadFailed):
        raise load_error(opened.failure)
    return opened.console
