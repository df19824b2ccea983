"""Kept conversations: listed, read and deleted, over gRPC and in the file of an older version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import sessions_pb2 as pb
from services.executor.adapters.sqlite.sessions import LoadBounds, SqliteSessions
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    Message,
    ReasoningBlock,
    SessionKey,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from tests.executor.fake_provider import STALL, answer, fake_provider, text
from tests.executor.served import Client, served

KEY = SessionKey("user", "s1")
RICH: list[Message] = [
    UserMessage(
        "look",
        (
            TextPart("closely"),
            MediaPart(MediaKind.IMAGE, "image/png", b"\x00\xff", filename="cat.png"),
            MediaPart(MediaKind.FILE, "", url="https://example.invalid/x.pdf"),
        ),
    ),
    AssistantMessage(
        "well",
        (ToolCall("c1", "add", "{}", "proof"), ToolCall("c2", "add", "{}")),
        (ReasoningBlock("hm", "signed"), ReasoningBlock("", redacted="opaque")),
    ),
    ToolMessage("c1", "add", "3"),
    ToolMessage("c2", "add", "4"),
    AssistantMessage("done"),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteSessions]:
    made = SqliteSessions(tmp_path / "sessions.db", LoadBounds())
    yield made
    await made.close()


async def test_messages_keep_everything_they_carry(store: SqliteSessions) -> None:
    await store.append(KEY, RICH, OWN_PROCESS)
    assert await store.load(KEY) == tuple(RICH)


async def test_sessions_are_listed_latest_first_by_resource(
    store: SqliteSessions,
) -> None:
    for name in ("a", "b", "c"):
        await store.append(
            SessionKey("user", name), [UserMessage(f"  {name}\n first ")], OWN_PROCESS
        )
    await store.append(SessionKey("user", "a"), [UserMessage("again")], OWN_PROCESS)
    await store.append(SessionKey("other", "z"), [UserMessage("hidden")], OWN_PROCESS)
    first = await store.page("user", 2, 0)
    assert [item.key.session_id for item in first.sessions] == ["a", "c"]
    assert first.sessions[0].title == "a first"
    assert (first.sessions[0].runs, first.sessions[0].messages) == (2, 2)
    assert 0 < first.sessions[0].created_ns <= first.sessions[0].updated_ns
    second = await store.page("user", 2, first.next_page)
    assert [item.key.session_id for item in second.sessions] == ["b"]
    assert second.next_page == 0


async def test_transcript_is_read_run_by_run(store: SqliteSessions) -> None:
    for number in range(5):
        said: list[Message] = [UserMessage(f"q{number}"), AssistantMessage("a")]
        await store.append(KEY, said, OWN_PROCESS)
    texts: list[str] = []
    start = 0
    for _ in range(3):
        page = await store.transcript(KEY, 2, start)
        assert page is not None
        texts += [message.text for _, message in page.messages if message.text != "a"]
        start = page.next_page
    assert texts == ["q0", "q1", "q2", "q3", "q4"]
    assert start == 0
    assert await store.transcript(SessionKey("other", "s1"), 2, 0) is None


async def test_deleted_session_is_gone(store: SqliteSessions) -> None:
    await store.append(KEY, RICH, OWN_PROCESS)
    assert not await store.delete(SessionKey("other", "s1"))
    assert await store.delete(KEY)
    assert not await store.delete(KEY)
    assert await store.load(KEY) == ()


async def test_file_of_older_version_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    old = sqlite3.connect(path)
    old.execute(
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, resource_id TEXT NOT NULL, "
        "session_id TEXT NOT NULL, bytes INTEGER NOT NULL, message_count INTEGER NOT NULL, "
        "messages TEXT NOT NULL)"
    )
    said = [{"role": "user", "text": "hi"}, {"role": "assistant", "text": "yes", "calls": []}]
    old.execute(
        "INSERT INTO runs (resource_id, session_id, bytes, message_count, messages) "
        "VALUES ('user', 's1', 9, 2, ?)",
        (json.dumps(said),),
    )
    old.commit()
    old.close()
    for _ in range(2):
        store = SqliteSessions(path, LoadBounds())
        try:
            await store.append(KEY, [UserMessage("more")], OWN_PROCESS)
            loaded = await store.load(KEY)
            page = await store.page("user", 10, 0)
        finally:
            await store.close()
    assert [item.text for item in loaded] == ["hi", "yes", "more", "more"]
    assert page.sessions[0].runs == 3


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Client]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456")
    async with fake_provider(answer("hi"), answer("again"), [text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(state_dir=str(tmp_path)) as made:
            yield made


async def test_session_is_read_and_deleted_over_grpc(client: Client) -> None:
    for message in ("first", "second"):
        outcome = await client.run(message, session_id="s", resource_id="r")
        assert outcome.events[-1].finish.effects.session_saved
    listed = await client.stub.ListSessions(pb.ListSessionsRequest(resource_id="r"))
    assert [(item.session_id, item.title, item.run_count) for item in listed.sessions] == [
        ("s", "first", 2)
    ]
    got = await client.stub.GetSession(
        pb.GetSessionRequest(resource_id="r", session_id="s", page_size=1)
    )
    assert [item.WhichOneof("message") for item in got.messages] == ["user", "assistant"]
    more = pb.GetSessionRequest(
        resource_id="r", session_id="s", page_size=1, page_token=got.next_page_token
    )
    last = await client.stub.GetSession(more)
    assert last.messages[0].user.text == "second"
    assert not last.next_page_token
    mine = pb.DeleteSessionRequest(resource_id="r", session_id="s")
    await client.stub.DeleteSession(mine)
    await refused(client.stub.DeleteSession(mine), grpc.StatusCode.NOT_FOUND, "has no session")


async def test_session_of_other_resource_is_not_found(client: Client) -> None:
    await client.run("first", session_id="s", resource_id="r")
    for resource in ("", "x"):
        key: dict[str, Any] = {"resource_id": resource, "session_id": "s"}
        asked = client.stub.GetSession(pb.GetSessionRequest(**key))
        await refused(asked, grpc.StatusCode.NOT_FOUND, "has no session")
        asked = client.stub.DeleteSession(pb.DeleteSessionRequest(**key))
        await refused(asked, grpc.StatusCode.NOT_FOUND, "has no session")


async def test_session_with_active_run_is_not_deleted(client: Client) -> None:
    for message in ("first", "second"):
        await client.run(message, session_id="s")
    call = client.start("third", session_id="s")
    async for event in call:
        if event.HasField("text_delta"):
            break
    asked = client.stub.DeleteSession(pb.DeleteSessionRequest(session_id="s"))
    await refused(asked, grpc.StatusCode.FAILED_PRECONDITION, "active")
    busy = await client.run("fourth", session_id="s")
    assert (busy.code, busy.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SESSION_BUSY")
    call.cancel()


@pytest.mark.parametrize("token", ["nonsense!", "LTE=", "eA=="])
async def test_malformed_token_is_refused(client: Client, token: str) -> None:
    asked = client.stub.ListSessions(pb.ListSessionsRequest(page_token=token))
    await refused(asked, grpc.StatusCode.INVALID_ARGUMENT, "page_token")


async def refused(call: Any, code: grpc.StatusCode, words: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match=words) as caught:
        await call
    assert caught.value.code() is code
