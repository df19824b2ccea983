"""A program whose whole top level costs more than a load has is loaded in part."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.bundle.intake.slicer import KeepingSlicer
from services.executor.domain import ConsoleLine, Program
from services.executor.errors import BundleLoadError
from services.executor.limits import ToolCallLimits
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.e2e.pair import COMPILED
from tests.projects.sandbox import broker

FUEL = 2_000_000_000
AGENT = (
    "export const agent = { name: 'a', system: 's', model: 'openai/x',"
    " tools: { t: { execute: () => kept } } };\n"
)
COSTLY = f"let count = 0;\nfor (;;) count++;\nconst kept = 7;\n{AGENT}"
NEEDED = f"let kept = 0;\nfor (;;) kept++;\n{AGENT}"


def program_of(text: str) -> Program:
    source = text.encode()
    return Program(f"sha256:{hashlib.sha256(source).hexdigest()}", is_module=True, source=source)


@asynccontextmanager
async def runner(*, prefers: bool = False) -> AsyncIterator[ToolRunnerClient]:
    slicer = KeepingSlicer(ParserPool(1), prefers=prefers)
    settings = Settings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED), load_fuel=FUEL)
    async with running_server(settings) as address:
        client = ToolRunnerClient(address, slicer=slicer)
        try:
            yield client
        finally:
            await client.close()
            await slicer.close()


async def ran(client: ToolRunnerClient, program: Program) -> tuple[object, list[str]]:
    """Return what the tool returns, and the lines that the load wrote."""

    async def on_console(line: ConsoleLine) -> None:
        """Drop a line."""

    async with (
        broker("127.0.0.1:1") as run,
        client.open("run", program, ToolCallLimits(), run, "") as session,
    ):
        lines = [line.text for line in await session.opened()]
        call = ToolInvocation("agent", "t", "{}", {}, "call-1")
        result = await session.call(call, on_console, lambda: None)
        assert result.failure is None, result.failure
        return result.output, lines


async def test_costly_program_is_loaded_in_part_and_says_so() -> None:
    async with runner() as client:
        for reason in ("FUEL_EXHAUSTED", "an earlier load"):
            output, lines = await ran(client, program_of(COSTLY))
            assert output == 7
            assert "2 of 4 statements" in lines[0]
            assert reason in lines[0]


async def test_costly_statement_that_is_needed_fails_as_before() -> None:
    async with runner() as client:
        for _ in range(2):
            with pytest.raises(BundleLoadError, match="FUEL_EXHAUSTED"):
                await ran(client, program_of(NEEDED))


async def test_program_that_loads_is_loaded_whole() -> None:
    async with runner() as client:
        output, lines = await ran(client, program_of(f"const kept = 1, spare = 2;\n{AGENT}"))
    assert (output, lines) == (1, [])


async def test_setting_prefers_the_part() -> None:
    async with runner(prefers=True) as client:
        output, lines = await ran(client, program_of(f"const kept = 1, spare = 2;\n{AGENT}"))
    assert output == 1
    assert "1 of 3 statements" in lines[0]
