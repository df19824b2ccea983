"""What the broker needs to ask models for tools; implemented in ``agent/tool_models.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from services.executor.domain import Json

MODEL: Final = "model"
"""The capability of tools to ask models."""
NO_MODELS: Final = (
    "This run was not granted the capability `model`: its tools may not ask models. Set "
    "`spec.allow_models` of the request (`--allow-models` of the command line), or "
    "CAISSON_EXECUTOR_TOOL_MODELS=always for all runs."
)


class CallModels(Protocol):
    """Asks models for one tool call."""

    async def made(self, host_call_id: int, asked: Mapping[str, Json]) -> Json:
        """Return the answer to a host call; cancelling it ends the query that it began.

        Raises:
            ExecutorError: the query cannot be made, or failed.
        """
        ...

    async def close(self) -> None:
        """End every query; idempotent."""
        ...


class RunModels(Protocol):
    """Asks models for the tools of one run."""

    def call(self, tool_call_id: str) -> CallModels:
        """Return what asks models for one tool call."""
        ...
