"""Names of toolrunners, resolved by the system."""

from __future__ import annotations

import asyncio
import logging

import pytest

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.errors import RunnerUnavailableError
from tests.scale.runners import RunnerProcess, toolrunners
from tests.scale.test_toolrunners import call, opened, program


async def test_name_is_resolved_by_the_system_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    runner = RunnerProcess()
    name = f"localhost:{runner.address.rpartition(':')[2]}"
    async with toolrunners(runner), asyncio.timeout(60):
        client = ToolRunnerClient(f"dns:///{name}", 20.0)
        try:
            async with opened(client, program(), "run") as session:
                assert (await call(session, 1)).output == 1
        finally:
            await client.close()
    told = [each.getMessage() for each in caplog.records if name in each.getMessage()]
    assert len(told) == 1
    assert told[0].startswith(f"{name} resolves to ")
    assert runner.address in told[0]


async def test_name_that_does_not_resolve_has_its_own_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = ToolRunnerClient("dns:///toolrunner.invalid:50052", 0.5)
    try:
        with pytest.raises(RunnerUnavailableError) as failed:
            await client.connected()
    finally:
        await client.close()
    message = failed.value.message
    assert "toolrunner.invalid:50052 does not resolve" in message
    assert "Check the name" in message
    told = [each for each in caplog.records if "cannot be looked up" in each.getMessage()]
    assert len(told) == 1
