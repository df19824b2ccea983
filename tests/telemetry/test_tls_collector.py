"""A collector over TLS: with its authority spans arrive; with another only they are lost."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import grpc
import pytest

from services.telemetry.traces.otlp import Collector as Where
from services.telemetry.traces.otlp import OtlpSpans
from tests.executor.fake_provider import answer
from tests.telemetry.collector import collector
from tests.telemetry.test_export import begin
from tests.telemetry.test_traced_runs import run, traced
from tests.telemetry.test_traces import EXECUTE, ended
from tests.tls.authority import LOOPBACK, Authority

COUNT = 3


def written(folder: Path, authority: Authority) -> str:
    """The file of an authority."""
    path = folder / f"{authority.name}.pem"
    path.write_bytes(authority.pem)
    return str(path)


async def test_run_is_traced_to_a_collector_over_tls(tmp_path: Path) -> None:
    ours = Authority()
    settings = {"otlp_ca": written(tmp_path, ours), "scheme": "https"}
    async with (
        collector(pair=ours.sign(LOOPBACK)) as taking,
        traced(taking.address, answer("WORDS"), **settings) as (client, _),
    ):
        assert await run(client) is grpc.StatusCode.OK
        await taking.until(ended("invoke_agent Main", EXECUTE))
    assert len({each.trace_id for each in taking.spans}) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (LOOPBACK, "of an authority that is not trusted here"),
        ("other.example", f"for other names than {LOOPBACK}"),
    ],
)
async def test_collector_that_is_not_trusted_gets_nothing_and_runs_go_on(
    name: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, other = Authority(), Authority("other")
    signs = other if name == LOOPBACK else ours
    settings = {"otlp_ca": written(tmp_path, ours), "scheme": "https"}
    async with (
        collector(pair=signs.sign(name)) as taking,
        traced(taking.address, answer("A"), answer("B"), **settings) as (client, _),
    ):
        assert await run(client) is grpc.StatusCode.OK
        await told(caplog)
        assert await run(client) is grpc.StatusCode.OK
    assert (taking.data, taking.spans) == ([], [])
    (line,) = lines(caplog)
    assert line.endswith(said)


async def test_public_authorities_count_without_a_file() -> None:
    spans = await sent_to(Authority(), "")
    assert (spans.exported, spans.dropped) == (0, COUNT)


async def test_spans_for_an_unknown_authority_are_dropped_and_counted(tmp_path: Path) -> None:
    trusted = written(tmp_path, Authority("other"))
    spans = await sent_to(Authority(), trusted)
    assert (spans.exported, spans.dropped) == (0, COUNT)


async def sent_to(signing: Authority, ca: str) -> OtlpSpans:
    """Send spans to a collector whose certificate one authority signed, and close."""
    async with collector(pair=signing.sign(LOOPBACK)) as taking:
        where = Where(taking.address, secure=True, ca=ca, timeout_s=5.0)
        spans = OtlpSpans(where, {"service.name": "test"}, "1", 300)
        begin(spans, COUNT)
        await spans.close()
        assert taking.data == []
    return spans


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if "collector" in each.getMessage()]


async def told(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the log says that spans do not arrive."""
    caplog.set_level(logging.WARNING)
    async with asyncio.timeout(30):
        while not lines(caplog):  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.05)
