"""Spans on their way to a collector, which may be slow, away, or gone."""

from __future__ import annotations

import asyncio
import socket

from services.telemetry.traces.otlp import BATCH, OtlpSpans
from services.telemetry.traces.otlp import Collector as Where
from services.telemetry.traces.port import Kind
from services.telemetry.traces.recorded import Tracer
from tests.telemetry.collector import collector

MOST = 300


def spans_to(address: str, **more: object) -> OtlpSpans:
    where = Where(address, secure=False, timeout_s=5.0, **more)  # type: ignore[arg-type]
    return OtlpSpans(where, {"service.name": "test"}, "1", MOST)


def begin(spans: OtlpSpans, count: int) -> None:
    tracer = Tracer(spans)
    for _ in range(count):
        tracer.begin("work", Kind.INTERNAL).end()


def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def test_spans_arrive_with_what_the_collector_wants() -> None:
    async with collector() as taking:
        spans = spans_to(taking.address, headers=(("x-key", "k"),))
        span = Tracer(spans).begin("work", Kind.CLIENT)
        for value in ("text", True, 7, 0.5, 2**80):
            span.set(type(value).__name__ + str(value)[:1], value)
        span.set("broken", "\ud800")
        span.fail("TIMEOUT")
        span.end()
        await spans.close()
        (seen,) = taking.spans
    assert (seen.name, seen.kind, seen.is_error) == ("work", Kind.CLIENT.value, True)
    wanted = {"strt": "text", "boolT": True, "int7": 7, "float0": 0.5, "int1": 2**63 - 1}
    assert wanted.items() <= seen.attributes.items()
    assert taking.headers["x-key"] == "k"
    assert (spans.exported, spans.dropped) == (1, 0)


async def test_full_batch_does_not_wait() -> None:
    async with collector() as taking:
        spans = spans_to(taking.address)
        begin(spans, BATCH)
        await taking.until(lambda seen: len(seen) == BATCH)
        await spans.close()
    assert spans.exported == BATCH


async def test_what_does_not_fit_is_dropped_and_counted() -> None:
    async with collector() as taking:
        taking.answers = False
        spans = spans_to(taking.address)
        begin(spans, 3 * MOST)
        assert spans.dropped >= MOST
        await spans.close()
    assert (spans.exported, spans.dropped) == (0, 3 * MOST)


async def test_stop_ends_though_the_collector_never_answers() -> None:
    async with collector() as taking:
        taking.answers = False
        spans = spans_to(taking.address)
        begin(spans, 3)
        async with asyncio.timeout(4):  # less than one request may take
            await spans.close()
        await spans.close()
    assert spans.dropped == 3


async def test_absent_collector_costs_spans_and_nothing_else() -> None:
    spans = spans_to(nobody())
    begin(spans, 3)
    async with asyncio.timeout(4):
        await spans.close()
    begin(spans, 2)
    assert (spans.exported, spans.dropped) == (0, 5)


async def test_spans_wait_for_a_collector_that_comes_back() -> None:
    address = nobody()
    spans = spans_to(address)
    begin(spans, BATCH)
    async with collector(int(address.rpartition(":")[2])) as taking:
        await taking.until(lambda seen: len(seen) == BATCH)
        await spans.close()
    assert (spans.exported, spans.dropped) == (BATCH, 0)
