"""A language model whose answers are timed: to the first piece, between pieces, and whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import Final

from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.ports import LanguageModel, ModelQuery
from services.executor.errors import ModelError
from services.telemetry.metrics.meters import LONG_S, QUICK_S, Meters, exemplar
from services.telemetry.metrics.top_names import TopNames

ANSWERED, LEFT, FAULT = "answered", "cancelled", "INTERNAL"
FIRST_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)


class MeteredModel:
    """A language model, each of whose attempts is timed.

    Args:
        inner: answers.
        meters: of the server.
        models: which models have a label.
    """

    def __init__(self, inner: LanguageModel, meters: Meters, models: TopNames) -> None:
        self._inner = inner
        self._models = models
        self._seconds = meters.histogram(
            "model_query_duration_seconds",
            "Time of one attempt to query a model, by outcome: answered, cancelled, or the error.",
            LONG_S,
            *("model", "outcome"),
        )
        self._first = meters.histogram(
            "model_first_token_seconds", "Time to the first piece of an answer.", FIRST_S, "model"
        )
        self._gaps = meters.histogram(
            "model_token_gap_seconds", "Time between pieces of an answer as they arrive.", QUICK_S
        )
        self._reading = meters.gauge("model_streams", "Answers of models that are being read.")
        for metric in (self._seconds, self._first):
            models.drop_with(lambda name, of=metric: of.remove_by_labels({"model": name}))  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"MeteredModel({self._inner!r})"

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer; see ``LanguageModel.stream``."""
        gap, began_s, last_s, outcome = self._gaps.observe, monotonic(), 0.0, LEFT
        self._reading.inc()
        try:
            async with aclosing(self._inner.stream(query)) as deltas:
                async for delta in deltas:
                    now_s = monotonic()
                    if last_s:
                        gap(now_s - last_s)
                        last_s = now_s
                    elif not isinstance(delta, Finished | UsageReport):
                        last_s = now_s
                        first = self._first.labels(self._models.used(query.model))
                        first.observe(now_s - began_s, exemplar())
                    yield delta
            outcome = ANSWERED
        except ModelError as error:
            outcome = error.reason
            raise
        except Exception:
            outcome = FAULT
            raise
        finally:
            self._reading.dec()
            name = self._models.label(query.model) if last_s else self._models.used(query.model)
            seconds = self._seconds.labels(name, outcome)
            seconds.observe(monotonic() - began_s, exemplar())
