"""The line of the log that a run has at its end: all that operators want to know of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from services.executor.agent.endings import ended
from services.executor.agent.overview import MAX_NAME, model_of
from services.executor.agent.plan import RunPlan
from services.executor.agent.waiting import Suspended
from services.executor.events import (
    Abort,
    Effects,
    Error,
    Event,
    ModelRetry,
    ReasoningDelta,
    Start,
    Terminal,
    TextDelta,
    ToolInputDelta,
)
from services.telemetry.logs.json_lines import FIELDS

logger = logging.getLogger(__name__)

PIECES: Final = (TextDelta, ReasoningDelta, ToolInputDelta)


class RunLine:
    """Notes what a run's line needs of its events, and logs it; times are of this process alone.

    Args:
        clock: returns seconds.
        saw: is shown every event as well.
    """

    def __init__(self, clock: Callable[[], float], saw: Callable[[Event], None]) -> None:
        self._clock = clock
        self._next = saw
        self._began_s = clock()
        self._started_s: float | None = None
        self._first_s: float | None = None
        self._retries = 0

    def __repr__(self) -> str:
        return f"RunLine(retries={self._retries}, first_token={self._first_s is not None})"

    def saw(self, event: Event) -> None:
        """Note an event of the run."""
        if self._first_s is None:
            if isinstance(event, PIECES):
                self._first_s = self._clock()
            elif isinstance(event, Start) and self._started_s is None:
                self._started_s = self._clock()
        if isinstance(event, ModelRetry):
            self._retries += 1
        self._next(event)

    def log(self, plan: RunPlan, terminal: Terminal | Suspended, effects: Effects) -> None:
        """Log the line."""
        fields = {
            **_who(plan, effects),
            **_how(terminal),
            **_spent(effects),
            "duration_s": self._since(self._clock()),
            "first_token_s": self._since(self._first_s),
            "waited_s": self._since(self._started_s),
            "retries": self._retries,
        }
        text = " ".join(f"{name}={fields[name]}" for name in IN_TEXT if fields[name] is not None)
        logger.info("run %s %s, %s", plan.run_id, ended(terminal), text, extra={FIELDS: fields})

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else round(moment - self._began_s, 3)


IN_TEXT: Final = (
    *("organisation", "agent", "model", "duration_s", "first_token_s", "waited_s"),
    *("retries", "cost_usd"),
)
"""The fields of the text's end; the others are in its beginning."""


def log_end(run_id: str, terminal: Terminal) -> None:
    """Log the line of a run that ends without having gone on in this process."""
    fields = {"run": run_id, **_how(terminal), **_spent(terminal.effects)}
    logger.info("run %s %s", run_id, ended(terminal), extra={FIELDS: fields})


def _who(plan: RunPlan, effects: Effects) -> dict[str, Any]:
    models = [name[:MAX_NAME] for name, _ in effects.models]
    return {
        "run": plan.run_id,
        "organisation": plan.client.organisation or None,
        "agent": plan.agent.key[:MAX_NAME],
        "model": models[-1] if models else model_of(plan),
    }


def _how(terminal: Terminal | Suspended) -> dict[str, Any]:
    if isinstance(terminal, Suspended):
        return {"state": "waiting", "reason": "input"}
    if isinstance(terminal, Error):
        return {"state": "failed", "reason": terminal.error.reason}
    if isinstance(terminal, Abort):
        return {"state": "aborted", "reason": terminal.cause.value}
    budget = None if terminal.budget is None else terminal.budget.kind.value
    return {"state": "finished", "reason": terminal.finish_reason.value, "budget": budget}


def _spent(effects: Effects) -> dict[str, Any]:
    usage = effects.usage
    return {
        "steps": effects.steps,
        "tool_calls": dict(sorted(Counter(c.outcome.value for c in effects.tool_calls).items())),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "session_saved": effects.session_saved,
    }
