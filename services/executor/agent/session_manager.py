"""Lists, reads and deletes stored conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.executor.agent.ports import SessionArchive
from services.executor.conversation import (
    Place,
    SessionKey,
    SessionPage,
    SessionSummary,
    TranscriptPage,
)
from services.executor.errors import SessionBusyError, UnknownSessionError


class SessionManager:
    """Manages the conversations in ``archive``; ``is_busy`` knows which have an active run."""

    def __init__(
        self, archive: SessionArchive, is_busy: Callable[[SessionKey], Awaitable[bool]]
    ) -> None:
        self._archive = archive
        self._is_busy = is_busy

    def __repr__(self) -> str:
        return f"SessionManager({self._archive!r})"

    async def page(self, organisation: str, resource_id: str, size: int, start: int) -> SessionPage:
        """Return conversations of a resource; see ``SessionArchive.page``."""
        return await self._archive.page(organisation, resource_id, size, start)

    async def summary(self, key: SessionKey) -> SessionSummary:
        """Return a conversation without its messages; raises UnknownSessionError."""
        found = await self._archive.summary(key)
        if found is None:
            raise unknown_session(key)
        return found

    async def transcript(self, key: SessionKey, size: int, start: Place) -> TranscriptPage:
        """Return the messages of a conversation; raises UnknownSessionError."""
        found = await self._archive.transcript(key, size, start)
        if found is None:
            raise unknown_session(key)
        return found

    async def delete(self, key: SessionKey) -> None:
        """Delete a conversation.

        Raises:
            SessionBusyError: it has an active run, which would store its messages.
            UnknownSessionError: there is none.
        """
        if await self._is_busy(key):
            raise SessionBusyError(
                "A run of this session is active. Delete the session once it has ended."
            )
        if not await self._archive.delete(key):
            raise unknown_session(key)


def unknown_session(key: SessionKey) -> UnknownSessionError:
    """Return the error for a conversation that is not there."""
    resource = key.resource_id[:128]
    whose = (
        f'The resource "{resource}" has no'
        if resource
        else ("No resource is given (`resource_id`, `--resource`), and without one there is no")
    )
    return UnknownSessionError(
        f'{whose} session "{key.session_id[:128]}". '
        "ListSessions (`caisson sessions list`) lists them."
    )
