"""Stored conversations, as the executor reports them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1 import sessions_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client.clients import open_channel
from services.cli.show.outside_text import json_line


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
        stub = ExecutorServiceStub(channel)
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
        stub = ExecutorServiceStub(channel)
        token = ""
        while True:
            request = pb.GetSessionRequest(
                resource_id=resource_id, session_id=session_id, page_token=token
            )
            page = await stub.GetSession(request)
            for message in page.messages:
                for shown in _messages(message):
                    yield shown
            token = page.next_page_token
            if not token:
                return


async def delete_session(address: str, resource_id: str, session_id: str) -> None:
    """Delete a conversation; raises CliError."""
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)
        request = pb.DeleteSessionRequest(resource_id=resource_id, session_id=session_id)
        await stub.DeleteSession(request)


def _session(session: pb.Session) -> ShownSession:
    return ShownSession(
        session.session_id,
        session.title,
        session.run_count,
        session.message_count,
        _time(session.update_time),
        _line(session),
    )


def _messages(message: pb.SessionMessage) -> list[ShownMessage]:
    line = _line(message)
    kind = message.WhichOneof("message")
    if kind == "user":
        attached = [f"[{item}]" for item in message.user.attachments]
        return [ShownMessage("user", "\n".join([message.user.text, *attached]), line)]
    if kind == "tool":
        return [ShownMessage(message.tool.tool_name, message.tool.text, line)]
    answer = message.assistant
    calls = [f"→ {call.tool_name} {call.input_text}" for call in answer.tool_calls]
    text = "\n".join([*([answer.text] if answer.text else []), *calls])
    return [ShownMessage("model", text, line)]


def _line(message: Message) -> str:
    document = json_format.MessageToDict(message)
    return json_line(document)


def _time(stamp: Timestamp) -> str:
    if not stamp.seconds:
        return "unknown"
    local = datetime.fromtimestamp(stamp.seconds, UTC).astimezone()
    return local.strftime("%Y-%m-%d %H:%M")
