"""Program texts in memory by digest; what no stream uses goes, the least recently used first."""

from __future__ import annotations

from collections import OrderedDict

from services.toolrunner.domain import Program
from services.toolrunner.errors import OverloadedError

ProgramKey = tuple[str, bool]
RETRY_AFTER_S = 5.0


def key_of(program: Program) -> ProgramKey:
    """Return what names a program: the same text is another program as a script."""
    return (program.digest, program.is_module)


class ProgramStore:
    """Programs by digest and form, bounded by the bytes of all of them and of those arriving."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        self._held: OrderedDict[ProgramKey, Program] = OrderedDict()
        self._pins: dict[ProgramKey, int] = {}
        self._bytes = 0
        self._reserved = 0

    def __repr__(self) -> str:
        return f"<ProgramStore {len(self._held)} programs, {self._bytes}+{self._reserved} bytes>"

    def pin(self, key: ProgramKey) -> Program | None:
        """Return the program and keep it until ``unpin``, or None when it is not held."""
        program = self._held.get(key)
        if program is None:
            return None
        self._held.move_to_end(key)
        self._pins[key] = self._pins.get(key, 0) + 1
        return program

    def unpin(self, key: ProgramKey) -> None:
        """Let go of a program that ``pin`` or ``keep`` returned."""
        left = self._pins[key] - 1
        if left:
            self._pins[key] = left
        else:
            del self._pins[key]

    def reserve(self, size: int) -> None:
        """Set ``size`` bytes aside for a program that is arriving.

        Raises OverloadedError when programs in use leave no room for them.
        """
        self._make_room(size)
        self._reserved += size

    def free(self, size: int) -> None:
        """Give back bytes that ``reserve`` set aside."""
        self._reserved -= size

    def keep(self, program: Program) -> Program:
        """Store and pin a program whose bytes are reserved; return the stored one."""
        self.free(len(program.source))
        key = key_of(program)
        if key not in self._held:
            self._held[key] = program
            self._bytes += len(program.source)
        stored = self.pin(key)
        assert stored is not None
        return stored

    def _make_room(self, size: int) -> None:
        excess = self._bytes + self._reserved + size - self._capacity
        if excess <= 0:
            return
        idle = [key for key in self._held if key not in self._pins]
        for key in idle:
            dropped = self._held.pop(key)
            self._bytes -= len(dropped.source)
            excess -= len(dropped.source)
            if excess <= 0:
                return
        raise OverloadedError(
            "The runner's memory for programs is taken by running agents; try again later.",
            retry_after_s=RETRY_AFTER_S,
        )
