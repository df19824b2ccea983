"""Kept conversations as their owner sees them: listed, read, deleted."""

from __future__ import annotations

from services.executor.agent.ports import SessionArchive
from services.executor.agent.turns import SessionTurns
from services.executor.conversation import (
    Place,
    SessionKey,
    SessionPage,
    SessionSummary,
    TranscriptPage,
)
from services.executor.errors import SessionBusyError, UnknownSessionError


class SessionDesk:
    """Answers for the conversations in ``archive``; ``turns`` knows which have a run going on."""

    def __init__(self, archive: SessionArchive, turns: SessionTurns) -> None:
        self._archive = archive
        self._turns = turns

    def __repr__(self) -> str:
        return f"SessionDesk({self._archive!r}, {self._turns!r})"

    async def page(self, resource_id: str, size: int, start: int) -> SessionPage:
        """Return conversations of a resource; see ``SessionArchive.page``."""
        return await self._archive.page(resource_id, size, start)

    async def summary(self, key: SessionKey) -> SessionSummary:
        """Return a conversation without its messages; raises UnknownSessionError."""
        found = await self._archive.summary(key)
        if found is None:
            raise _unknown(key)
        return found

    async def transcript(self, key: SessionKey, size: int, start: Place) -> TranscriptPage:
        """Return what was said; raises UnknownSessionError."""
        found = await self._archive.transcript(key, size, start)
        if found is None:
            raise _unknown(key)
        return found

    async def delete(self, key: SessionKey) -> None:
        """Forget a conversation.

        Raises:
            SessionBusyError: a run of it is going on, and would keep what it says.
            UnknownSessionError: there is none.
        """
        if self._turns.busy(key):
            raise SessionBusyError(
                "A run of this session is going on. Delete the session once it has ended."
            )
        if not await self._archive.delete(key):
            raise _unknown(key)


def _unknown(key: SessionKey) -> UnknownSessionError:
    return UnknownSessionError(
        f'The resource "{key.resource_id[:128]}" has no session "{key.session_id[:128]}". '
        "ListSessions (`caisson sessions list`) shows those there are."
    )
