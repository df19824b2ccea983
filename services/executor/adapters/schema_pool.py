"""Processes that check texts by costly schemas; one that is late or cancelled is killed.

Clients get them in fair turns: see ``fair_slots``. Spare processes start when all others are busy
with other clients.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.executor.adapters.child_processes import ChildProcesses
from services.executor.clients import Client
from services.executor.errors import InternalError, ShuttingDownError
from services.executor.fair_slots import FairSlots
from services.executor.limits import SCHEMA_MEMORY_BYTES, SCHEMA_S
from services.executor.schemas.check_wire import (
    HAS_MORE,
    HEADER,
    MAX_RESPONSE_BYTES,
    head_of,
    request_frames,
    with_more,
)
from services.executor.schemas.ports import Checked, Outcome
from services.front.limits import MIB

MODULE = "services.executor.schemas.check_worker"
START_S = 60.0
"""Seconds for a process to start, not counted against the schema."""
SPARE_PROCESSES = 2
# Estimated seconds of a check; more is counted once it is done.
CHECK_S = 0.01


class SchemaPool:
    """Checks in separate processes, which start on demand; clients take turns.

    Args:
        processes: checks of one client at once; up to ``SPARE_PROCESSES`` more run for others.
        timeout_s: seconds for one check, after which its process is killed.
        memory_bytes: address space of one process.
    """

    def __init__(
        self,
        processes: int = 1,
        timeout_s: float = SCHEMA_S,
        memory_bytes: int = SCHEMA_MEMORY_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        count = max(1, processes)
        self._turns = FairSlots(count, SPARE_PROCESSES)
        self._slots = [_Slot() for _ in range(count + SPARE_PROCESSES)]
        self._free = self._slots[::-1]  # the most recently used goes first
        self._children = ChildProcesses(
            MODULE, memory_bytes, "A schema checking process", silent=True
        )
        self._closed = False

    def __repr__(self) -> str:
        """Show how many processes run."""
        running = sum(slot.process is not None for slot in self._slots)
        return f"SchemaPool(running={running}, of={len(self._slots)}, closed={self._closed})"

    async def compile(self, schema: bytes, client: Client) -> Checked:
        """Tell whether a schema is usable; see ``SchemaProcesses.compile``."""
        return await self._asked(_Request(schema, None, ""), client)

    async def check(self, schema: bytes, text: str, name: str, client: Client) -> Checked:
        """Check a text; see ``SchemaProcesses.check``."""
        return await self._asked(_Request(schema, text, name), client)

    async def close(self) -> None:
        """Kill the processes and cancel their checks. Idempotent."""
        self._closed = True
        for slot in self._slots:
            self._end(slot)
        await self._children.gone()

    async def _asked(self, request: _Request, client: Client) -> Checked:
        claim = self._turns.claim(CHECK_S)
        claim.join(client)
        async with claim:
            slot = self._free.pop()
            try:
                return await self._answered(slot, request)
            finally:
                self._free.append(slot)

    async def _answered(self, slot: _Slot, request: _Request) -> Checked:
        """Return the response to one request; a process that gives none is killed."""
        if self._closed:
            raise ShuttingDownError("The executor is shutting down; send the request again later.")
        answered = False
        try:
            process = await self._ready(slot)
            async with asyncio.timeout(self._timeout_s):
                checked = await _exchange(process, request)
            answered = True
            return checked
        except TimeoutError:
            limit = f"more than {self._timeout_s:g} s (CAISSON_EXECUTOR_SCHEMA_TIMEOUT_S)"
            return request.stopped(limit)
        except (asyncio.IncompleteReadError, ConnectionError):
            if self._closed:
                raise ShuttingDownError(
                    "The executor is shutting down; send the request again later."
                ) from None
            limit = f"more than {self._memory_bytes // MIB} MiB of memory"
            return request.stopped(f"{limit} (CAISSON_EXECUTOR_SCHEMA_MEMORY_BYTES)")
        finally:
            if not answered:
                self._end(slot)

    async def _ready(self, slot: _Slot) -> asyncio.subprocess.Process:
        """Return a slot's process, starting one if needed."""
        process = slot.process
        if process is not None and process.returncode is None:
            return process
        process = slot.process = await self._children.start()
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                await process.stdout.readexactly(HEADER.size)
        except (TimeoutError, asyncio.IncompleteReadError):
            raise self._children.not_started("it did not become ready") from None
        return process

    def _end(self, slot: _Slot) -> None:
        process, slot.process = slot.process, None
        self._children.end(process)


@dataclass(eq=False)
class _Request:
    """One request, and its verdict once known; a ``text`` of None asks to compile."""

    schema: bytes
    text: str | None
    name: str
    verdict: Checked | None = None

    def stopped(self, cost: str) -> Checked:
        """Return what is known when the process was killed for reaching a limit."""
        if self.verdict is not None and self.verdict.outcome is Outcome.MISFIT:
            what = "it does not fit; the place is unknown, since finding it takes"
            return Checked(Outcome.MISFIT, reason=f"- {self.name}: {what} {cost}")
        return Checked(Outcome.STOPPED, reason=f"it takes {cost}")


@dataclass(eq=False)
class _Slot:
    """A slot for one process."""

    process: asyncio.subprocess.Process | None = None


async def _exchange(process: asyncio.subprocess.Process, request: _Request) -> Checked:
    assert process.stdin is not None
    process.stdin.write(request_frames(request.schema, request.text, request.name))
    await process.stdin.drain()
    checked = request.verdict = head_of(await _frame(process))
    if request.text is None or checked.outcome not in HAS_MORE:
        return checked
    return with_more(checked, await _frame(process))


async def _frame(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    (size,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
    if size > MAX_RESPONSE_BYTES:
        raise InternalError("A schema checking process sent too much data.")
    return await process.stdout.readexactly(size)
