"""The connection to one toolrunner: what becomes of those who wait for it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from services.executor.adapters.toolrunner.one_runner import OneRunner
from services.executor.errors import RunnerUnavailableError


async def test_who_waits_for_a_connection_is_told_when_the_executor_closes_it() -> None:
    with socket.socket() as unheard:  # bound, and never listening
        unheard.bind(("127.0.0.1", 0))
        runner = OneRunner(f"127.0.0.1:{unheard.getsockname()[1]}", 60.0, None)
        waiting = asyncio.create_task(runner.connected())
        async with asyncio.timeout(30):
            while "used=1" not in repr(runner):  # noqa: ASYNC110 - waiting has no event of its own
                await asyncio.sleep(0)
            await runner.close()
            with pytest.raises(RunnerUnavailableError, match="executor is stopping"):
                await waiting
