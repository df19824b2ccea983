"""Processes that read bundles, one at a time each; slow ones are killed and replaced."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

from services.executor.adapters.child_processes import ChildProcesses
from services.executor.bundle.ports import Omissions
from services.executor.bundle.process.parse_wire import (
    HEADER,
    LAST,
    MAX_RESPONSE_BYTES,
    frame,
    read_omissions,
    read_response,
    request_head,
    slice_head,
)
from services.executor.domain import Manifest, Program
from services.executor.errors import BundleError, InternalError
from services.executor.limits import PARSE_MEMORY_BYTES, PARSE_S
from services.executor.long_json import SHORT
from services.executor.side_thread import SIDE
from services.front.limits import MIB

MODULE = "services.executor.bundle.process.parse_worker"


class ParserPool:
    """Reads bundles in separate processes, which start on demand.

    While several bundles are read, a spare process is started, so that the next request need not
    wait for it. A process that ends after an answer, for the memory it took, is replaced at once.

    Args:
        processes: the most processes, and so the most bundles read at once.
        timeout_s: seconds for one bundle, after which its process is killed.
        memory_bytes: address space of one process.
    """

    def __init__(
        self, processes: int = 1, timeout_s: float = PARSE_S, memory_bytes: int = PARSE_MEMORY_BYTES
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._slots = [_Slot() for _ in range(max(1, processes))]
        self._free: asyncio.LifoQueue[_Slot] | None = None
        self._reading = 0
        self._children = ChildProcesses(MODULE, memory_bytes, "The parser process")
        self._starting: set[asyncio.Task[None]] = set()
        self._closed = False

    def __repr__(self) -> str:
        """Show how many processes run."""
        running = sum(slot.process is not None for slot in self._slots)
        return f"ParserPool(running={running}, of={len(self._slots)}, closed={self._closed})"

    async def parse(self, digest: str, source: bytes) -> Manifest:
        """Return what the bundle declares; see ``ManifestParser.parse``."""
        response = await self._answer(request_head(digest), source)
        if len(response) <= SHORT:
            return read_response(response)
        return await SIDE.run(len(response), partial(read_response, response))

    async def omissions(self, program: Program) -> Omissions:
        """Return what its agents do not need; see ``SliceParser.omissions``."""
        response = await self._answer(slice_head(is_module=program.is_module), program.source)
        return await SIDE.run(len(response), partial(read_omissions, response))

    async def _answer(self, head: bytes, source: bytes) -> bytes:
        free = self._free_slots()
        slot = await free.get()
        self._reading += 1
        ended = False
        try:
            if self._closed:
                raise InternalError("The executor is shutting down: its parser is closed.")
            self._keep_one_ready(free)
            response = await self._asked(slot, head, source)
            ended = slot.process is None
            return response
        finally:
            self._reading -= 1
            if ended and not self._closed:
                self._make_ready(free, slot)
            else:
                free.put_nowait(slot)

    async def close(self) -> None:
        """End the processes and drop their work. Idempotent."""
        self._closed = True
        for starting in self._starting:
            starting.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        for slot in self._slots:
            self._end(slot)
        await self._children.gone()

    def _free_slots(self) -> asyncio.LifoQueue[_Slot]:
        if self._free is None:
            self._free = asyncio.LifoQueue()
            for slot in self._slots:
                self._free.put_nowait(slot)
        return self._free

    def _keep_one_ready(self, free: asyncio.LifoQueue[_Slot]) -> None:
        if self._reading < 2 or self._starting or free.empty():
            return
        slot = free.get_nowait()
        if slot.process is not None:
            free.put_nowait(slot)
            return
        self._make_ready(free, slot)

    def _make_ready(self, free: asyncio.LifoQueue[_Slot], slot: _Slot) -> None:
        """Start a process for a slot that nobody uses, and then give the slot back."""
        task = asyncio.create_task(self._made_ready(free, slot))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _made_ready(self, free: asyncio.LifoQueue[_Slot], slot: _Slot) -> None:
        try:
            with contextlib.suppress(InternalError):  # the next user of the slot gets the error
                slot.process = await self._children.start()
        finally:
            free.put_nowait(slot)

    async def _asked(self, slot: _Slot, head: bytes, source: bytes) -> bytes:
        """Return the response for one bundle; a process that gives none is killed."""
        answered = False
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._exchange(slot, head, source)
            answered = True
            return response
        except TimeoutError:
            raise BundleError(
                f"Reading the bundle takes more than {self._timeout_s:g} s: make it smaller, "
                "leave out packages its tools do not need, or raise "
                "CAISSON_EXECUTOR_PARSE_TIMEOUT_S."
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise self._lost() from None
        finally:
            if not answered:
                self._end(slot)

    async def _exchange(self, slot: _Slot, head: bytes, source: bytes) -> bytes:
        process = slot.process
        if process is None or process.returncode is not None:
            process = slot.process = await self._children.start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(frame(head) + HEADER.pack(len(source)))
        process.stdin.write(source)
        await process.stdin.drain()
        (sent,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
        size = sent & ~LAST
        if size > MAX_RESPONSE_BYTES:
            raise InternalError("The parser process sent too much data.")
        response = await process.stdout.readexactly(size)
        if sent & LAST:
            self._end(slot)
        return response

    def _lost(self) -> BundleError:
        if self._closed:
            return BundleError("The executor is shutting down; send the bundle again later.")
        return BundleError(
            "The parser process ended without an answer, most likely for lack of "
            f"memory (it has {self._memory_bytes // MIB} MiB): make the bundle smaller, or "
            "raise CAISSON_EXECUTOR_PARSE_MEMORY_BYTES."
        )

    def _end(self, slot: _Slot) -> None:
        process, slot.process = slot.process, None
        self._children.end(process)


class _Slot:
    """A slot for one process."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None
