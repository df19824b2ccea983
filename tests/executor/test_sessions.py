"""Conversations continue, belong to their resource, and stay valid whatever becomes of a run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.executor.adapters.database.sessions import LoadBounds
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
from tests.executor.kept_sessions import kept_sessions

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


async def test_messages_are_loaded_as_appended(place: Path | str) -> None:
    for where in (place, None):
        async with kept_sessions(where) as store:
            assert await store.load(KEY) == ()
            await store.append(KEY, one_run(1), OWN_PROCESS)
            await store.append(SessionKey("other", "s1"), one_run(9), OWN_PROCESS)
            await store.append(KEY, one_run(2), OWN_PROCESS)
            assert await store.load(KEY) == (*one_run(1), *one_run(2))


async def test_sessions_are_kept_after_restart(place: Path | str) -> None:
    for number in (1, 2):
        async with kept_sessions(place) as store:
            await store.append(KEY, one_run(number), OWN_PROCESS)
            loaded = await store.load(KEY)
            await store.close()
    assert loaded == (*one_run(1), *one_run(2))


async def test_file_is_the_users_alone(tmp_path: Path) -> None:
    async with kept_sessions(tmp_path / "below" / "state") as store:
        await store.append(KEY, one_run(1), OWN_PROCESS)
        made = list((tmp_path / "below" / "state").iterdir())
        assert "caisson.db" in [path.name for path in made]
        assert all(path.stat().st_mode & 0o077 == 0 for path in (*made, made[0].parent))


async def test_long_history_is_compacted_between_runs(place: Path | str) -> None:
    async with kept_sessions(place, LoadBounds(messages=9)) as store:
        for number in range(5):
            await store.append(KEY, one_run(number), OWN_PROCESS)
        assert await store.load(KEY) == (*one_run(3), *one_run(4))


async def test_very_long_history_is_loaded_whole(place: Path | str) -> None:
    async with kept_sessions(place) as store:
        for number in range(40):
            await store.append(KEY, one_run(number), OWN_PROCESS)
        loaded = await store.load(KEY)
    assert loaded == tuple(message for number in range(40) for message in one_run(number))


async def test_two_executors_can_write_to_one_session(postgres_url: str) -> None:
    async with kept_sessions(postgres_url) as one, kept_sessions(postgres_url) as other:
        writes = (
            (one, other)[number % 2].append(KEY, one_run(number), OWN_PROCESS)
            for number in range(20)
        )
        await asyncio.gather(*writes)
        assert len(await one.load(KEY)) == len(await other.load(KEY)) == 80
