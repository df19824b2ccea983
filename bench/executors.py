"""An executor for one measure, which finds nothing that another measure has left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from services.cli.hosting import Child, private_folder, start
from services.cli.installed import EXECUTOR


@asynccontextmanager
async def fresh_executor(settings: Mapping[str, str]) -> AsyncIterator[Child]:
    """Start an executor with empty folders for conversations and for what it reads of bundles.

    Args:
        settings: environment variables on top of these folders.
    """
    async with private_folder() as folder:
        own = {
            "CAISSON_EXECUTOR_STATE_DIR": str(folder / "state"),
            "CAISSON_EXECUTOR_CACHE_DIR": str(folder / "cache"),
            **settings,
        }
        async with start(EXECUTOR, f"unix:{folder}/executor", settings=own) as child:
            yield child
