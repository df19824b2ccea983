"""Conversations continue, belong to their resource, and stay valid whatever becomes of a run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.executor.adapters.sqlite.sessions import LoadBounds, SqliteSessions
from services.executor.agent.deltas import TextPiece
from services.executor.agent.scripted import ScriptedRunner
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.errors import ModelUnavailableError
from tests.executor.builders import ADD_SCHEMA, MODEL, add, calls, says, stage, tool

KEY = SessionKey("user", "s1")


def one_run(number: int) -> list[Message]:
    return [
        UserMessage(f"question {number}"),
        AssistantMessage("", (ToolCall(f"c{number}", "add", "{}"),)),
        ToolMessage(f"c{number}", "add", "3"),
        AssistantMessage(f"answer {number}"),
    ]


async def test_session_resumes_with_full_history() -> None:
    scene = stage(
        calls(("c1", "add", '{"a":1,"b":2}')),
        says("three"),
        says("as I said"),
        tools=[tool("add", ADD_SCHEMA)],
        runner=ScriptedRunner({"add": add}),
    )
    await scene.run("1 + 2?", session_id="s1", resource_id="user")
    await scene.run("Sure?", session_id="s1", resource_id="user")
    assert scene.model.queries[2].messages == (
        UserMessage("1 + 2?"),
        AssistantMessage("", (ToolCall("c1", "add", '{"a":1,"b":2}'),), model=MODEL),
        ToolMessage("c1", "add", '{"sum": 3}'),
        AssistantMessage("three", model=MODEL),
        UserMessage("Sure?"),
    )


async def test_resources_do_not_share_conversations() -> None:
    scene = stage(says("a"), says("b"))
    await scene.run("one", session_id="s1", resource_id="x")
    await scene.run("two", session_id="s1", resource_id="y")
    assert scene.model.queries[1].messages == (UserMessage("two"),)


async def test_failed_run_leaves_conversation_unchanged() -> None:
    scene = stage(says("a"), [TextPiece("b"), ModelUnavailableError("away")], says("c"))
    for message in ("one", "two", "three"):
        await scene.run(message, session_id="s1")
    assert scene.model.queries[2].messages == (
        UserMessage("one"),
        AssistantMessage("a", model=MODEL),
        UserMessage("three"),
    )


@pytest.mark.parametrize("place", ["file", "memory"])
async def test_sqlite_round_trips_messages(tmp_path: Path, place: str) -> None:
    path = tmp_path / "below" / "sessions.db" if place == "file" else None
    store = SqliteSessions(path, LoadBounds())
    try:
        assert await store.load(KEY) == ()
        await store.append(KEY, one_run(1), OWN_PROCESS)
        await store.append(SessionKey("other", "s1"), one_run(9), OWN_PROCESS)
        await store.append(KEY, one_run(2), OWN_PROCESS)
        assert await store.load(KEY) == (*one_run(1), *one_run(2))
    finally:
        await store.close()


async def test_sqlite_keeps_sessions_after_restart(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    for number in (1, 2):
        store = SqliteSessions(path, LoadBounds())
        await store.append(KEY, one_run(number), OWN_PROCESS)
        loaded = await store.load(KEY)
        await store.close()
        await store.close()
    assert loaded == (*one_run(1), *one_run(2))
    assert path.stat().st_mode & 0o077 == 0


async def test_long_history_is_compacted_between_runs(tmp_path: Path) -> None:
    store = SqliteSessions(tmp_path / "sessions.db", LoadBounds(messages=9))
    try:
        for number in range(5):
            await store.append(KEY, one_run(number), OWN_PROCESS)
        assert await store.load(KEY) == (*one_run(3), *one_run(4))
    finally:
        await store.close()


async def test_two_stores_can_write_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    stores = [SqliteSessions(path, LoadBounds()) for _ in range(2)]
    try:
        writes = (
            stores[number % 2].append(KEY, one_run(number), OWN_PROCESS) for number in range(20)
        )
        await asyncio.gather(*writes)
        assert len(await stores[0].load(KEY)) == 80
    finally:
        for store in stores:
            await store.close()
