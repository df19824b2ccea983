"""Both services with one worker, a silent model and silent servers, for runs to be stopped."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from caisson.executor.v1 import run_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_event_pb2 import RunEvent
from services.executor.conversation import ModelRoute
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.cut_wire import Wire, wire_to
from tests.e2e.pair import COMPILED, asks, provider
from tests.e2e.phases import BUNDLE, DEAF_MODEL, MODEL, Phase
from tests.e2e.quiet_servers import DeafServer, SilentServer, deaf_server, silent_server
from tests.e2e.traces import Held, RunLog, assert_is_valid, run_log, until
from tests.executor.fake_provider import FakeProvider, answer
from tests.executor.served import Client, Outcome, finish

# A bound for what hangs; `make bench` measures how long it really takes.
HANG_S = 20.0
# The time of a run that is to be up once it is in its phase; a busy machine needs the longer ones.
BRIEFLY_S = (0.5, 2.0, 8.0)
QUEUE = pb.SESSION_POLICY_QUEUE
TERMINAL = {"abort", "error", "finish"}


@dataclass(eq=False)
class Going:
    """An active run, and the events that its client has read."""

    call: Any
    session_id: str
    phase: Phase
    events: list[RunEvent] = field(default_factory=list)

    @property
    def run_id(self) -> str:
        return self.events[0].run_id

    async def rest(self) -> Outcome:
        """Read to the end; return all of it, what was read before included."""
        async with asyncio.timeout(HANG_S):
            outcome = await finish(self.call)
        outcome.events[:0] = self.events
        return outcome


@dataclass
class Scene:
    """Both services, the provider, and the servers that do not answer.

    ``usual`` is what is held while no run goes on.
    """

    client: Client
    model: FakeProvider
    silent: SilentServer
    deaf: DeafServer
    toolrunner: ToolRunnerServer
    settings: Settings
    log: RunLog
    usual: Held | None = None
    sessions: Iterator[int] = field(default_factory=itertools.count)

    async def begin(self, phase: Phase, client: Client | None = None, **request: Any) -> Going:
        """Start a run in a new session, and read it until it is in its phase."""
        self.model.scripts[:] = list(phase.scripts)
        self.model.requests.clear()
        self.model.stalled.clear()
        self.model.gone.clear()
        self.silent.forget()
        session_id = request.setdefault("session_id", f"s{next(self.sessions)}")
        call = (client or self.client).start("go", bundle=BUNDLE, model=phase.model, **request)
        going = Going(call, session_id, phase)
        async with asyncio.timeout(HANG_S):
            async for event in call:
                going.events.append(event)
                if phase.begun(going.events):
                    break
            assert phase.begun(going.events), f"it ended before it was {phase.name}"
            if phase.stalls:
                await self.model.stalled.wait()
            if phase.fetches:
                await self.silent.reached.wait()
            if phase.connects:
                await until(lambda: self.deaf.clients() == 1)
        return going

    async def begin_briefly(
        self, phase: Phase, limited: Callable[[float], dict[str, Any]], **request: Any
    ) -> Going:
        """Start a run with a short time limit that still lets it reach its phase."""
        for seconds in BRIEFLY_S[:-1]:
            with suppress(grpc.aio.AioRpcError, TimeoutError):
                return await self.begin(phase, **limited(seconds), **request)
        return await self.begin(phase, **limited(BRIEFLY_S[-1]), **request)

    async def connections_are_closed(self, phase: Phase) -> None:
        """Wait until the model and the fetched host have lost their client."""
        if phase.stalls:
            await self.model.gone.wait()
        if phase.fetches:
            await self.silent.left.wait()
        if phase.connects:
            await until(lambda: self.deaf.clients() == 0)

    async def sandboxes_are_gone(self) -> None:
        """Wait until the toolrunner holds no call."""
        await until(lambda: self.toolrunner.pool.held == 0)

    async def is_over(self, going: Going) -> str:
        """Wait until a run has ended; return its log line."""
        await until(lambda: self.log.line(going.run_id) != "")
        return self.log.line(going.run_id)

    async def assert_all_is_gone(self, going: Going) -> str:
        """Nothing of a run is left, and its session continues; return its log line."""
        async with asyncio.timeout(HANG_S):
            await self.connections_are_closed(going.phase)
            await self.sandboxes_are_gone()
            line = await self.is_over(going)
        await self.assert_it_goes_on(going.session_id)
        return line

    async def assert_it_goes_on(self, session_id: str) -> None:
        """The next run of the session works, and its queries are valid for providers."""
        self.model.scripts[:] = [asks(("quick", "{}")), answer("done")]
        self.model.requests.clear()
        outcome = await self.client.run(
            "again", bundle=BUNDLE, model=MODEL, session_id=session_id, session_policy=QUEUE
        )
        assert outcome.code is grpc.StatusCode.OK, outcome.message
        assert outcome.text == "done"
        for request in self.model.requests:
            assert_is_valid(request["messages"])
        await self.assert_nothing_is_left()

    async def assert_nothing_is_left(self) -> None:
        """There are no more tasks, descriptors or processes than before the first stopped run."""
        usual = self.usual or self.held()
        try:
            async with asyncio.timeout(HANG_S):
                await until(lambda: self.held().within(usual))
        except TimeoutError:
            message = f"{self.held()}, usually {usual}"
            raise AssertionError(message) from None

    def held(self) -> Held:
        return Held.now(pooled=len(self.model.open))

    @asynccontextmanager
    async def far_client(self, *options: tuple[str, int]) -> AsyncIterator[tuple[Client, Wire]]:
        """A client on its own connection, which can be cut."""
        async with (
            wire_to(self.client.address) as wire,
            client_of(wire.address, *options) as client,
        ):
            yield client, wire


def by_deadline(seconds: float) -> dict[str, Any]:
    """A request whose client waits so long."""
    return {"timeout_s": seconds}


def by_run_limit(seconds: float) -> dict[str, Any]:
    """A request of a run that may take so long."""
    limits = pb.RunLimits()
    limits.timeout.FromMilliseconds(int(seconds * 1000))
    return {"limits": limits}


@asynccontextmanager
async def client_of(address: str, *options: tuple[str, int]) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield Client(ExecutorServiceStub(channel), channel, address)


@asynccontextmanager
async def scene(state_dir: Path, **settings: Any) -> AsyncIterator[Scene]:
    """Both services with one worker, so that a tool that keeps running would be noticed."""
    runner_settings = ToolRunnerSettings(
        address="127.0.0.1:0", workers=1, spare_workers=0, cache_dir=str(COMPILED)
    )
    async with AsyncExitStack() as stack:
        silent = await stack.enter_async_context(silent_server())
        deaf = stack.enter_context(deaf_server())
        model = await stack.enter_async_context(provider())
        log = stack.enter_context(run_log())
        toolrunner = ToolRunnerServer(runner_settings)
        await toolrunner.start()
        stack.push_async_callback(toolrunner.stop, drain_s=0.0)
        chosen = Settings(
            address="127.0.0.1:0",
            toolrunner=toolrunner.address,
            parsers=1,
            allow_fetch=(silent.url.removesuffix("/"),),
            model_aliases={DEAF_MODEL: ModelRoute(DEAF_MODEL, deaf.url)},
            state_dir=str(state_dir),
            cache_dir=str(state_dir),
            **settings,
        )
        executor = ExecutorServer(chosen)
        await executor.start()
        stack.push_async_callback(executor.stop, drain_s=0.0)
        client = await stack.enter_async_context(client_of(executor.address))
        made = Scene(client, model, silent, deaf, toolrunner, chosen, log)
        await made.assert_it_goes_on("first")  # the bundle is read and loaded, which takes a while
        made.usual = made.held()
        yield made
