"""Durations carry the trace that was current, where that is asked for and recorded."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

from prometheus_client.openmetrics import parser

from services.executor.metrics.kept import CommitMeters
from services.telemetry.current import CURRENT
from services.telemetry.metrics.exposition import MetricsPage
from services.telemetry.metrics.meters import Meters
from services.telemetry.traces.port import NO_SPAN
from tests.metrics.measured import OPENMETRICS

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Recorded(type(NO_SPAN)):  # type: ignore[misc]
    """A span that is recorded."""

    recording = True
    trace_id = TRACE
    span_id = "00f067aa0ba902b7"


async def page(meters: Meters, accept: str) -> str:
    """Return what a scraper is answered."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("a scrape has no body")

    scope = {"type": "http", "headers": [(b"accept", accept.encode())]}
    await MetricsPage(meters.registry)(scope, receive, send)
    return b"".join(each.get("body", b"") for each in sent).decode()


def commit_within(span: Any, meters: CommitMeters, seconds: float) -> None:
    def work() -> None:
        CURRENT.set(span)
        meters.committed(1, 0.0, seconds, failed=False)

    copy_context().run(work)


async def test_exemplars_name_recorded_traces_only() -> None:
    meters = Meters("executor")
    commits = CommitMeters(meters)
    commit_within(Recorded(), commits, 0.2)
    commit_within(NO_SPAN, commits, 2.0)
    text = await page(meters, OPENMETRICS)
    read: Any = parser.text_string_to_metric_families  # has no types
    found = {
        sample.labels["le"]: sample.exemplar.labels
        for family in read(text)
        for sample in family.samples
        if sample.exemplar is not None
    }
    assert found == {"0.25": {"trace_id": TRACE}}
    assert TRACE not in await page(meters, "")
