"""Admits requests: a limited number of each kind, shared by clients, and none after a stop."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from services.executor.adapters.client_answer import ClientAnswer
from services.executor.clients import CALLER, Client, Holding, Shares, SharesOnce
from services.executor.errors import (
    ExecutorError,
    InternalError,
    ShuttingDownError,
)
from services.front.peers import Peer

logger = logging.getLogger(__name__)

QUICK = 64
WATCHERS = 1024
STOPPING = "The executor is being stopped. Send the request again, to another one or later."

AnyContext = Any  # a grpc.aio.ServicerContext, whichever its messages


@dataclass(frozen=True)
class Lane:
    """Slots for active requests of one kind, shared by clients; ``what`` names them."""

    what: str
    slots: Shares


class Admission:
    """Counts active requests, and refuses those there is no room for.

    Quick look-ups have ``QUICK`` slots of their own, and subscribers of runs ``WATCHERS``: runs
    refuse neither. Slots are shared fairly; see ``Shares``.

    Args:
        most_runs: the most runs and bundle reads at once.
        request_bytes: bytes of all active requests, and of all unread answers; shared by clients.
        stall_s: seconds that a client may leave an answer unread and keep its slot.
        weight: how much larger the share of a client's organisation is than that of others.
    """

    def __init__(
        self,
        most_runs: int,
        request_bytes: int,
        stall_s: float,
        weight: Callable[[Peer], float] | None = None,
    ) -> None:
        def lane(what: str, total: int) -> Lane:
            return Lane(what, Shares(total, weight))

        self.runs = lane(
            "slots for runs and for bundles to be read (CAISSON_EXECUTOR_RUNS)", most_runs
        )
        self.quick = lane("slots for short requests", QUICK)
        self.watchers = lane("slots for subscribers of runs", WATCHERS)
        self._request_bytes = lane(
            "bytes for requests (CAISSON_EXECUTOR_REQUEST_BYTES)", request_bytes
        )
        # Of their own: runs that hold all bytes for requests do not block reads.
        self._answer_bytes = lane(
            "bytes for unread answers (CAISSON_EXECUTOR_REQUEST_BYTES)", request_bytes
        )
        self.programs = SharesOnce(self._request_bytes.slots, self._request_bytes.what)
        self._stall_s = stall_s
        self._aborted = False
        self._reading: set[asyncio.Timeout] = set()

    def __repr__(self) -> str:
        slots = f"runs={self.runs.slots!r}, quick={self.quick.slots!r}"
        return f"Admission({slots}, aborted={self._aborted})"

    def abort(self) -> None:
        """End every request that is still being read, and refuse new ones."""
        self._aborted = True
        while self._reading:
            self._reading.pop().reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def while_not_aborted(self) -> AsyncIterator[None]:
        """Stop the enclosed wait when all requests are aborted; raises ShuttingDownError then."""
        try:
            async with asyncio.timeout(None) as reading:
                self._reading.add(reading)
                try:
                    yield
                finally:
                    self._reading.discard(reading)
        except TimeoutError:
            if not reading.expired():
                raise
        if self._aborted:
            raise ShuttingDownError(STOPPING)

    @contextmanager
    def room(self, client: Client, lane: Lane, size: int) -> Iterator[Holding]:
        """Count one request of ``size`` bytes in and out; raises when there is no room for it.

        Yields the bytes held; some may be released early.
        """
        if self._aborted:
            raise ShuttingDownError(STOPPING)
        with (
            lane.slots.holding(client, lane.what),
            self._request_bytes.slots.holding(client, self._request_bytes.what, size) as held,
        ):
            yield held

    async def answer(
        self, context: AnyContext, work: Coroutine[Any, Any, Any], lane: Lane, size: int = 0
    ) -> None:
        """Send what ``work`` returns; whatever fails, the client gets a status.

        The answer's bytes count until the client has read them or has disconnected; its slot, for
        at most ``stall_s`` seconds of that.
        """
        client, sent = CALLER.get(), ClientAnswer(context, self._stall_s)
        failure: ExecutorError | None = None
        with ExitStack() as unread:
            try:
                with self.room(client, lane, size) as held:
                    answer = _serialized(await work)
                    held.give_back(held.amount)
                    bytes_ = self._answer_bytes
                    unread.enter_context(bytes_.slots.holding(client, bytes_.what, len(answer)))
                    await sent.send(answer)
            except Exception as error:  # noqa: BLE001 - the client gets a status for any error
                failure = known_error(error)
            finally:
                work.close()
            if failure is not None:
                await sent.end(failure)


def _serialized(answer: Any) -> bytes:
    """Return an answer's bytes; it may already be serialized."""
    data: bytes = answer if isinstance(answer, bytes) else answer.SerializeToString()
    return data


def known_error(error: Exception) -> ExecutorError:
    """Return ``error`` if it is one of ours; log any other under an id."""
    if isinstance(error, ExecutorError):
        return error
    incident = f"incident_{secrets.token_hex(8)}"
    logger.error("a request failed, %s", incident, exc_info=error)
    return InternalError(
        f"The executor failed; this is our fault. Its log has the details under {incident}.",
        {"incident": incident},
    )
