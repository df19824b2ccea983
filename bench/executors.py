"""An executor for one measurement, without state from earlier ones, and what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.offline import MODEL
from services.cli.hosting import (
    TOOLRUNNER_OF_EXECUTOR,
    Child,
    all_started,
    private_folder,
    private_toolrunner,
    start,
)
from services.cli.installed import EXECUTOR
from tests.conversations.scripted_models import ScriptedModels, scripted_models
from tests.executor.provider_forms import Spoken


@dataclass(frozen=True)
class ScriptedPair:
    """Both services, and the model that their runs ask, which plays a script."""

    executor: Child
    toolrunner: Child
    models: ScriptedModels


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


@asynccontextmanager
async def scripted_pair(
    script: Sequence[Spoken], settings: Mapping[str, str] | None = None
) -> AsyncIterator[ScriptedPair]:
    """Start both services, with a model that plays ``script``; yield once they serve.

    Args:
        script: what ``MODEL`` says, answer by answer.
        settings: additional environment variables of the executor.
    """
    model = MODEL.removeprefix("openai/")
    async with scripted_models({model: script}) as models, private_toolrunner() as toolrunner:
        given = {
            TOOLRUNNER_OF_EXECUTOR: toolrunner.address,
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": f"{models.url}/v1",
            **(settings or {}),
        }
        async with fresh_executor(given) as executor:
            await all_started(toolrunner, executor)
            yield ScriptedPair(executor, toolrunner, models)
