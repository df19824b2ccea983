"""The RPCs for stored conversations, over grpc.aio."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from caisson.executor.v1 import session_service_pb2 as pb
from services.executor.access.binding import is_hidden, seen
from services.executor.admission import Admission, AnyContext
from services.executor.agent.session_manager import SessionManager, unknown_session
from services.executor.audit.entries import Action, by_caller
from services.executor.audit.ports import AuditTrail
from services.executor.clients import CALLER
from services.executor.conversation import SessionKey
from services.executor.fair_slots import FairSlots
from services.executor.side_thread import SIDE
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.sessions import (
    MAX_PAGE_BYTES,
    from_delete_request,
    from_get_request,
    from_list_request,
    from_messages_request,
    to_list_response,
    to_messages_response,
    to_session,
)

# The most requests active in, or waiting for, the one thread of the sessions' file.
SESSION_READERS = 2
SESSION_READ_S = 0.001

T = TypeVar("T")
R = TypeVar("R", pb.GetSessionRequest, pb.DeleteSessionRequest)


class SessionService:
    """Reads and deletes the conversations of ``sessions``; clients take turns.

    ``trail`` is told who deletes them.
    """

    def __init__(
        self,
        sessions: SessionManager,
        admission: Admission,
        tokens: PageTokens,
        trail: AuditTrail,
    ) -> None:
        self._sessions = sessions
        self._trail = trail
        self._admission = admission
        self._tokens = tokens
        self._turns = FairSlots(SESSION_READERS)

    def __repr__(self) -> str:
        return f"SessionService({self._sessions!r})"

    async def ListSessions(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListSessionsRequest, context: AnyContext
    ) -> None:
        """Answer with the conversations of a resource."""
        await self._answer(context, self._list(request))

    async def GetSession(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetSessionRequest, context: AnyContext
    ) -> None:
        """Answer with a conversation without its messages."""
        await self._answer(context, self._get(request))

    async def ListMessages(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListMessagesRequest, context: AnyContext
    ) -> None:
        """Answer with the messages of a conversation."""
        await self._answer(context, self._messages(request))

    async def DeleteSession(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeleteSessionRequest, context: AnyContext
    ) -> None:
        """Delete a conversation."""
        await self._answer(context, self._delete(request))

    async def _answer(self, context: AnyContext, work: Coroutine[Any, Any, T]) -> None:
        async def in_turn() -> T:
            claim = self._turns.claim(SESSION_READ_S)
            claim.join(CALLER.get())
            async with claim:
                return await work

        try:
            await self._admission.answer(context, in_turn(), self._admission.quick)
        finally:
            work.close()

    async def _list(self, request: pb.ListSessionsRequest) -> pb.ListSessionsResponse:
        request.resource_id = seen(request.resource_id) or ""
        asked = from_list_request(request, self._tokens, _organisation())
        if is_hidden(asked.resource_id):
            return pb.ListSessionsResponse()
        page = await self._sessions.page(
            asked.organisation, asked.resource_id, asked.size, asked.start
        )
        return to_list_response(page, asked, self._tokens)

    async def _get(self, request: pb.GetSessionRequest) -> pb.GetSessionResponse:
        found = await self._sessions.summary(_key(request, from_get_request))
        return pb.GetSessionResponse(session=to_session(found))

    async def _messages(self, request: pb.ListMessagesRequest) -> pb.ListMessagesResponse:
        request.resource_id = seen(request.resource_id) or ""
        asked = from_messages_request(request, self._tokens, _organisation())
        _check_seen(asked.key)
        page = await self._sessions.transcript(asked.key, asked.size, asked.start)
        shown = to_messages_response(page, asked.key, self._tokens)
        return await SIDE.run_steps(MAX_PAGE_BYTES, shown)

    async def _delete(self, request: pb.DeleteSessionRequest) -> pb.DeleteSessionResponse:
        key = _key(request, from_delete_request)
        await self._sessions.delete(key)
        deleted = by_caller(Action.SESSION_DELETED, key.session_id, resource_id=key.resource_id)
        self._trail.record(deleted)
        return pb.DeleteSessionResponse()


def _organisation() -> str:
    """Return whose conversations the current request is about."""
    return CALLER.get().organisation


def _key(request: R, read: Callable[[R, str], SessionKey]) -> SessionKey:
    """Return the conversation that a request names and its caller may see."""
    request.resource_id = seen(request.resource_id) or ""
    key = read(request, _organisation())
    _check_seen(key)
    return key


def _check_seen(key: SessionKey) -> None:
    """Check that the caller may see a conversation; one of another resource is not there."""
    if is_hidden(key.resource_id):
        raise unknown_session(key)
