"""Stored conversations, as the executor reports them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from caisson.executor.v1 import message_pb2
from caisson.executor.v1 import session_service_pb2 as pb
from caisson.executor.v1.session_service_pb2_grpc import SessionServiceStub
from services.cli.client.clients import open_channel
from services.cli.client.shown import local_minute, message_line
from services.cli.client.wire import value_text


@dataclass(frozen=True)
class ShownSession:
    """A conversation as a person sees it; ``line`` is the same as one line of proto3 JSON."""

    session_id: str
    title: str
    runs: int
    messages: int
    updated: str
    line: str


@dataclass(frozen=True)
class ShownMessage:
    """A message: its author, its text, and the same as one line of proto3 JSON."""

    who: str
    text: str
    line: str


async def sessions_of(address: str, resource_id: str) -> AsyncGenerator[ShownSession, None]:
    """Yield the conversations of a resource, the latest first; raises CliError."""
    async with open_channel(address) as channel:
        stub = SessionServiceStub(channel)
        token = ""
        while True:
            request = pb.ListSessionsRequest(resource_id=resource_id, page_token=token)
            page = await stub.ListSessions(request)
            for session in page.sessions:
                yield _session(session)
            token = page.next_page_token
            if not token:
                return


async def transcript_of(
    address: str, resource_id: str, session_id: str
) -> AsyncGenerator[ShownMessage, None]:
    """Yield the messages of a conversation, in order; raises CliError."""
    async with open_channel(address) as channel:
        stub = SessionServiceStub(channel)
        token = ""
        while True:
            request = pb.ListMessagesRequest(
                resource_id=resource_id, session_id=session_id, page_token=token
            )
            page = await stub.ListMessages(request)
            for message in page.messages:
                yield _message(message)
            token = page.next_page_token
            if not token:
                return


async def delete_session(address: str, resource_id: str, session_id: str) -> None:
    """Delete a conversation; raises CliError."""
    async with open_channel(address) as channel:
        stub = SessionServiceStub(channel)
        request = pb.DeleteSessionRequest(resource_id=resource_id, session_id=session_id)
        await stub.DeleteSession(request)


def _session(session: pb.Session) -> ShownSession:
    return ShownSession(
        session.session_id,
        session.title,
        session.run_count,
        session.message_count,
        local_minute(session.update_time, "unknown"),
        message_line(session),
    )


def _message(message: message_pb2.Message) -> ShownMessage:
    tools = [part.tool_result.tool_name for part in message.parts if part.HasField("tool_result")]
    who = {message_pb2.ROLE_USER: "user", message_pb2.ROLE_TOOL: ", ".join(tools)}
    texts = [text for text in map(_part, message.parts) if text]
    return ShownMessage(who.get(message.role, "model"), "\n".join(texts), message_line(message))


def _part(part: message_pb2.Part) -> str:
    """Return how a part is shown; reasoning is not."""
    kind = part.WhichOneof("part")
    cut = f"\n[cut here: {part.size_bytes} bytes]" if part.truncated else ""
    if kind == "text":
        return part.text + cut
    if kind == "tool_call":
        return f"→ {part.tool_call.tool_name} {value_text(part.tool_call.input)}"
    if kind == "tool_result":
        result = part.tool_result
        return value_text(result.output) if result.HasField("output") else result.error_text + cut
    if kind in {"image", "file"}:
        media = getattr(part, kind)
        named = f" {media.filename}" if media.filename else ""
        where = media.url or f"{media.media_type}, {media.size_bytes} bytes"
        return f"[{kind}{named}, {where}]"
    return ""
