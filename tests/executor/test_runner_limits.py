"""A run over a limit of its toolrunner: the error says whose limit it is, and which setting."""

from __future__ import annotations

import pytest

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.domain import Program
from services.executor.egress.broker import RunBroker
from services.executor.errors import LimitError
from services.executor.limits import ToolCallLimits
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.egress.brokers import asking
from tests.toolrunner.scripted_worker import ScriptedLauncher

SMALL = Settings(address="127.0.0.1:0", workers=1, program_bytes=1000)


async def refusal_of(broker: RunBroker) -> LimitError:
    program = Program("sha256:" + "0" * 64, True, b" " * 2000)
    async with running_server(SMALL, ScriptedLauncher()) as address:
        client = ToolRunnerClient(address)
        try:
            async with client.open("run", program, ToolCallLimits(), broker, "") as session:
                with pytest.raises(LimitError) as refused:
                    await session.opened()
                return refused.value
        finally:
            await client.close()


async def test_program_that_is_too_large_is_not_an_overload() -> None:
    async with asking() as tool:
        error = await refusal_of(tool.run)
    assert "The program is larger than the limit of 1000 bytes" in error.message
    assert "CAISSON_TOOLRUNNER_PROGRAM_BYTES" in error.message
    assert "toolrunner" in error.message
    assert "overloaded" not in error.message
    assert error.retry_after_s is None
