"""Asks a real server: llama.cpp's own, with the smallest model that a package ships.

Its package weighs 130 MB, so that only ``make soak`` installs it. The model is too small to call a
tool when it should.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.executor.agent.ports import ModelQuery
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    Message,
    ModelRoute,
    ToolCall,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import JsonObject
from services.executor.errors import ModelContextError
from tests.npm import alone, digest_of, emptied
from tests.providers.asking import ADD, Asking

HERE = Path(__file__).parent / "llama"
START_S = 120
INSTALL_S = 600
LEAVE_S = 30
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"sum": {"type": "integer", "minimum": 0, "maximum": 99}},
    "required": ["sum"],
    "additionalProperties": False,
}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def packages() -> Path:
    """Return the folder with what the lock file pins."""
    lock = HERE / "requirements.lock"
    with alone("llama") as cache:
        folder = cache / f"packages-{digest_of([lock])}"
        if not folder.exists():
            fresh = emptied(cache / "packages.new")
            pip = [sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps"]
            command = [*pip, "--target", str(fresh), "-r", str(lock)]
            subprocess.run(command, check=True, timeout=INSTALL_S)
            fresh.rename(folder)
        return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if not request.config.getoption("--soak"):
        pytest.skip("`make soak` asks it")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "serve.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(packages())},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        async with asyncio.timeout(LEAVE_S):
            await process.wait()


def query(
    address: str, *messages: Message, schema: JsonObject | None = None, tokens: int = 16
) -> ModelQuery:
    """Return a query of that server, under the model's alias.

    It has no tools where it has a schema: with tools, this server lets its model answer freely.
    """
    settings: JsonObject = {"maxOutputTokens": tokens, "temperature": 0}
    tools = ADD if schema is None else ()
    route = ModelRoute("openai/local", f"{address}/v1", "")
    return ModelQuery(route, "Be short.", messages, tools, settings, output_schema=schema)


async def test_answer_is_read_with_its_end_and_its_tokens(ask: Asking, address: str) -> None:
    answer = await ask.read(query(address, UserMessage("Say hi.")))
    assert answer.message.text
    assert answer.finish_reason in {FinishReason.STOP, FinishReason.LENGTH}
    assert answer.usage.source is UsageSource.PROVIDER
    assert answer.usage.input_tokens > 10
    assert 0 < answer.usage.output_tokens <= 16


async def test_cut_answer_is_told(ask: Asking, address: str) -> None:
    asked = query(address, UserMessage("Count from one to one hundred in words."), tokens=4)
    answer = await ask.read(asked)
    assert answer.finish_reason is FinishReason.LENGTH
    assert answer.usage.output_tokens == 4


async def test_structured_answer_fits_its_schema(ask: Asking, address: str) -> None:
    asked = query(address, UserMessage("What is 1 + 2?"), schema=SCHEMA, tokens=64)
    answer = await ask.read(asked)
    assert '"sum"' in answer.message.text
    assert answer.finish_reason is FinishReason.STOP


async def test_calls_and_results_go_back(ask: Asking, address: str) -> None:
    call = ToolCall("call1", "add", '{"a":1,"b":2}')
    said = AssistantMessage("", (call,))
    told = ToolMessage("call1", "add", "3")
    answer = await ask.read(query(address, UserMessage("Add 1 and 2."), said, told))
    assert answer.usage.input_tokens > 20


async def test_long_conversation_has_its_own_error(ask: Asking, address: str) -> None:
    with pytest.raises(ModelContextError, match="exceeds the available context size"):
        await ask.read(query(address, UserMessage("word " * 2000)))
