"""Sends the one answer of a request over grpc.aio, and tracks how long gRPC holds it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import grpc

from services.executor.errors import ClientGoneError, ClientStalledError, ExecutorError
from services.executor.wire.status import to_status
from services.front.cut import CUT_ERRORS
from services.front.grpc_status import grpc_status

logger = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


class ClientAnswer:
    """The client of one request; it may leave the answer unread for ``stall_s`` seconds.

    A unary method cannot see when its answer was sent. A streaming one can, and to clients a
    stream of one message looks like a unary answer.
    """

    def __init__(self, context: Context, stall_s: float) -> None:
        self._context = context
        self._stall_s = stall_s
        self._writing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"ClientAnswer(writing={self._writing is not None})"

    async def send(self, answer: bytes) -> None:
        """Send the answer; wait while the client does not read it.

        Raises:
            ClientStalledError: the client left it unread for too long; ``end`` waits on.
            ClientGoneError: the client has just disconnected.
        """
        self._writing = asyncio.ensure_future(self._context.write(answer))
        try:
            async with asyncio.timeout(self._stall_s):
                await asyncio.shield(self._writing)
        except TimeoutError:
            logger.info("a client does not read the answer to its request")
            raise ClientStalledError(
                f"The client did not read the answer for {self._stall_s:g} s. Read answers as they "
                "arrive, or raise CAISSON_EXECUTOR_CLIENT_STALL_S."
            ) from None
        except CUT_ERRORS:
            raise ClientGoneError("The client disconnected.") from None
        except asyncio.CancelledError:
            self._writing.cancel()
            raise

    async def end(self, failure: ExecutorError) -> None:
        """End the RPC with the status of an error, once gRPC no longer holds an answer.

        gRPC cannot take back an unread answer: it keeps it until the client reads or disconnects,
        and this waits for that.
        """
        try:
            if self._writing is not None:
                await self._writing
            await self._context.abort_with_status(grpc_status(to_status(failure)))
        except CUT_ERRORS:
            return  # the client disconnected
