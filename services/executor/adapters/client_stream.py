"""Sends one run to its client over grpc.aio: events, final status, and why the client left."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import grpc
from google.rpc import status_pb2

from services.executor.errors import ClientGoneError, ClientStalledError
from services.executor.events import AbortCause
from services.front.cut import CUT_ERRORS
from services.front.grpc_status import grpc_status

logger = logging.getLogger(__name__)

# A client's clock ends a run before ours would: its request takes a while, and gRPC rounds up the
# timeout that it sends, by at most one percent.
DEADLINE_SLACK_S, DEADLINE_ROUNDING = 0.1, 0.01


STOPPED = "The run was stopped if it was still active, and later events are dropped."
GOES_ON = "The run itself goes on; SubscribeRun streams it from any event on."

Context = grpc.aio.ServicerContext[Any, Any]


class ClientStream:
    """The client of one run; it may leave events unread for ``stall_s`` seconds."""

    def __init__(self, context: Context, stall_s: float) -> None:
        self._context = context
        self._stall_s = stall_s
        self._given_s: float | None = context.time_remaining()
        self._stalled = False

    def __repr__(self) -> str:
        return f"ClientStream(given_s={self._given_s}, stalled={self._stalled})"

    async def send(self, run_id: str, data: bytes, *, goes_on: bool = True) -> None:
        """Send a serialized response of a run; wait while the client has too much unread.

        ``goes_on``: the run goes on without this client.

        Raises:
            ClientStalledError: the client left it unread for too long.
            ClientGoneError: the client has just disconnected.
        """
        try:
            async with asyncio.timeout(self._stall_s):
                await self._context.write(data)
        except TimeoutError:
            raise self._stalls(run_id, GOES_ON if goes_on else STOPPED) from None
        except CUT_ERRORS:
            raise ClientGoneError("The client disconnected.") from None

    def _stalls(self, run_id: str, what_now: str) -> ClientStalledError:
        """Note that the client does not read; return the error, which says what becomes of it."""
        self._stalled = True
        logger.info("run %s: a client does not read and is disconnected", run_id)
        return ClientStalledError(
            f"The client did not read an event of the run for {self._stall_s:g} s. {what_now} Read "
            "events as they arrive, or raise CAISSON_EXECUTOR_CLIENT_STALL_S."
        )

    async def end(self, failure: status_pb2.Status) -> None:
        """End the RPC with the status of a failure, if the client still reads.

        gRPC can neither send a status past unread messages, nor let a server take back a stream: it
        keeps both until the client reads or disconnects. All else is released here.
        """
        try:
            async with asyncio.timeout(self._stall_s):
                await self._context.abort_with_status(grpc_status(failure))
        except TimeoutError:
            logger.warning(
                "a client does not read the status of its run (code %d); gRPC keeps the stream "
                "until it reads or disconnects",
                failure.code,
            )
        except CUT_ERRORS:
            return  # the client disconnected

    def left(self) -> AbortCause:
        """Return why the client stopped taking events."""
        if self._stalled:
            return AbortCause.CLIENT_STALLED
        return cause_of_cancel(self._given_s, self._context.time_remaining())


def cause_of_cancel(given_s: float | None, left_s: float | None) -> AbortCause:
    """Return why an RPC was cancelled: gRPC reports a cancellation and a deadline alike.

    Args:
        given_s: the timeout that the client set for the RPC; None for no timeout.
        left_s: what is left of it.
    """
    if given_s is None or left_s is None:
        return AbortCause.CLIENT_CANCELLED
    late = left_s <= DEADLINE_SLACK_S + DEADLINE_ROUNDING * given_s
    return AbortCause.CLIENT_DEADLINE if late else AbortCause.CLIENT_CANCELLED
