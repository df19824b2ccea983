"""The client of a toolrunner: one RunTools stream for each run or other caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.earlier_loads import EarlierLoads
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.adapters.toolrunner.host_broker import HostBroker
from services.executor.adapters.toolrunner.link import PING_S, RunnerLink
from services.executor.adapters.toolrunner.one_runner import OneRunner
from services.executor.adapters.toolrunner.places import Runners
from services.executor.adapters.toolrunner.recording import RunRecording
from services.executor.adapters.toolrunner.session import RunnerSession
from services.executor.adapters.toolrunner.sliced_load import Loaded, loaded, sliced_opening
from services.executor.adapters.toolrunner.streams import RunStreams
from services.executor.adapters.toolrunner.tapes import RecordBounds, Tape
from services.executor.adapters.toolrunner.wire import Opening
from services.executor.agent.ports import CallRecorder, ToolSession
from services.executor.bundle.ports import Slicer
from services.executor.domain import Program
from services.executor.egress.broker import RunBroker
from services.executor.limits import FRESH_LOAD_S, TOOLRUNNER_CONNECT_S, ToolCallLimits
from services.executor.runner_settings import parse_addresses


def runners_at(
    address: str, connect_s: float = TOOLRUNNER_CONNECT_S, tls: RunnerTls | None = None
) -> Runners:
    """Return the toolrunners at ``address``, see the setting; raises ValueError.

    Args:
        address: one address, several with commas between, or a name that is resolved.
        connect_s: how long to wait for a connection.
        tls: how they are reached over TLS; None for without.
    """
    where = parse_addresses(address)
    if where.only:
        return OneRunner(where.only, connect_s, tls)
    return RunnerFleet(where, connect_s, tls)


class ToolRunnerClient:
    """The toolrunners at ``address``; ``connect_s`` is how long to wait for a connection.

    ``tls`` says how they are reached over TLS; by default they are reached without.

    ``slicer`` makes the parts of programs to load where all of one cannot be loaded. ``bounds`` say
    how much of a run's calls is recorded, where they are. With ``runners``, these are used.
    ``ping_s`` is that of ``RunnerLink``.

    Entering a session connects it; its stream opens during the model's first query. If an open
    stream breaks, calls whose tools had started fail as RUNNER_LOST; the others, and later calls,
    use a new stream. Later calls do so too when a runner drains; its calls in flight continue. A
    new stream may be one to another toolrunner.
    """

    def __init__(
        self,
        address: str,
        connect_s: float = TOOLRUNNER_CONNECT_S,
        slicer: Slicer | None = None,
        bounds: RecordBounds | None = None,
        tls: RunnerTls | None = None,
        runners: Runners | None = None,
        ping_s: float = PING_S,
    ) -> None:
        self.slicer = slicer
        self._bounds = bounds or RecordBounds()
        self._ping_s = ping_s
        self.earlier = EarlierLoads()
        self._runners = runners or runners_at(address, connect_s, tls)
        self.answers = self._runners.answers
        self.capabilities = self._runners.capabilities
        self.connected = self._runners.connected
        self.close = self._runners.close

    def __repr__(self) -> str:
        return f"ToolRunnerClient({self._runners!r})"

    @asynccontextmanager
    async def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
        fresh: bool = False,
        recorder: CallRecorder | None = None,
    ) -> AsyncIterator[ToolSession]:
        """Connect and start to load ``program``; see ``ToolRunner.open``."""
        await self.connected()
        age = FRESH_LOAD_S if fresh else None
        whole = Opening(run_id, program, limits, tenant, broker.capabilities, broker.env, age)
        opening, part = await sliced_opening(whole, self.slicer)
        recording = None if recorder is None else RunRecording(recorder, self._bounds)

        def start(other: Opening) -> RunnerLink:
            return self.link(other, broker, None if recording is None else recording.tape())

        streams = RunStreams(start, opening, part, self.slicer, self.earlier)
        try:
            yield RunnerSession(streams, broker, recording)
        finally:
            await streams.close()

    @asynccontextmanager
    async def loaded(
        self,
        opening: Opening,
        broker: HostBroker | None = None,
        recording: RunRecording | None = None,
    ) -> AsyncIterator[Loaded]:
        """Yield one stream whose load has ended, closed on exit.

        ``broker`` makes the host calls of the load, which ``recording`` keeps. Raises what
        ``RunnerLink.opened`` raises.
        """

        def start(other: Opening) -> RunnerLink:
            return self.link(other, broker, None if recording is None else recording.tape())

        first, part = await sliced_opening(opening, self.slicer)
        link = start(first)
        try:
            found = await loaded(link, first, self.slicer, start, part)
            link = found.link
            yield found
        finally:
            await link.close()

    def link(
        self, opening: Opening, broker: HostBroker | None = None, tape: Tape | None = None
    ) -> RunnerLink:
        """Start a stream, to be closed; ``tape`` keeps the host calls of its load."""
        place = self._runners.place(opening)
        return RunnerLink(place, opening, self._ping_s, broker, tape)
