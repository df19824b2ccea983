"""What runs read of conversations, from a database that may not answer for a while."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from services.executor.agent.ports import Clock, SessionStore
from services.executor.clients import Client
from services.executor.conversation import Message, SessionKey
from services.executor.run_errors import DatabaseError, SealedError
from services.executor.runs.writer import FIRST_WAIT_S, MOST_WAIT_S, PATIENCE_S

T = TypeVar("T")

logger = logging.getLogger(__name__)


class PatientSessions:
    """A store of conversations that is asked again while its database does not answer.

    A run that was accepted does not end because its conversation cannot be read now: as its
    commits, what it reads is asked for again, for 10 s. An executor that loses its lease meanwhile
    stops the run, and another goes on with it. What is written is written once: a commit whose
    answer was lost may have been made.
    """

    def __init__(self, store: SessionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __repr__(self) -> str:
        return f"PatientSessions({self._store!r})"

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """See ``SessionStore.load``."""
        return await self._asked(lambda: self._store.load(key))

    async def speaker(self, key: SessionKey) -> str:
        """See ``SessionStore.speaker``."""
        return await self._asked(lambda: self._store.speaker(key))

    async def notes(self, owner: SessionKey) -> str:
        """See ``NotesStore.notes``."""
        return await self._asked(lambda: self._store.notes(owner))

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """See ``NotesStore.revise_notes``."""
        await self._store.revise_notes(owner, revised, client)

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        """See ``SessionStore.append``."""
        await self._store.append(key, messages, client, agent)

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        give_up, wait_s = self._clock.monotonic() + PATIENCE_S, FIRST_WAIT_S
        while True:
            try:
                return await ask()
            except SealedError:
                raise  # no later try has the key
            except DatabaseError as error:
                if self._clock.monotonic() >= give_up:
                    raise
                logger.warning("a conversation cannot be read, and is asked for again: %s", error)
            await self._clock.sleep(wait_s)
            wait_s = min(2 * wait_s, MOST_WAIT_S)
