"""The database of runs and conversations, as the settings say; encrypted if they have keys."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from services.executor.adapters.database.database import Database, open_database
from services.executor.adapters.database.file_lock import InUseError
from services.executor.adapters.database.session_room import StoreBounds
from services.executor.adapters.database.sessions import DatabaseSessions, LoadBounds
from services.executor.errors import ExecutorError
from services.executor.keys import named_keys
from services.executor.run_settings import IN_MEMORY
from services.executor.runs.ports import Journal
from services.executor.runs.sealed_journal import SealedJournal
from services.executor.runs.sealed_sessions import PlainTexts, SealedTexts, TextSealing
from services.executor.runs.sealing import Sealer
from services.executor.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_S: Final = 5.0
NO_PROGRAM: Final = "sha256:none"
# How much more of a conversation is loaded than shown: old parts are shown shortened.
LOADED_OF_SHOWN: Final = 4


@dataclass(frozen=True)
class RunDatabase:
    """An open database: what runs record in it, and their conversations."""

    journal: Journal
    sessions: DatabaseSessions
    opened: Database

    async def answers(self) -> bool:
        """Return whether the database answers in time."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self.journal.program(NO_PROGRAM)
        except (ExecutorError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close it; idempotent."""
        await self.opened.close()


def open_run_database(settings: Settings) -> RunDatabase:
    """Open the database: the one of the URL, or a file in the state directory, or in memory.

    Raises:
        SetupError: another executor uses the file, or the database is of a newer version.
        DatabaseError: it cannot be reached or used.
    """
    sealing, sealer = sealing_of(settings)
    try:
        database = _open(settings, sealing)
    except InUseError:
        if settings.state_in_use != IN_MEMORY:
            raise
        logger.info("another executor uses the state directory: runs are recorded in memory")
        database = _open(replace(settings, state_dir=""), sealing)
    journal: Journal = database.journal
    if sealer is not None:
        journal = SealedJournal(journal, sealer)
    return RunDatabase(journal, database.sessions, database)


def sealing_of(settings: Settings) -> tuple[TextSealing, Sealer | None]:
    """Return how conversations are sealed, and runs; None without keys."""
    keys = named_keys(settings.journal_keys)
    if not keys:
        return PlainTexts(), None
    sealer = Sealer(keys)
    return SealedTexts(sealer), sealer


def place_of(settings: Settings) -> Path | str | None:
    """Return where the database is; see ``open_database``."""
    if settings.database_url:
        return settings.database_url
    return Path(settings.state_dir) if settings.state_dir else None


def _open(settings: Settings, sealing: TextSealing) -> Database:
    bounds = LoadBounds(
        LOADED_OF_SHOWN * settings.history_messages, LOADED_OF_SHOWN * settings.history_bytes
    )
    room = StoreBounds(
        run_bytes=settings.session_run_bytes,
        session_bytes=settings.session_bytes,
        resource_bytes=settings.session_resource_bytes,
        resource_sessions=settings.session_resource_count,
        store_bytes=settings.session_store_bytes,
    )
    return open_database(place_of(settings), bounds, room, sealing)
