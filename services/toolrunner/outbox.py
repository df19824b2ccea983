"""Outboxes of the streams: one writer each, with one shared budget of bytes."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable

from services.toolrunner.errors import OverLimitError, StalledError, ToolRunnerError
from services.toolrunner.messages import (
    CallConsole,
    CallEnded,
    ConsoleText,
    HostCall,
    Opened,
    ProgramFailed,
    Reply,
)
from services.toolrunner.tenants import Holdings, Tenant

REPLY_BYTES = 512
FULL_SHARE = 12
UNREAD = (
    "The caller does not read what its tools send, and the runner has no more room for it "
    "(CAISSON_TOOLRUNNER_UNREAD_BYTES)."
)


class OutboxBudget:
    """Bytes of replies that all peers together have not read yet.

    Above ``most_bytes``, the fullest outbox of the tenant with the most waiting fails, until the
    total is below it.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = Holdings()
        self._outboxes: dict[Tenant, dict[Outbox, int]] = {}

    def __repr__(self) -> str:
        return f"<OutboxBudget {self._held.total} of {self._most} bytes>"

    @property
    def held(self) -> int:
        """Bytes waiting."""
        return self._held.total

    def add(self, outbox: Outbox, tenant: Tenant, size: int) -> None:
        """Record that more bytes, or fewer, wait in an outbox."""
        if not size:
            return
        self._held.add(tenant, size)
        own = self._outboxes.setdefault(tenant, {})
        own[outbox] = own.get(outbox, 0) + size
        if not own[outbox]:
            del own[outbox]
            if not own:
                del self._outboxes[tenant]
        while self._held.total > self._most:
            self._fail_fullest()

    def _fail_fullest(self) -> None:
        tenant = self._held.largest()
        assert tenant is not None
        outboxes = self._outboxes[tenant]
        max(outboxes, key=lambda each: outboxes[each]).fail(OverLimitError(UNREAD))


class Outbox:
    """Replies in order. ``put`` never waits; a peer that does not read ends its own stream.

    ``taken`` counts the replies that were put.

    Args:
        budget: shared by all outboxes.
        tenant: the owner of the stream.
        high_bytes: above this, do not read the peer's next messages; see ``room``.
        stall_s: seconds the peer may leave a reply unread; a twelfth of it while more than
            ``high_bytes`` wait, since the calls in flight can add megabytes each.
    """

    def __init__(
        self, budget: OutboxBudget, tenant: Tenant, high_bytes: int, stall_s: float
    ) -> None:
        self._budget = budget
        self._tenant = tenant
        self._high = high_bytes
        self._stall_s = stall_s
        self._writing: asyncio.Timeout | None = None
        self._replies: deque[tuple[Reply, int]] = deque()
        self._bytes = 0
        self.taken = 0
        self._closed = False
        self._error: ToolRunnerError | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __repr__(self) -> str:
        return f"<Outbox {len(self._replies)} replies, {self._bytes} bytes, closed={self._closed}>"

    @property
    def empty(self) -> bool:
        """True when no reply waits to be written, or is being written."""
        return not self._bytes

    def belong_to(self, tenant: Tenant) -> None:
        """Count what waits, now and later, towards another tenant."""
        waiting = self._bytes
        self._count(-waiting)
        self._tenant = tenant
        self._count(waiting)

    def put(self, reply: Reply) -> None:
        """Add a reply; dropped when the outbox is closed."""
        if self._closed:
            return
        size = size_of(reply)
        self.taken += 1
        self._replies.append((reply, size))
        self._news.set()
        self._count(size)

    def close(self) -> None:
        """Accept no more replies; write those that are queued."""
        self._closed = True
        self._news.set()

    def fail(self, error: ToolRunnerError) -> None:
        """Accept no more replies, drop those that are queued, and raise ``error`` in the writer.

        A reply being written may still be sent: nothing else can be sent beside it.
        """
        if self._error is not None:
            return
        self._error = error
        self.close()
        self._replies.clear()
        self._count(-self._bytes)

    async def room(self) -> None:
        """Wait while more than ``high_bytes`` are queued."""
        await self._room.wait()

    async def pump(self, write: Callable[[Reply], Awaitable[None]]) -> None:
        """Write replies until the outbox is closed and empty; raises the error it failed with.

        The outbox is empty afterwards in any case.
        """
        try:
            while not (self._closed and not self._replies):
                await self._news.wait()
                self._news.clear()
                while self._replies:
                    reply, size = self._replies.popleft()
                    await self._write(write, reply)
                    if self._error is None:
                        self._count(-size)
            if self._error is not None:
                raise self._error
        finally:
            self._closed = True
            self._replies.clear()
            self._count(-self._bytes)

    @property
    def _patience_s(self) -> float:
        """The seconds that the peer has to read a reply."""
        return self._stall_s / FULL_SHARE if self._bytes > self._high else self._stall_s

    async def _write(self, write: Callable[[Reply], Awaitable[None]], reply: Reply) -> None:
        try:
            async with asyncio.timeout(self._patience_s) as self._writing:
                await write(reply)
        except TimeoutError:
            self.fail(
                StalledError(
                    f"The caller left a reply unread for {self._patience_s:g} s "
                    "(CAISSON_TOOLRUNNER_PEER_STALL_S, or a twelfth of it while more than "
                    f"{self._high} bytes wait), and its calls were ended. Read replies as they "
                    "come."
                )
            )
        finally:
            self._writing = None

    def _hurry(self) -> None:
        """Give a reply that is being written only the time that a full outbox allows."""
        due_s = asyncio.get_running_loop().time() + self._patience_s
        before_s = None if self._writing is None else self._writing.when()
        if self._writing is not None and before_s is not None and due_s < before_s:
            self._writing.reschedule(due_s)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes <= self._high:
            self._room.set()
        elif self._room.is_set():
            self._room.clear()
            self._hurry()
        self._budget.add(self, self._tenant, size)


def size_of(reply: Reply) -> int:
    """Return the approximate memory of a reply in bytes, with all its texts."""
    return REPLY_BYTES + sum(map(sys.getsizeof, _texts(reply)))


def _texts(reply: Reply) -> list[str]:
    """Return the texts of a reply that may be long."""
    if isinstance(reply, CallConsole):
        return [reply.line.text]
    if isinstance(reply, HostCall):
        return [reply.input_json, reply.capability]
    if isinstance(reply, CallEnded):
        failure = reply.outcome.failure
        texts = [reply.outcome.output_json, reply.outcome.model_output_json]
        return texts if failure is None else [*texts, failure.message, failure.name, failure.stack]
    if isinstance(reply, Opened):
        return _lines(reply.loaded.console)
    if isinstance(reply, ProgramFailed):
        failure = reply.failure
        return [*_lines(reply.console), failure.message, failure.name, failure.stack]
    return []


def _lines(console: tuple[ConsoleText, ...]) -> list[str]:
    return [line.text for line in console]
