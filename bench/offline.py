"""The offline model of the benches: llmock in its own process."""

from __future__ import annotations

import asyncio
import socket
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

LLMOCK = str(Path(sysconfig.get_path("scripts")) / "llmock")
MODEL = "openai/offline"
START_TIMEOUT_S = 30.0


@asynccontextmanager
async def offline_model() -> AsyncIterator[dict[str, str]]:
    """Yield the variables that point a service at a running offline model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(LLMOCK, "serve", "--port", str(port), "--log-level", "warning"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await answering(f"http://127.0.0.1:{port}/health")
        yield {
            "OPENAI_API_KEY": "offline",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        }
    finally:
        process.terminate()
        await process.wait()


async def answering(url: str) -> None:
    """Wait until ``url`` answers."""
    async with asyncio.timeout(START_TIMEOUT_S), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return
