"""Reads the memory of a worker, images included; only root may."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def holds(pid: int, what: bytes) -> bool:
    """Tell whether a process has these bytes anywhere in its memory, images included."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            where, rights, *_ = line.split()
            start, end = (int(part, 16) for part in where.split("-"))
            if rights.startswith("r") and end < 2**47:
                with suppress(OSError):
                    memory.seek(start)
                    if what in memory.read(end - start):
                        return True
    return False


def gone_soon(worker: int, value: str) -> bool:
    """Return whether a worker holds a value no more, looking a few times."""
    return any(not holds(worker, value.encode()) for _ in range(20))
