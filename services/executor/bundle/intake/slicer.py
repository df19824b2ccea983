"""Makes and keeps the parts of programs that their agents and tools need.

It is a last resort, for programs whose whole top level cannot be loaded: nothing is done for
others, unless the deployment prefers parts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from functools import partial

from services.executor.bundle.needed.blanks import without
from services.executor.bundle.ports import Omissions, SliceParser
from services.executor.clients import CALLER
from services.executor.domain import Program, ProgramSlice
from services.executor.errors import ExecutorError
from services.executor.fair_slots import FairSlots
from services.executor.side_thread import SIDE
from services.front.limits import MIB

logger = logging.getLogger(__name__)

MAX_KEPT_BYTES = 64 * MIB
MAX_KEPT = 256
COST_S, COST_S_PER_BYTE = 0.01, 4e-6


class KeepingSlicer:
    """Asks a parser process for parts of programs, one at a time, and keeps those of use.

    Args:
        parser: finds what is not needed; closed with this.
        prefers: whether to load parts at once, before any load failed.
        max_kept_bytes: the texts that are kept; the least used go first.
    """

    def __init__(
        self, parser: SliceParser, *, prefers: bool = False, max_kept_bytes: int = MAX_KEPT_BYTES
    ) -> None:
        self._parser = parser
        self._prefers = prefers
        self._max_kept_bytes = max_kept_bytes
        self._slots = FairSlots(1, 1)
        self._parts: OrderedDict[tuple[str, bool], ProgramSlice | None] = OrderedDict()
        self._loading: set[tuple[str, bool]] = set()  # whose part is loaded at once
        self._kept_bytes = 0
        self._making: dict[tuple[str, bool], asyncio.Task[ProgramSlice | None]] = {}

    def __repr__(self) -> str:
        return f"KeepingSlicer(kept={len(self._parts)}, prefers={self._prefers})"

    async def preferred(self, program: Program) -> ProgramSlice | None:
        """Return the part to load instead of a program; see ``Slicer.preferred``."""
        if self._prefers or _key(program) in self._loading:
            return await self.part(program)
        return None

    async def part(self, program: Program) -> ProgramSlice | None:
        """Return the part of a program; see ``Slicer.part``."""
        key = _key(program)
        if key in self._parts:
            self._parts.move_to_end(key)
            return self._parts[key]
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._made(program))
            making.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(making)

    def keep(self, program: Program, *, loads: bool) -> None:
        """Keep whether the part could be loaded; see ``Slicer.keep``."""
        key = _key(program)
        if key not in self._parts:
            return
        if loads:
            self._loading.add(key)
        else:
            self._forget(key)
            self._parts[key] = None

    async def close(self) -> None:
        """End what is being made, and the parser."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._parser.close()

    async def _made(self, program: Program) -> ProgramSlice | None:
        size = len(program.source)
        claim = self._slots.claim(COST_S + COST_S_PER_BYTE * size)
        claim.join(CALLER.get())
        try:
            async with claim:
                omitted = await self._parser.omissions(program)
            found = await SIDE.run(size, partial(_part, program, omitted))
        except ExecutorError as error:
            logger.info("no part of %s: %s", program.digest, error.message)
            found = None
        self._put(_key(program), found)
        return found

    def _put(self, key: tuple[str, bool], part: ProgramSlice | None) -> None:
        self._parts[key] = part
        self._kept_bytes += _size(part)
        while len(self._parts) > MAX_KEPT or (
            self._kept_bytes > self._max_kept_bytes and len(self._parts) > 1
        ):
            self._forget(next(iter(self._parts)))

    def _forget(self, key: tuple[str, bool]) -> None:
        self._kept_bytes -= _size(self._parts.pop(key))
        self._loading.discard(key)


def _key(program: Program) -> tuple[str, bool]:
    return program.digest, program.is_module


def _size(part: ProgramSlice | None) -> int:
    return 0 if part is None else len(part.program.source)


def _part(program: Program, omitted: Omissions) -> ProgramSlice | None:
    """Return the part of a program; None if that is all of it."""
    if not omitted.ranges:
        return None
    source = without(program.source.decode(), omitted).encode()
    digest = f"sha256:{hashlib.sha256(source).hexdigest()}"
    part = Program(digest, program.is_module, source)
    return ProgramSlice(part, omitted.statements, omitted.omitted)
