"""Converts stored conversations and requests for them; see ``session_service.proto``."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from caisson.executor.v1 import session_service_pb2 as pb
from services.executor.conversation import (
    Place,
    SessionKey,
    SessionPage,
    SessionSummary,
    TranscriptPage,
)
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.said_messages import to_message, to_time
from services.executor.wire.value_bytes import clean

MAX_ID_BYTES = 128
DEFAULT_SESSIONS, MOST_SESSIONS = 50, 500
DEFAULT_MESSAGES, MOST_MESSAGES = 100, 1000
MAX_PAGE_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True)
class SessionsRequest:
    """A requested page of conversations, from the beginning (0) or from a ``next_page``."""

    organisation: str
    resource_id: str
    size: int
    start: int


@dataclass(frozen=True)
class MessagesRequest:
    """A requested page of a conversation's messages, from a position on."""

    key: SessionKey
    size: int
    start: Place


def from_list_request(
    request: pb.ListSessionsRequest, tokens: PageTokens, organisation: str
) -> SessionsRequest:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    resource_id = request.resource_id
    check.size("resource_id", len(resource_id.encode()), MAX_ID_BYTES)
    (start,) = check.page(request, tokens, _sessions_of(organisation, resource_id)) or (0,)
    check.finish()
    size = min(request.page_size or DEFAULT_SESSIONS, MOST_SESSIONS)
    return SessionsRequest(organisation, resource_id, size, start)


def from_messages_request(
    request: pb.ListMessagesRequest, tokens: PageTokens, organisation: str
) -> MessagesRequest:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    key = _key(request.resource_id, request.session_id, organisation, check)
    run, at = check.page(request, tokens, _messages_of(key)) or (0, 0)
    check.finish()
    size = min(request.page_size or DEFAULT_MESSAGES, MOST_MESSAGES)
    return MessagesRequest(key, size, Place(run, at))


def from_get_request(request: pb.GetSessionRequest, organisation: str) -> SessionKey:
    """Return the requested conversation; raises RequestError."""
    check = RequestChecker()
    key = _key(request.resource_id, request.session_id, organisation, check)
    check.finish()
    return key


def from_delete_request(request: pb.DeleteSessionRequest, organisation: str) -> SessionKey:
    """Return the conversation to delete; raises RequestError."""
    check = RequestChecker()
    key = _key(request.resource_id, request.session_id, organisation, check)
    check.finish()
    return key


def to_list_response(
    page: SessionPage, asked: SessionsRequest, tokens: PageTokens
) -> pb.ListSessionsResponse:
    """Return a page of conversations."""
    next_page, about = page.next_page, _sessions_of(asked.organisation, asked.resource_id)
    return pb.ListSessionsResponse(
        sessions=[to_session(session) for session in page.sessions],
        next_page_token=tokens.token(about, (next_page,)) if next_page else "",
    )


def to_messages_response(
    page: TranscriptPage, key: SessionKey, tokens: PageTokens
) -> Generator[None, None, pb.ListMessagesResponse]:
    """Return a page of messages, as many as fit into one response; each message is a step."""
    response, room, next_page = pb.ListMessagesResponse(), MAX_PAGE_BYTES, page.next_page
    for kept in page.messages:
        message = to_message(kept.message, kept.time_ns, MAX_PAGE_BYTES)
        room -= message.ByteSize()
        if room < 0 and response.messages:
            next_page = kept.place
            break
        response.messages.append(message)
        yield
    if next_page is not None:
        response.next_page_token = tokens.token(_messages_of(key), (next_page.run, next_page.at))
    return response


def to_session(session: SessionSummary) -> pb.Session:
    """Return a conversation without its messages."""
    return pb.Session(
        session_id=session.key.session_id,
        resource_id=session.key.resource_id,
        title=clean(session.title),
        run_count=session.runs,
        message_count=session.messages,
        create_time=to_time(session.created_ns),
        update_time=to_time(session.updated_ns),
    )


def _sessions_of(organisation: str, resource_id: str) -> tuple[str, ...]:
    return "sessions", organisation, resource_id


def _messages_of(key: SessionKey) -> tuple[str, ...]:
    return "messages", key.organisation, key.resource_id, key.session_id


def _key(resource_id: str, session_id: str, organisation: str, check: RequestChecker) -> SessionKey:
    check.size("resource_id", len(resource_id.encode()), MAX_ID_BYTES)
    check.size("session_id", len(session_id.encode()), MAX_ID_BYTES)
    if not session_id:
        check.wrong("session_id", "It is missing.")
    return SessionKey(resource_id, session_id, organisation)
