"""The traces of a toolrunner, from its settings."""

from __future__ import annotations

from services.telemetry.traces.tracing import NotInstalledError, Traces, traces_of
from services.toolrunner.errors import SetupError
from services.toolrunner.settings import PREFIX, Settings


def open_traces(settings: Settings) -> Traces:
    """Return the traces, to be closed; raises SetupError.

    Its callers are executors, which have decided what is recorded.
    """
    try:
        return traces_of(settings, PREFIX, "caisson-toolrunner", trusting=True)
    except NotInstalledError as error:
        raise SetupError(str(error)) from None
