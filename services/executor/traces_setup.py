"""The traces of an executor, from its settings."""

from __future__ import annotations

from services.executor.errors import SetupError
from services.executor.settings import PREFIX, Settings
from services.telemetry.traces.tracing import NotInstalledError, Traces, traces_of


def open_traces(settings: Settings) -> Traces:
    """Return the traces, to be closed; raises SetupError."""
    try:
        return traces_of(
            settings,
            PREFIX,
            "caisson-executor",
            wishes_per_s=settings.traces_wishes,
            takes_content=settings.traces_content,
        )
    except NotInstalledError as error:
        raise SetupError(str(error)) from None
