"""Kept conversations: listed, read and deleted, over gRPC and in both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import message_pb2
from caisson.executor.v1 import session_service_pb2 as pb
from services.executor.adapters.database.sessions import DatabaseSessions
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    Message,
    Place,
    ReasoningBlock,
    SessionKey,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from tests.executor.fake_provider import STALL, answer, fake_provider, text
from tests.executor.kept_sessions import kept_sessions
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
async def store(place: Path | str) -> AsyncIterator[DatabaseSessions]:
    async with kept_sessions(place) as made:
        yield made


async def test_messages_keep_everything_they_carry(store: DatabaseSessions) -> None:
    await store.append(KEY, RICH, OWN_PROCESS)
    assert await store.load(KEY) == tuple(RICH)


async def test_sessions_are_listed_latest_first_by_resource(
    store: DatabaseSessions,
) -> None:
    for name in ("a", "b", "c"):
        await store.append(
            SessionKey("user", name), [UserMessage(f"  {name}\n first ")], OWN_PROCESS
        )
    await store.append(SessionKey("user", "a"), [UserMessage("again")], OWN_PROCESS)
    await store.append(SessionKey("other", "z"), [UserMessage("hidden")], OWN_PROCESS)
    first = await store.page("", "user", 2, 0)
    assert [item.key.session_id for item in first.sessions] == ["a", "c"]
    assert first.sessions[0].title == "a first"
    assert (first.sessions[0].runs, first.sessions[0].messages) == (2, 2)
    assert 0 < first.sessions[0].created_ns <= first.sessions[0].updated_ns
    second = await store.page("", "user", 2, first.next_page)
    assert [item.key.session_id for item in second.sessions] == ["b"]
    assert second.next_page == 0


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 100])
async def test_pages_of_any_size_hold_a_transcript_once(store: DatabaseSessions, size: int) -> None:
    for number in range(5):
        said: list[Message] = [UserMessage(f"q{number}"), AssistantMessage(f"a{number}")]
        await store.append(KEY, said, OWN_PROCESS)
        await store.append(SessionKey("user", "other"), said, OWN_PROCESS)
    texts: list[str] = []
    start: Place | None = Place()
    while start is not None:
        page = await store.transcript(KEY, size, start)
        assert page is not None
        assert 0 < len(page.messages) <= size
        texts += [kept.message.text for kept in page.messages]
        start = page.next_page
    assert texts == [f"{who}{number}" for number in range(5) for who in "qa"]
    assert await store.transcript(SessionKey("other", "s1"), 2, Place()) is None


async def test_a_page_ends_when_it_is_large(store: DatabaseSessions) -> None:
    for number in range(4):
        await store.append(KEY, [UserMessage("x" * 5_000_000 + str(number))], OWN_PROCESS)
    first = await store.transcript(KEY, 100, Place())
    assert first is not None
    assert len(first.messages) < 4
    assert first.next_page is not None
    rest = await store.transcript(KEY, 100, first.next_page)
    assert rest is not None
    assert len(first.messages) + len(rest.messages) == 4
    assert rest.next_page is None


async def test_deleted_session_is_gone(store: DatabaseSessions) -> None:
    await store.append(KEY, RICH, OWN_PROCESS)
    assert not await store.delete(SessionKey("other", "s1"))
    assert await store.delete(KEY)
    assert not await store.delete(KEY)
    assert await store.load(KEY) == ()


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
        assert outcome.ended.effects.session_saved
    listed = await client.sessions.ListSessions(pb.ListSessionsRequest(resource_id="r"))
    assert [(item.session_id, item.title, item.run_count) for item in listed.sessions] == [
        ("s", "first", 2)
    ]
    got = await client.sessions.GetSession(pb.GetSessionRequest(resource_id="r", session_id="s"))
    assert (got.session.message_count, got.session.title) == (4, "first")
    asked = pb.ListMessagesRequest(resource_id="r", session_id="s", page_size=3)
    page = await client.sessions.ListMessages(asked)
    assert [message.role for message in page.messages] == [
        message_pb2.ROLE_USER,
        message_pb2.ROLE_ASSISTANT,
        message_pb2.ROLE_USER,
    ]
    assert page.messages[0].create_time.seconds > 0
    asked.page_token = page.next_page_token
    last = await client.sessions.ListMessages(asked)
    assert [part.text for message in last.messages for part in message.parts] == ["again"]
    assert not last.next_page_token
    mine = pb.DeleteSessionRequest(resource_id="r", session_id="s")
    await client.sessions.DeleteSession(mine)
    await refused(client.sessions.DeleteSession(mine), grpc.StatusCode.NOT_FOUND, "no session")


async def test_session_of_other_resource_is_not_found(client: Client) -> None:
    await client.run("first", session_id="s", resource_id="r")
    for resource in ("", "x"):
        key: dict[str, Any] = {"resource_id": resource, "session_id": "s"}
        asked = client.sessions.GetSession(pb.GetSessionRequest(**key))
        await refused(asked, grpc.StatusCode.NOT_FOUND, "no session")
        asked = client.sessions.ListMessages(pb.ListMessagesRequest(**key))
        await refused(asked, grpc.StatusCode.NOT_FOUND, "no session")
        asked = client.sessions.DeleteSession(pb.DeleteSessionRequest(**key))
        await refused(asked, grpc.StatusCode.NOT_FOUND, "no session")


async def test_session_with_active_run_is_not_deleted(client: Client) -> None:
    for message in ("first", "second"):
        await client.run(message, session_id="s")
    call = client.start("third", session_id="s")
    async for event in call:
        if event.HasField("text_delta"):
            break
    asked = client.sessions.DeleteSession(pb.DeleteSessionRequest(session_id="s"))
    await refused(asked, grpc.StatusCode.FAILED_PRECONDITION, "is active")
    busy = await client.run("fourth", session_id="s")
    assert (busy.code, busy.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SESSION_BUSY")
    call.cancel()


@pytest.mark.parametrize("token", ["nonsense!", "LTE=", "eA=="])
async def test_a_token_that_is_none_is_refused(client: Client, token: str) -> None:
    asked = client.sessions.ListSessions(pb.ListSessionsRequest(page_token=token))
    await refused(asked, grpc.StatusCode.INVALID_ARGUMENT, "page_token")


async def test_a_token_is_bound_to_its_question(client: Client) -> None:
    for session in ("s", "t"):
        await client.run("hi", session_id=session, resource_id="r")
    listed = await client.sessions.ListSessions(
        pb.ListSessionsRequest(resource_id="r", page_size=1)
    )
    token = listed.next_page_token
    assert token
    other = pb.ListSessionsRequest(resource_id="x", page_token=token)
    await refused(client.sessions.ListSessions(other), grpc.StatusCode.INVALID_ARGUMENT, "same")
    messages = pb.ListMessagesRequest(resource_id="r", session_id="s", page_token=token)
    await refused(client.sessions.ListMessages(messages), grpc.StatusCode.INVALID_ARGUMENT, "same")
    mine = pb.ListSessionsRequest(resource_id="r", page_token=token)
    assert [each.session_id for each in (await client.sessions.ListSessions(mine)).sessions] == [
        "s"
    ]


async def test_a_negative_page_size_is_refused(client: Client) -> None:
    asked = client.sessions.ListSessions(pb.ListSessionsRequest(page_size=-1))
    await refused(asked, grpc.StatusCode.INVALID_ARGUMENT, "must not be negative")


async def refused(call: Any, code: grpc.StatusCode, words: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match=words) as caught:
        await call
    assert caught.value.code() is code
