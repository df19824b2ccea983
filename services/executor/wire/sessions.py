"""Stored conversations as messages of ``sessions.proto``, and validated requests for them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1 import sessions_pb2 as pb
from services.executor.conversation import (
    AssistantMessage,
    MediaPart,
    Message,
    SessionKey,
    SessionPage,
    SessionSummary,
    TextPart,
    TranscriptPage,
    UserMessage,
)
from services.executor.wire.json_values import clean
from services.executor.wire.request_checker import RequestChecker

MAX_ID_BYTES = 128
DEFAULT_SESSIONS, MOST_SESSIONS = 50, 500
DEFAULT_RUNS, MOST_RUNS = 20, 200
MAX_TEXT_CHARACTERS = 32 * 1024
MAX_PAGE_CHARACTERS = 2 * 1024 * 1024
LAST_ROW = 2**63 - 1


@dataclass(frozen=True)
class PageRequest:
    """A requested page: ``size`` items, from the beginning (0) or from a ``next_page``."""

    key: SessionKey
    size: int
    start: int


def from_list_request(request: pb.ListSessionsRequest) -> PageRequest:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    check.size("resource_id", len(request.resource_id.encode()), MAX_ID_BYTES)
    start = _start(request.page_token, check)
    check.finish()
    size = min(request.page_size or DEFAULT_SESSIONS, MOST_SESSIONS)
    return PageRequest(SessionKey(request.resource_id, ""), size, start)


def from_get_request(request: pb.GetSessionRequest) -> PageRequest:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    key = _key(request.resource_id, request.session_id, check)
    start = _start(request.page_token, check)
    check.finish()
    return PageRequest(key, min(request.page_size or DEFAULT_RUNS, MOST_RUNS), start)


def from_delete_request(request: pb.DeleteSessionRequest) -> SessionKey:
    """Return the conversation to delete; raises RequestError."""
    check = RequestChecker()
    key = _key(request.resource_id, request.session_id, check)
    check.finish()
    return key


def to_list_response(page: SessionPage) -> pb.ListSessionsResponse:
    """Return a page of conversations."""
    return pb.ListSessionsResponse(
        sessions=[_session(session) for session in page.sessions],
        next_page_token=_token(page.next_page),
    )


def to_get_response(page: TranscriptPage) -> pb.GetSessionResponse:
    """Return a page of messages; long texts are cut to fit."""
    most = min(MAX_TEXT_CHARACTERS, MAX_PAGE_CHARACTERS // max(1, 2 * len(page.messages)))
    return pb.GetSessionResponse(
        session=_session(page.session),
        messages=[_message(time_ns, message, most) for time_ns, message in page.messages],
        next_page_token=_token(page.next_page),
    )


def _key(resource_id: str, session_id: str, check: RequestChecker) -> SessionKey:
    check.size("resource_id", len(resource_id.encode()), MAX_ID_BYTES)
    check.size("session_id", len(session_id.encode()), MAX_ID_BYTES)
    if not session_id:
        check.wrong("session_id", "It is missing.")
    return SessionKey(resource_id, session_id)


def _token(next_page: int) -> str:
    return base64.urlsafe_b64encode(str(next_page).encode()).decode() if next_page else ""


def _start(token: str, check: RequestChecker) -> int:
    if not token:
        return 0
    try:
        start = int(base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        start = -1
    if not 0 <= start <= LAST_ROW:
        check.wrong("page_token", "It must be the `next_page_token` of a response, or empty.")
    return start


def _session(session: SessionSummary) -> pb.Session:
    return pb.Session(
        session_id=session.key.session_id,
        resource_id=session.key.resource_id,
        title=clean(session.title),
        run_count=session.runs,
        message_count=session.messages,
        create_time=_time(session.created_ns),
        update_time=_time(session.updated_ns),
    )


def _message(time_ns: int, message: Message, most: int) -> pb.SessionMessage:
    if isinstance(message, UserMessage):
        attachments = [_attachment(part) for part in message.parts if isinstance(part, MediaPart)]
        texts = [part.text for part in message.parts if isinstance(part, TextPart)]
        text = _cut("\n".join([message.text, *texts]), most)
        user = pb.UserTurn(text=text, attachments=attachments)
        return pb.SessionMessage(time=_time(time_ns), user=user)
    if isinstance(message, AssistantMessage):
        return pb.SessionMessage(time=_time(time_ns), assistant=_assistant(message, most))
    tool = pb.ToolTurn(
        tool_call_id=message.call_id, tool_name=clean(message.tool), text=_cut(message.text, most)
    )
    return pb.SessionMessage(time=_time(time_ns), tool=tool)


def _assistant(message: AssistantMessage, most: int) -> pb.AssistantTurn:
    share = most // max(1, len(message.calls))
    return pb.AssistantTurn(
        text=_cut(message.text, most),
        tool_calls=[
            pb.SessionToolCall(
                tool_call_id=call.id,
                tool_name=_cut(call.tool, MAX_ID_BYTES),
                input_text=_cut(call.input_text, share),
            )
            for call in message.calls
        ],
        reasoning=_cut("\n".join(block.text for block in message.reasoning), most),
    )


def _attachment(part: MediaPart) -> str:
    named = f" {part.filename}" if part.filename else ""
    where = part.url if part.data is None else f"{part.media_type}, {len(part.data)} bytes"
    return clean(f"{part.kind.value}{named}, {where}")


def _cut(text: str, most: int) -> str:
    text = clean(text)
    return text if len(text) <= most else f"{text[:most]}\n[cut here: {len(text)} characters]"


def _time(time_ns: int) -> Timestamp | None:
    if not time_ns:
        return None
    stamp = Timestamp()
    stamp.FromNanoseconds(time_ns)
    return stamp
