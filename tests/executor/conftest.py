"""The adapter of a deployment's models, for tests that give it a provider on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.settings import keep_litellm_quiet


@pytest.fixture
async def model() -> AsyncIterator[LiteLLMModel]:
    """The adapter, which finds providers in the environment."""
    keep_litellm_quiet()
    made = LiteLLMModel(ModelTimeouts(connect_s=5.0, silence_s=30.0))
    yield made
    await made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where sessions are kept: a state directory, or the URL of a PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    return url
