"""What runs do, as metrics: told by the events of each run, through what counts its spending."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from services.executor.conversation import TokenUsage
from services.executor.events import (
    Abort,
    Error,
    Event,
    Finish,
    FinishStep,
    ModelRetry,
    RunStarted,
    SessionWait,
    Start,
    ToolInputAvailable,
    ToolInputError,
    ToolOutputAvailable,
    ToolOutputError,
    ToolRequest,
)
from services.executor.lifecycle_events import InputRequired, RunResumed, ToolOutputDenied
from services.executor.metrics.run_series import RunSeries, host_class_of
from services.executor.model_events import ToolModelQuery
from services.telemetry.metrics.meters import exemplar

PLANNING, WAITING, RUNNING = "planning", "waiting", "running"
STATES: Final = (PLANNING, WAITING, RUNNING)
MOST_OPEN_CALLS: Final = 1024


class RunMeter:
    """One run: its events become metrics. Nothing is counted twice, whatever is told again.

    Args:
        series: of the server.
        states: how many runs are in each state.
        organisation: whose run it is.
        resumed: a run that goes on, whose earlier tokens are counted already.
    """

    def __init__(
        self, series: RunSeries, states: Counter[str], organisation: str, *, resumed: bool
    ) -> None:
        self._series = series
        self._states = states
        self._organisation = organisation
        self._resumed = resumed
        self._state = PLANNING
        self._states[PLANNING] += 1
        self._began_s = time.monotonic()
        self._calls: dict[str, tuple[str, float]] = {}
        self._counted: dict[str, TokenUsage] = {}

    def __repr__(self) -> str:
        return f"RunMeter({self._state}, calls={len(self._calls)})"

    def saw(self, event: Event) -> None:
        """Count an event; most are pieces of answers, which nothing is done for."""
        meter = _METERS.get(type(event))
        if meter is not None:
            meter(self, event)

    def end(self) -> None:
        """Count the run as active no more; idempotent."""
        self._move("")

    def _move(self, state: str) -> None:
        if self._state:
            self._states[self._state] -= 1
        if state:
            self._states[state] += 1
        self._state = state

    def _started(self, event: RunStarted) -> None:
        self._move(RUNNING)
        self._series.started.labels(self._series.agents.used(event.agent)).inc()
        whose = self._series.organisations.used(self._organisation)
        self._series.organisation_runs.labels(whose).inc()

    def _went_on(self, _: RunResumed) -> None:
        self._move(RUNNING)
        self._series.resumed.inc()

    def _waits(self, _: SessionWait) -> None:
        self._move(WAITING)

    def _begins(self, _: Start) -> None:
        self._move(RUNNING)

    def _asks(self, event: InputRequired) -> None:
        self._series.inputs.labels(event.kind.value).inc()

    def _step(self, event: FinishStep) -> None:
        self._spent(event.model, event.usage)

    def _tool_query(self, event: ToolModelQuery) -> None:
        self._spent(event.model, event.usage)

    def _spent(self, model: str, usage: TokenUsage) -> None:
        before = self._counted.get(model, TokenUsage())
        self._counted[model] = TokenUsage(
            before.input_tokens + usage.input_tokens,
            before.output_tokens + usage.output_tokens,
            before.cached_input_tokens + usage.cached_input_tokens,
            cost_usd=(before.cost_usd or 0.0) + (usage.cost_usd or 0.0),
        )
        self._series.spent(model, self._organisation, usage)

    def _retry(self, event: ModelRetry) -> None:
        kind = "retry" if event.next_model == event.model else "fallback"
        self._series.retries.labels(kind, event.error.reason).inc()

    def _call(self, event: ToolInputAvailable) -> None:
        if len(self._calls) < MOST_OPEN_CALLS:
            self._calls[event.call_id] = event.tool, time.monotonic()

    def _bad_input(self, event: ToolInputError) -> None:
        self._call_ended(event.call_id, "invalid_input", event.tool)

    def _returned(self, event: ToolOutputAvailable) -> None:
        self._call_ended(event.call_id, "returned")

    def _call_failed(self, event: ToolOutputError) -> None:
        self._call_ended(event.call_id, event.failure.kind.value.lower())

    def _denied(self, event: ToolOutputDenied) -> None:
        self._call_ended(event.call_id, "denied")

    def _call_ended(self, call_id: str, outcome: str, tool: str = "") -> None:
        named, began_s = self._calls.pop(call_id, (tool, 0.0))
        self._series.tool_calls.labels(self._series.tools.used(named), outcome).inc()
        if began_s:
            self._series.tool_seconds.observe(time.monotonic() - began_s, exemplar())

    def _request(self, event: ToolRequest) -> None:
        kind, series = host_class_of(event.host), self._series
        answered = f"{event.status // 100}xx" if 100 <= event.status < 600 else "failed"
        series.requests.labels(kind, "denied" if event.denied else answered).inc()
        series.request_seconds.labels(kind).observe(event.seconds, exemplar())
        series.request_bytes.labels("sent").inc(event.request_bytes)
        series.request_bytes.labels("received").inc(event.response_bytes)

    def _finished(self, event: Finish) -> None:
        reason = event.finish_reason.value
        budget = "" if event.budget is None else f"budget-{event.budget.kind.value}"
        self._over("finish", budget or reason, event)

    def _aborted(self, event: Abort) -> None:
        self._over("abort", event.cause.value, event)

    def _failed(self, event: Error) -> None:
        self._over("error", event.error.reason, event)

    def _over(self, end: str, reason: str, event: Finish | Abort | Error) -> None:
        """Count the end, and what queries cost that have no answer: what the steps told of less."""
        self._series.ended.labels(end, reason).inc()
        self._series.seconds.labels(end).observe(time.monotonic() - self._began_s, exemplar())
        if self._resumed:
            return
        for model, usage in event.effects.models:
            known = self._counted.get(model, TokenUsage())
            rest = TokenUsage(
                max(0, usage.input_tokens - known.input_tokens),
                max(0, usage.output_tokens - known.output_tokens),
                max(0, usage.cached_input_tokens - known.cached_input_tokens),
                cost_usd=max(0.0, (usage.cost_usd or 0.0) - (known.cost_usd or 0.0)),
            )
            self._series.spent(model, self._organisation, rest)


_METERS: dict[type[Any], Callable[[RunMeter, Any], None]] = {
    RunStarted: RunMeter._started,
    RunResumed: RunMeter._went_on,
    SessionWait: RunMeter._waits,
    Start: RunMeter._begins,
    InputRequired: RunMeter._asks,
    FinishStep: RunMeter._step,
    ToolModelQuery: RunMeter._tool_query,
    ModelRetry: RunMeter._retry,
    ToolInputAvailable: RunMeter._call,
    ToolInputError: RunMeter._bad_input,
    ToolOutputAvailable: RunMeter._returned,
    ToolOutputError: RunMeter._call_failed,
    ToolOutputDenied: RunMeter._denied,
    ToolRequest: RunMeter._request,
    Finish: RunMeter._finished,
    Abort: RunMeter._aborted,
    Error: RunMeter._failed,
}
