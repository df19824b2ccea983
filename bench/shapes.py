"""What reading each shape of text costs: ``python -m bench.shapes [MB] [part of a name]...``.

A parser process reads it within its limit of memory, as in the service; its processor time, the
start included, and the most memory that was resident are told.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass

from services.executor.bundle.process.parse_wire import (
    HEADER,
    frame,
    read_response,
    request_head,
)
from services.executor.errors import ExecutorError
from services.executor.limits import PARSE_MEMORY_BYTES
from tests.bundle.reading import DIGEST
from tests.bundle.shapes import SHAPES, SYSTEM, shape

MODULE = "services.executor.bundle.process.parse_worker"
MOST_S = 60  # as the service allows


@dataclass(frozen=True)
class Cost:
    """What reading one text cost, and how it ended."""

    cpu_s: float
    peak_mib: float
    outcome: str


def cost_of(source: bytes, memory: int = PARSE_MEMORY_BYTES) -> Cost:
    """Read a text in a process of its own, which has so much memory."""
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=_limited,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(frame(request_head(DIGEST)) + frame(source))
        process.stdin.close()
    except BrokenPipeError:
        pass
    answer = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, _outcome(answer))


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_S, MOST_S))


def _outcome(answer: bytes) -> str:
    if len(answer) <= HEADER.size:
        return "DIED"
    try:
        manifest = read_response(answer[HEADER.size :])
    except ExecutorError as error:
        return f"{type(error).__name__}: {error.message[:150]}"
    return "read" if manifest.agents["a"].system == SYSTEM else f"WRONG {manifest.diagnostics[:1]}"


def main() -> None:
    """Print a line for each shape."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 16
    for name in SHAPES:
        if len(sys.argv) > 2 and not any(part in name for part in sys.argv[2:]):
            continue
        source = shape(name, int(megabytes * 1_000_000)).encode()
        found = cost_of(source)
        figures = f"{len(source) / 1e6:5.1f} MB {found.cpu_s:6.1f} s {found.peak_mib:5.0f} MiB"
        print(f"{name:30} {figures}  {found.outcome}", flush=True)


if __name__ == "__main__":
    main()
