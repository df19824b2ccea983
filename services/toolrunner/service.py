"""RunTools over grpc.aio: one reader and one writer for each stream."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_status import rpc_status

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.front.cut import CUT_ERRORS
from services.front.peers import peer_of
from services.front.shares import PeerShares
from services.front.side_streams import STALL_S, counted
from services.telemetry.logs.context import SUBJECT
from services.telemetry.logs.json_lines import FIELDS
from services.toolrunner.checks import Bounds
from services.toolrunner.domain import Load
from services.toolrunner.errors import ToolRunnerError
from services.toolrunner.messages import HalfClose, Reply, Unreceived
from services.toolrunner.outbox import Outbox, OutboxBudget
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.program_loader import ProgramLoader
from services.toolrunner.programs import ProgramStore
from services.toolrunner.reassembly_wire import PartsBudget, whole_requests
from services.toolrunner.session import Session
from services.toolrunner.stream import Stream
from services.toolrunner.tenants import TenantShares, tenant_of
from services.toolrunner.wire import (
    capabilities_response,
    from_request,
    load_response,
    to_response,
    to_status,
)

log = logging.getLogger(__name__)

OUTBOX_HIGH_BYTES = 4 * 1024 * 1024
LOAD_WATCHERS = 64
LOAD_EVERY_S = 1.0

Context = grpc.aio.ServicerContext[pb.RunToolsRequest, pb.RunToolsResponse]
LoadContext = grpc.aio.ServicerContext[pb.WatchLoadRequest, pb.WatchLoadResponse]


@dataclass(frozen=True)
class StreamBounds:
    """Limits of all streams together: ``streams`` slots, ``unread_bytes`` of unread replies.

    A stream has ``open_s`` seconds to send its program. It is ended after ``idle_s`` without a
    call, or when the peer leaves a reply unread for ``stall_s``. After ``ping_s`` without a reply
    it sends a ping, since proxies close streams that look dead. At most ``private_images`` streams
    have a program loaded for them alone.
    """

    streams: int = 256
    open_s: float = 60.0
    idle_s: float = 900.0
    stall_s: float = 60.0
    unread_bytes: int = 256 * 1024 * 1024
    ping_s: float = 30.0
    private_images: int = 256


class ToolRunnerService(pb_grpc.ToolRunnerServiceServicer):
    """Runs tools on streams shared fairly by tenants, and reports its capabilities and load."""

    def __init__(
        self,
        pool: WorkerPool,
        store: ProgramStore,
        bounds: Bounds,
        streams: StreamBounds,
        parts: PartsBudget,
    ) -> None:
        self._pool = pool
        self._store = store
        self._bounds = bounds
        self._streams = streams
        self._parts = parts
        self._places = TenantShares(streams.streams)
        self._private = TenantShares(streams.private_images)
        self._unread = OutboxBudget(streams.unread_bytes)
        self._open: set[Stream] = set()
        self._watchers = PeerShares(LOAD_WATCHERS)
        self._drains = asyncio.Event()

    def __repr__(self) -> str:
        return f"<ToolRunnerService streams={self._places!r} unread={self._unread!r}>"

    def drain(self, seconds: float) -> None:
        """Start no more calls, and tell all streams how long those in flight may still run."""
        self._drains.set()
        for stream in tuple(self._open):
            stream.drain(time.time() + seconds)

    @property
    def open_streams(self) -> Collection[Stream]:
        """The streams that are open."""
        return self._open

    @property
    def load(self) -> Load:
        """The runner's current load."""
        waiting = self._pool.waiting
        return Load(
            streams=self._places.held,
            calls_running=self._pool.held - waiting,
            calls_waiting=waiting,
            workers=self._pool.workers,
            draining=self._drains.is_set(),
        )

    async def GetCapabilities(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetCapabilitiesRequest, context: object
    ) -> pb.GetCapabilitiesResponse:
        """Return this runner's version, features and limits."""
        return capabilities_response(self._bounds)

    async def WatchLoad(  # noqa: N802 - the name is the protocol's
        self, request: pb.WatchLoadRequest, context: LoadContext
    ) -> None:
        """Send the runner's load, and again on each change, until it shuts down."""
        await counted(self._watch_load(context), self._watchers, context, "load watchers")

    async def _watch_load(self, context: LoadContext) -> None:
        told: Load | None = None
        while told is None or not told.draining:
            if self.load != told:
                told = self.load
                async with asyncio.timeout(STALL_S):
                    await context.write(load_response(told))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOAD_EVERY_S):
                    await self._drains.wait()

    async def RunTools(  # noqa: N802 - the name is the protocol's
        self, request_iterator: AsyncIterator[pb.RunToolsRequest], context: Context
    ) -> None:
        """Serve one stream until both sides are done, it fails, or the peer goes away."""
        peer = context.peer()
        outbox = Outbox(self._unread, tenant_of(peer, ""), OUTBOX_HIGH_BYTES, self._streams.stall_s)
        session = Session(self._bounds)
        loader = ProgramLoader(self._pool, self._private)
        stream = Stream(session, self._pool, loader, self._store, outbox, self._places, peer)
        SUBJECT.set(stream)
        end = "failed"
        requests = whole_requests(request_iterator, peer_of(peer).host, self._parts)
        reader = asyncio.create_task(read(requests, stream, outbox))
        loop = asyncio.get_running_loop()
        hurry = loop.call_later(self._streams.open_s, stream.hurry, self._streams.open_s)
        idle = asyncio.create_task(end_when_idle(stream, self._streams.idle_s))
        beat = asyncio.create_task(ping_when_quiet(stream, outbox, self._streams.ping_s))
        self._open.add(stream)
        try:
            stream.enter()
            await outbox.pump(writer(context))
            end = "ok"
        except ToolRunnerError as error:
            end = error.reason
            reader.cancel()
            stream.abandon()
            await self._end(context, error)
        except asyncio.CancelledError:
            end = "ok" if stream.is_done else "cancelled"  # peers cancel finished streams
            raise
        finally:
            hurry.cancel()
            idle.cancel()
            beat.cancel()
            self._open.discard(stream)
            reader.cancel()
            stream.abandon()
            stream.leave()
            seconds = time.monotonic() - stream.began_s
            told = (stream.run_id, stream.calls_started, end, seconds)
            fields = {"calls": stream.calls_started, "end": end, "duration_s": round(seconds, 3)}
            log.info("stream run=%r calls=%d end=%s seconds=%.3f", *told, extra={FIELDS: fields})

    async def _end(self, context: Context, error: ToolRunnerError) -> None:
        """End the RPC with the status of an error, if the peer still reads.

        gRPC can neither send a status past unread data nor let a server reset a stream: it keeps
        both until the peer reads on or disconnects. Everything else is released here.
        """
        try:
            async with asyncio.timeout(self._streams.stall_s):
                await context.abort_with_status(rpc_status.to_status(to_status(error)))
        except TimeoutError:
            log.warning("a peer does not read how its stream ended (%s)", error.reason)
        except CUT_ERRORS:
            return  # the peer disconnected, or an unread reply is in the way


async def end_when_idle(stream: Stream, idle_s: float) -> None:
    """End a stream that stays idle for too long."""
    left = idle_s
    while True:
        await asyncio.sleep(left)
        left = stream.end_if_idle(idle_s)


async def ping_when_quiet(stream: Stream, outbox: Outbox, ping_s: float) -> None:
    """Send a ping after each ``ping_s`` in which nothing was sent."""
    while True:
        seen = outbox.taken
        await asyncio.sleep(ping_s)
        if outbox.taken == seen and outbox.empty:
            stream.ping()


def writer(context: Context) -> Callable[[Reply], Awaitable[None]]:
    """Return the writer of replies to the peer."""
    write: Callable[[Any], Awaitable[None]] = context.write

    def write_reply(reply: Reply) -> Awaitable[None]:
        return write(to_response(reply))

    return write_reply


async def read(
    requests: AsyncIterator[pb.RunToolsRequest | Unreceived], stream: Stream, outbox: Outbox
) -> None:
    """Feed the peer's messages to the stream until it closes its side or breaks a rule."""
    try:
        async for request in requests:
            stream.feed(from_request(request))
            await outbox.room()
        stream.feed(HalfClose())
    except ToolRunnerError as error:
        outbox.fail(error)
    except grpc.aio.AbortError:
        return  # the writer has ended the stream
    except CUT_ERRORS:
        log.info("the connection of a stream was cut")
        outbox.fail(ToolRunnerError("The connection of the stream was cut."))
    except Exception:
        log.exception("a stream failed with an internal error")
        outbox.fail(ToolRunnerError("The toolrunner failed with an internal error; see its log."))
