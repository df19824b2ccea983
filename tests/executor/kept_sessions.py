"""The conversations of a database, opened for a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.executor.adapters.database.database import open_database
from services.executor.adapters.database.session_room import StoreBounds
from services.executor.adapters.database.sessions import DatabaseSessions, LoadBounds


@asynccontextmanager
async def kept_sessions(
    place: Path | str | None, load: LoadBounds | None = None, **room: int
) -> AsyncIterator[DatabaseSessions]:
    """Open a state directory, the URL of a PostgreSQL, or a database in memory."""
    database = await asyncio.to_thread(open_database, place, load, StoreBounds(**room))
    try:
        yield database.sessions
    finally:
        await database.close()
