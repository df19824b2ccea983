"""RunTools over grpc.aio: one reader and one writer for each stream."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from grpc_status import rpc_status

from services.gen.caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.gen.caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.toolrunner.checks import Bounds
from services.toolrunner.errors import OverloadedError, ToolRunnerError
from services.toolrunner.messages import HalfClose, Reply
from services.toolrunner.outbox import Outbox
from services.toolrunner.parts_wire import PartsBudget, whole_requests
from services.toolrunner.peers import peer_of
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.programs import ProgramStore
from services.toolrunner.session import Session
from services.toolrunner.stream import Stream
from services.toolrunner.wire import from_request, to_response, to_status

log = logging.getLogger(__name__)

OUTBOX_HIGH_BYTES = 4 * 1024 * 1024
OUTBOX_MOST_BYTES = 128 * 1024 * 1024
RETRY_AFTER_S = 1.0

Context = grpc.aio.ServicerContext[pb.RunToolsRequest, pb.RunToolsResponse]


class ToolRunnerService(pb_grpc.ToolRunnerServiceServicer):
    """Runs tools on at most ``most_streams`` streams; each has ``open_s`` to send its program."""

    def __init__(
        self,
        pool: WorkerPool,
        store: ProgramStore,
        bounds: Bounds,
        most_streams: int,
        open_s: float,
        parts: PartsBudget,
    ) -> None:
        self._pool = pool
        self._store = store
        self._bounds = bounds
        self._most_streams = most_streams
        self._open_s = open_s
        self._parts = parts
        self._streams = 0

    def __repr__(self) -> str:
        return f"<ToolRunnerService {self._streams} of {self._most_streams} streams>"

    async def RunTools(  # noqa: N802 - the name is the protocol's
        self, request_iterator: AsyncIterator[pb.RunToolsRequest], context: Context
    ) -> None:
        """Serve one stream until both sides are done, it fails, or the peer goes away."""
        outbox = Outbox(OUTBOX_HIGH_BYTES, OUTBOX_MOST_BYTES)
        stream = Stream(Session(self._bounds), self._pool, self._store, outbox)
        started = time.monotonic()
        end = "cancelled"
        self._streams += 1
        requests = whole_requests(request_iterator, peer_of(context.peer()).host, self._parts)
        reader = asyncio.create_task(read(requests, stream, outbox))
        loop = asyncio.get_running_loop()
        hurry = loop.call_later(self._open_s, stream.hurry, self._open_s)
        try:
            self._refuse_when_full()
            await outbox.pump(writer(context))
            end = "ok"
        except ToolRunnerError as error:
            end = error.reason
            reader.cancel()
            stream.abandon()
            await context.abort_with_status(rpc_status.to_status(to_status(error)))
        finally:
            self._streams -= 1
            hurry.cancel()
            reader.cancel()
            stream.abandon()
            log.info(
                "stream run=%r calls=%d end=%s seconds=%.3f",
                stream.run_id,
                stream.calls_started,
                end,
                time.monotonic() - started,
            )

    def _refuse_when_full(self) -> None:
        if self._streams > self._most_streams:
            raise OverloadedError(
                f"{self._most_streams} agents are running, the most; try again later.",
                retry_after_s=RETRY_AFTER_S,
            )


def writer(context: Context) -> Callable[[Reply], Awaitable[None]]:
    """Return what writes replies to the peer."""
    write: Callable[[Any], Awaitable[None]] = context.write

    def write_reply(reply: Reply) -> Awaitable[None]:
        return write(to_response(reply))

    return write_reply


async def read(requests: AsyncIterator[pb.RunToolsRequest], stream: Stream, outbox: Outbox) -> None:
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
    except Exception:
        log.exception("a stream failed by our own fault")
        outbox.fail(ToolRunnerError("The toolrunner failed by its own fault; its log has more."))
