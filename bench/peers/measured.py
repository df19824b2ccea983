"""Measures every peer on this machine and finds the fastest."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peers.installed import npm_packages, python_packages
from bench.report import milliseconds, progress, report
from tests.npm import node

ROOT = Path(__file__).parent.parent.parent
TIMEOUT_S = 180.0
ERROR_CHARACTERS = 300


@dataclass(frozen=True)
class Command:
    """A program that measures a peer and prints {version, seconds}."""

    words: list[str]
    environment: dict[str, str]


@dataclass(frozen=True)
class Peer:
    """A way to run JavaScript; ``command`` installs it if needed, which may fail."""

    name: str
    command: Callable[[Path, int], Command]


@dataclass(frozen=True)
class Best:
    """The fastest peer; its median in milliseconds."""

    name: str
    p50_ms: float

    def beside(self, p50_ms: object) -> dict[str, object]:
        """Return how many times faster than the best peer our median is."""
        if not isinstance(p50_ms, int | float) or p50_ms <= 0:
            return {}
        return {"bestPeer": self.name, "timesFasterThanBestPeer": round(self.p50_ms / p50_ms, 1)}


def of_npm(name: str) -> Peer:
    """Return a peer that Node runs."""

    def command(bundle: Path, calls: int) -> Command:
        script = npm_packages() / "measure.mjs"
        return Command([node(), str(script), name, str(bundle), str(calls)], {})

    return Peer(name, command)


def of_quickjs_rs(way: str) -> Peer:
    """Return quickjs-rs, used in one of two ways."""

    def command(bundle: Path, calls: int) -> Command:
        words = [sys.executable, "-m", "bench.peers.quickjs_rs", way, str(bundle), str(calls)]
        return Command(words, {"PYTHONPATH": os.pathsep.join((str(python_packages()), str(ROOT)))})

    return Peer(f"quickjs-rs ({way})", command)


PEERS = (
    of_quickjs_rs("eval"),
    of_quickjs_rs("snapshot"),
    of_npm("quickjs-emscripten"),
    of_npm("run"),
    of_npm("vm2"),
)


async def measure(source: bytes, calls: int) -> Best | None:
    """Report every peer on a bundle; return the fastest, or None if none could be measured."""
    best: Best | None = None
    with tempfile.NamedTemporaryFile(prefix="caisson-bench-", suffix=".cjs") as file:
        file.write(source)
        file.flush()
        for peer in PEERS:
            progress(f"the peer {peer.name}")
            about = {"measure": "peer-tool-call", "peer": peer.name, "bundleBytes": len(source)}
            try:
                version, seconds = await timed(peer.command(Path(file.name), calls))
            except (OSError, subprocess.SubprocessError, PeerFailedError) as error:
                report({**about, "notMeasured": str(error)[:ERROR_CHARACTERS]})
                continue
            times = milliseconds(seconds)
            report({**about, "version": version, **times})
            p50 = times["p50Ms"]
            if isinstance(p50, float) and (best is None or p50 < best.p50_ms):
                best = Best(peer.name, p50)
    return best


class PeerFailedError(Exception):
    """A peer's program failed, or took too long."""


async def timed(command: Command) -> tuple[str, list[float]]:
    """Run a peer's program; return its version and the seconds of each call."""
    process = await asyncio.create_subprocess_exec(
        *command.words,
        cwd=ROOT,
        env={**os.environ, **command.environment},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise PeerFailedError(f"it took more than {TIMEOUT_S:g} s") from None
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise PeerFailedError(lines[-1] if lines else f"it exited with {process.returncode}")
    fields = json.loads(output)
    return fields["version"], fields["seconds"]
