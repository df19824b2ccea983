"""Memory of a process and its descendants, from ``/proc``.

Only root can inspect a jailed worker closely. Otherwise, publicly readable figures are used: its
resident memory, which includes shared pages, and the size of its descriptor table, which grows in
steps of at least 64.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """KiB of a process tree.

    ``rss`` counts a shared page in each process, ``pss`` divides it between them, ``private``
    excludes it; ``file`` is the part of ``pss`` that is mapped from files.
    """

    processes: int
    rss_kib: int
    pss_kib: int
    private_kib: int
    file_kib: int

    def as_fields(self) -> dict[str, object]:
        """Return the fields of a measurement, in MiB."""
        return {
            "processes": self.processes,
            "rssMiB": round(self.rss_kib / 1024, 1),
            "pssMiB": round(self.pss_kib / 1024, 1),
            "privateMiB": round(self.private_kib / 1024, 1),
        }


@dataclass(frozen=True)
class Held:
    """What a process tree holds: KiB of memory, open descriptors, threads, processes.

    ``own_kib`` is ``pss_kib`` without file mappings, which vary with how many other processes map
    the same files.
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
    sums: Counter[str] = Counter()
    for each in pids:
        try:
            sums.update(numbers_of(each, "smaps_rollup"))
        except PermissionError:
            known = numbers_of(each, "status")
            sums.update(Rss=known["VmRSS"], Pss=known["VmRSS"], Pss_File=known["RssFile"])
            sums.update(Private_Dirty=known["RssAnon"])
    private = sums["Private_Clean"] + sums["Private_Dirty"]
    return Memory(len(pids), sums["Rss"], sums["Pss"], private, sums["Pss_File"])


def numbers_of(pid: int, file: str) -> Counter[str]:
    """Return the numbers in a file of a process whose lines are ``name: number``."""
    found: Counter[str] = Counter()
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        name, _, value = line.partition(":")
        number = value.split()[:1]
        if number and number[0].isdecimal():
            found[name] = int(number[0])
    return found


def descriptors_of(pid: int) -> int:
    """Return the open descriptors of a process, or the size of its table if they are hidden."""
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:
        return numbers_of(pid, "status")["FDSize"]


def held_by(pid: int) -> Held:
    """Return the total that ``pid`` and all its descendants hold."""
    pids = tree(pid)
    descriptors = sum(map(descriptors_of, pids))
    threads = sum(len(list(Path(f"/proc/{each}/task").iterdir())) for each in pids)
    memory = memory_of(pid)
    own_kib = memory.pss_kib - memory.file_kib
    return Held(memory.pss_kib, own_kib, descriptors, threads, len(pids))
