"""Shares of the processor for processes, by control groups: what a machine of their own would be.

Needs root and a ``cpu`` controller (version 1 or 2) that may be written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.memory import tree
from bench.report import progress

PERIOD_US: Final = 20_000
VERSION_1: Final = Path("/sys/fs/cgroup/cpu")
VERSION_2: Final = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def cpu_shares(pids: Sequence[int], cores: float) -> Iterator[None]:
    """Give each process, and what it has started, ``cores`` of its own, until the exit.

    Args:
        pids: of the processes; each gets as much.
        cores: how much, such as 0.25; 0 for all that there are.

    Raises:
        SystemExit: control groups of processors cannot be made here; exits with 2 and a sentence.
    """
    with contextlib.ExitStack() as stack:
        try:
            for pid in pids if cores else ():
                group = stack.enter_context(_group(f"caisson-bench-{os.getpid()}-{pid}", cores))
                for each in tree(pid):
                    (group / "cgroup.procs").write_text(str(each))
        except OSError as error:
            progress(
                f"No share of a processor can be given here ({error}): it needs root, and a cpu "
                f"controller that may be written, below {VERSION_1} or {VERSION_2}. Measure "
                "without --share, where that is possible."
            )
            raise SystemExit(2) from None
        yield


@contextlib.contextmanager
def _group(name: str, cores: float) -> Iterator[Path]:
    first = VERSION_1.is_dir()
    root = VERSION_1 if first else VERSION_2
    group = root / name
    group.mkdir()
    quota = round(cores * PERIOD_US)
    try:
        if first:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        yield group
    finally:
        for each in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):  # it ended meanwhile
                (root / "cgroup.procs").write_text(each)
        group.rmdir()
