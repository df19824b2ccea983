"""How runs end: the error for the client, and the line for the log."""

from __future__ import annotations

import logging
from collections import Counter

from services.executor.agent.waiting import Suspended
from services.executor.errors import ExecutorError, InternalError
from services.executor.events import Abort, AbortCause, Error, Terminal

logger = logging.getLogger(__name__)

ABORT_REASONS = {
    AbortCause.CLIENT_CANCELLED: "The client cancelled the run or disconnected.",
    AbortCause.CLIENT_DEADLINE: "The client's deadline passed before the run was complete.",
    AbortCause.SHUTDOWN: "The executor is shutting down.",
    AbortCause.INTERRUPTED: "Another run of the session replaced this one.",
    AbortCause.CANCELLED: "The run was cancelled.",
    AbortCause.CLIENT_STALLED: "The client did not read the events of the run for too long.",
}


def shown_error(error: BaseException, run_id: str) -> ExecutorError:
    """Return the error for the client; unexpected ones go to the log."""
    while isinstance(error, BaseExceptionGroup):
        expected = error.subgroup(ExecutorError)
        error = (expected or error).exceptions[0]
    if isinstance(error, ExecutorError):
        return error
    logger.error("run %s failed", run_id, exc_info=error)
    return InternalError(
        f"Internal error of the executor. The service's log has the details under {run_id}.",
        metadata={"run_id": run_id},
    )


def ended(terminal: Terminal | Suspended) -> str:
    """Return a line for the log: how a run ended and what it did, without its content."""
    if isinstance(terminal, Suspended):
        return f"waits for {len(terminal.inputs)} inputs"
    effects = terminal.effects
    if isinstance(terminal, Error):
        how = f"failed, {terminal.error.reason}"
    elif isinstance(terminal, Abort):
        how = f"was stopped, {terminal.cause.value}"
    else:
        how = f"is complete, {terminal.finish_reason.value}"
    outcomes = Counter(item.outcome.value for item in effects.tool_calls)
    calls = ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items())) or "none"
    usage = effects.usage
    return (
        f"{how}: {effects.steps} steps, tool calls: {calls}, tokens: {usage.input_tokens} in "
        f"{usage.output_tokens} out, session saved: {effects.session_saved}"
    )
