"""Memory of a process and all that it started, from ``/proc``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """KiB of a process tree.

    ``rss`` counts a shared page in each process, ``pss`` shares it out, ``private`` leaves it out;
    ``file`` is the part of ``pss`` that is mapped from files.
    """

    processes: int
    rss_kib: int
    pss_kib: int
    private_kib: int
    file_kib: int

    def as_fields(self) -> dict[str, object]:
        """Return the counts as fields of a measurement, in MiB."""
        return {
            "processes": self.processes,
            "rssMiB": round(self.rss_kib / 1024, 1),
            "pssMiB": round(self.pss_kib / 1024, 1),
            "privateMiB": round(self.private_kib / 1024, 1),
        }


@dataclass(frozen=True)
class Held:
    """What a process tree holds: KiB of memory, open descriptors, threads, processes.

    ``own_kib`` is the part of ``pss_kib`` that is no file's: that part changes with what other
    processes of the machine map of the same files.
    """

    pss_kib: int
    own_kib: int
    descriptors: int
    threads: int
    processes: int


def tree(pid: int) -> list[int]:
    """Return ``pid`` and the ids of all its descendants."""
    found = [pid]
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            found += tree(int(child))
    return found


def memory_of(pid: int) -> Memory:
    """Return the memory of ``pid`` and all its descendants."""
    pids = tree(pid)
    sums = {"Rss": 0, "Pss": 0, "Private_Clean": 0, "Private_Dirty": 0, "Pss_File": 0}
    for each in pids:
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in sums:
                sums[name] += int(value.split()[0])
    private = sums["Private_Clean"] + sums["Private_Dirty"]
    return Memory(len(pids), sums["Rss"], sums["Pss"], private, sums["Pss_File"])


def held_by(pid: int) -> Held:
    """Return what ``pid`` and all its descendants hold together."""
    pids = tree(pid)
    descriptors = sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in pids)
    threads = sum(len(list(Path(f"/proc/{each}/task").iterdir())) for each in pids)
    memory = memory_of(pid)
    own_kib = memory.pss_kib - memory.file_kib
    return Held(memory.pss_kib, own_kib, descriptors, threads, len(pids))
