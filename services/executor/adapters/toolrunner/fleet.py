"""Several toolrunners: where they are, what they say of their load, and which takes a stream."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from dataclasses import replace
from typing import Any, Final, TypeAlias

import grpc

from services.executor.adapters.toolrunner.balancing import Balancer
from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.one_runner import OneRunner
from services.executor.adapters.toolrunner.places import NOT_TAKEN
from services.executor.adapters.toolrunner.runner_errors import is_full
from services.executor.adapters.toolrunner.runner_wire import (
    RunnerCapabilities,
    load_request,
    load_told,
)
from services.executor.adapters.toolrunner.wire import Opening
from services.executor.agent.task_ends import end_tasks
from services.executor.errors import RunnerUnavailableError
from services.executor.runner_settings import MOST, RunnerAddresses

logger = logging.getLogger(__name__)

BEAT_S: Final = 2.0
AWAY_BEAT_S: Final = 0.5
LISTEN_S: Final = 300.0
"""How long one stream of a toolrunner's load lasts: the next one uses new certificates."""
RESOLVE_S: Final = 5.0
RESOLVE_GAP_S: Final = 1.0
LOOK_UP_S: Final = 10.0

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host from the system, ``HOST:PORT`` each; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    hosts = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [f"[{each}]:{port}" if ":" in each else f"{each}:{port}" for each in hosts]


class RunnerFleet:
    """The toolrunners at ``where``, watched from the first use until ``close``.

    Args:
        where: their addresses, and names that are resolved again and again.
        connect_s: how long a stream waits for any of them.
        tls: how they are reached over TLS; None for without.
        resolve: resolves names.
    """

    def __init__(
        self,
        where: RunnerAddresses,
        connect_s: float,
        tls: RunnerTls | None = None,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._where = where
        self._connect_s = connect_s
        self._tls = tls
        self._resolve = resolve
        self._known: dict[str, Sequence[str]] = {}
        self._looking: dict[str, asyncio.Task[Sequence[str]]] = {}
        self._lost_one = asyncio.Event()
        self.balancer = Balancer()
        self._runners: dict[str, OneRunner] = {}
        self._leaving: list[OneRunner] = []
        self._watching: dict[str, list[asyncio.Task[None]]] = {}
        self._resolving: asyncio.Task[None] | None = None
        self._doubts: dict[str, asyncio.Event] = {}
        self._news = asyncio.Event()
        self._closed = False
        self._chance = random.SystemRandom()

    def __repr__(self) -> str:
        return f"RunnerFleet({', '.join(self._where.all)}, {self.balancer!r})"

    def place(self, opening: Opening) -> FleetPlace:
        """Return where a stream is opened; its program decides, and the load."""
        return FleetPlace(self, opening.program.digest)

    async def answers(self) -> bool:
        """Return whether one of them answers, takes runs by its health, and serves us."""
        self._begin()
        return self.balancer.serving

    async def capabilities(self) -> RunnerCapabilities:
        """Return the description of one; raises RunnerUnavailableError, AioRpcError."""
        return await (await self.chosen("", ())).capabilities()

    async def connected(self) -> None:
        """Wait until one takes streams; raises RunnerUnavailableError."""
        await self.chosen("", ())

    async def chosen(self, digest: str, without: Sequence[str]) -> OneRunner:
        """Return who takes the next stream of a program, not one of ``without`` if possible.

        Raises:
            RunnerUnavailableError: none has taken streams for ``connect_s``.
        """
        self._begin()
        now = asyncio.get_running_loop().time()
        if found := self.balancer.choose(digest, now, without):
            return self._runners[found]
        try:
            async with asyncio.timeout(self._connect_s):
                while not (found := self.balancer.choose(digest, now, without)):
                    await self._news.wait()
        except TimeoutError:
            raise RunnerUnavailableError(await self._why_not()) from None
        return self._runners[found]

    def doubt(self, address: str) -> None:
        """Ask a toolrunner at once whether it is there, and choose others until it answers."""
        self.balancer.doubt(address)
        if address in self._doubts:
            self._doubts[address].set()

    async def close(self) -> None:
        """Close all connections; idempotent."""
        self._closed = True
        tasks = [task for each in self._watching.values() for task in each]
        tasks += [] if self._resolving is None else [self._resolving]
        for looking in self._looking.values():
            looking.cancel()
        await end_tasks(*tasks)
        for runner in (*self._runners.values(), *self._leaving):
            await runner.close()

    # Where they are.

    def _begin(self) -> None:
        if self._resolving is None and not self._closed:
            self._adopt(self._where.fixed)
            self._resolving = self._spawn(self._keep_resolving())

    async def _keep_resolving(self) -> None:
        """Resolve the names again and again, and at once when a toolrunner is lost."""
        while self._where.names:
            found = list(self._where.fixed)
            for name in self._where.names:
                found += await self._resolved(name)
            self._adopt(found)
            await asyncio.sleep(RESOLVE_GAP_S)
            try:
                async with asyncio.timeout(RESOLVE_S - RESOLVE_GAP_S):
                    await self._lost_one.wait()
            except TimeoutError:
                continue
            finally:
                self._lost_one.clear()

    async def _resolved(self, name: str) -> Sequence[str]:
        """Return the addresses of a name, or the latest known ones while it does not resolve."""
        host, _, port = name.rpartition(":")
        looking = self._looking.get(name)
        if looking is None or looking.done():  # a lookup that hangs cannot be ended
            looking = asyncio.ensure_future(self._resolve(host.strip("[]"), int(port)))
            self._looking[name] = looking
        done, _ = await asyncio.wait({looking}, timeout=LOOK_UP_S)
        error = looking.exception() if done else TimeoutError("no answer of the name service")
        if error is not None:
            logger.warning("the toolrunners of %s cannot be looked up: %s", name, error)
        elif found := looking.result()[:MOST]:
            if set(found) != set(self._known.get(name, ())):
                logger.info("%s resolves to %s", name, ", ".join(found))
            self._known[name] = found
        return self._known.get(name, ())

    def _adopt(self, addresses: Sequence[str]) -> None:
        """Watch these toolrunners, and let go of all others."""
        wanted = dict.fromkeys(addresses)
        self.balancer.keep(wanted)
        for address in [each for each in self._runners if each not in wanted]:
            logger.info("the toolrunner at %s is not named any more", address)
            for task in self._watching.pop(address):
                task.cancel()
            del self._doubts[address]
            runner = self._runners.pop(address)
            runner.channels.retire()
            self._leaving = [each for each in self._leaving if not each.channels.is_over]
            self._leaving.append(runner)
        for address in wanted:
            if address not in self._runners:
                self._doubts[address] = asyncio.Event()
                self._runners[address] = OneRunner(address, self._connect_s, self._tls_of(address))
                watching = (self._beat(address), self._hear(address))
                self._watching[address] = [self._spawn(each) for each in watching]

    def _tls_of(self, address: str) -> RunnerTls | None:
        """Return how one is reached over TLS; its certificate has the name that was resolved."""
        if self._tls is None or self._tls.name or address in self._where.fixed:
            return self._tls
        names = [name for name, found in self._known.items() if address in found]
        return replace(self._tls, name=names[0].rpartition(":")[0].strip("[]"))

    # What they say.

    async def _beat(self, address: str) -> None:
        """Ask again and again whether one serves, and at once when that is in doubt."""
        runner, loop, doubted = self._runners[address], asyncio.get_running_loop(), False
        there: bool | None = None
        while True:
            serves = await runner.health()
            if serves is None:
                self.balancer.away(address, loop.time())
                self._lost_one.set()
            else:
                self.balancer.answered(address, serves=serves)
            self._tell()
            if (serves is not None) is not there:
                there = serves is not None
                logger.log(
                    logging.INFO if there else logging.WARNING,
                    "the toolrunner at %s %s",
                    address,
                    "answers" if there else "does not answer",
                )
            doubt = self._doubts[address]
            try:
                pause_s = AWAY_BEAT_S if doubted or serves is None else BEAT_S
                async with asyncio.timeout(pause_s * self._chance.uniform(0.8, 1.2)):
                    await doubt.wait()
            except TimeoutError:
                doubted = False
            else:
                doubted = True
                doubt.clear()

    async def _hear(self, address: str) -> None:
        """Listen to what one says of its load; one of an older release says nothing."""
        runner = self._runners[address]
        while True:
            try:
                async with runner.channels.held() as channel:
                    async for told in channel.load(load_request(), timeout=LISTEN_S):
                        self.balancer.told(address, load_told(told))
                        self._tell()
                self.balancer.silent(address)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                    return
                if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                    self.balancer.silent(address)
                if error.code() in NOT_TAKEN:
                    self.doubt(address)
            await asyncio.sleep(AWAY_BEAT_S)

    def _tell(self) -> None:
        """Wake the streams that wait for a toolrunner, if there is one."""
        if self.balancer.serving:
            self._news.set()
            self._news = asyncio.Event()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that belongs to no run, whoever has come first."""
        return asyncio.get_running_loop().create_task(work, context=Context())

    async def _why_not(self) -> str:
        named = ", ".join(self._where.all)
        if not self._runners:
            return f"No toolrunner is known: {named} does not resolve. Check the name, or wait."
        first = await next(iter(self._runners.values())).why_not()
        return f"None of the toolrunners at {named} takes runs now; try again. {first}"


class FleetPlace:
    """Where one stream is opened, and opened again elsewhere."""

    def __init__(self, fleet: RunnerFleet, digest: str) -> None:
        self._fleet = fleet
        self._digest = digest
        self._tried: list[str] = []
        self._runner: OneRunner | None = None

    def __repr__(self) -> str:
        return f"FleetPlace({self._runner!r}, tried={self._tried})"

    async def connect(self) -> None:
        """Choose who takes the stream; see ``RunnerFleet.chosen``."""
        self._runner = await self._fleet.chosen(self._digest, self._tried)

    def start(self) -> Any:
        """Start the RunTools RPC there."""
        assert self._runner is not None
        address, balancer = self._runner.address, self._fleet.balancer
        call = self._runner.start()
        balancer.began(address)
        call.add_done_callback(lambda _: balancer.ended(address))
        return call

    def served(self) -> None:
        """Note that it works."""
        if self._runner is not None:
            self._fleet.balancer.succeeded(self._runner.address)

    def drains(self) -> None:
        """Open no more streams there."""
        if self._runner is not None:
            self._fleet.balancer.drains(self._runner.address)

    def broke(self, error: grpc.aio.AioRpcError | RunnerUnavailableError) -> bool:
        """Note who broke the stream; return whether another toolrunner may take it."""
        assert self._runner is not None
        address, balancer = self._runner.address, self._fleet.balancer
        now = asyncio.get_running_loop().time()
        self._tried.append(address)
        if isinstance(error, RunnerUnavailableError):  # it was silent
            again = balancer.others(now, self._tried)
        elif is_full(error):
            balancer.full(address, now)
            return balancer.others(now, self._tried)
        elif error.code() in NOT_TAKEN:
            again = True
        else:
            return False
        balancer.failed(address, now)
        self._fleet.doubt(address)
        return again
