"""An executor for one measurement, without state from earlier ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from services.cli.hosting import Child, private_folder, start
from services.cli.installed import EXECUTOR


@asynccontextmanager
async def fresh_executor(settings: Mapping[str, str]) -> AsyncIterator[Child]:
    """Start an executor with empty folders for conversations and the bundle cache.

    Args:
        settings: additional environment variables.
    """
    async with private_folder() as folder:
        own = {
            "CAISSON_EXECUTOR_STATE_DIR": str(folder / "state"),
            "CAISSON_EXECUTOR_CACHE_DIR": str(folder / "cache"),
            **settings,
        }
        async with start(EXECUTOR, f"unix:{folder}/executor", settings=own) as child:
            yield child
