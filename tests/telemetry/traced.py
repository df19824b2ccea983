"""Both services as processes that send their traces to a collector."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.cli.hosting import (
    TOOLRUNNER_OF_EXECUTOR,
    Child,
    all_started,
    private_folder,
    private_toolrunner,
    start,
)
from services.cli.installed import EXECUTOR
from tests.e2e.pair import COMPILED

EXECUTORS, TOOLRUNNERS = "CAISSON_EXECUTOR_", "CAISSON_TOOLRUNNER_"


@asynccontextmanager
async def traced_pair(
    endpoint: str, model_url: str, folder: Path, **settings: str
) -> AsyncIterator[Child]:
    """Start both services; ``settings`` are the executor's. Yields the executor."""
    where = f"http://{endpoint}" if endpoint else ""
    of_toolrunner = {
        f"{TOOLRUNNERS}OTLP_ENDPOINT": where,
        f"{TOOLRUNNERS}WORKERS": "1",
        f"{TOOLRUNNERS}CACHE_DIR": str(COMPILED),
    }
    of_executor = {
        f"{EXECUTORS}OTLP_ENDPOINT": where,
        f"{EXECUTORS}STATE_DIR": str(folder),
        f"{EXECUTORS}CACHE_DIR": str(folder / "cache"),
        f"{EXECUTORS}MODEL_RETRY_FIRST_WAIT_S": "0.01",
        "OPENAI_API_KEY": "sk-key-of-the-provider",
        "OPENAI_BASE_URL": model_url,
        **{EXECUTORS + name.upper(): value for name, value in settings.items()},
    }
    async with private_toolrunner(of_toolrunner) as toolrunner, private_folder() as own:
        of_executor[TOOLRUNNER_OF_EXECUTOR] = toolrunner.address
        async with start(EXECUTOR, f"unix:{own}/executor", settings=of_executor) as executor:
            await all_started(toolrunner, executor)
            yield executor
