"""A Prometheus that keeps exemplars leads from a duration to the trace of a run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.pair import BUNDLE, asks
from tests.executor.fake_provider import answer
from tests.metrics.measured import measured
from tests.metrics.programs import Programs, Prometheus, running
from tests.telemetry.collector import collector

SOON_S = 60.0
METRICS = "{__name__=~'caisson_executor_(run|rpc|tool_call)_duration_seconds_bucket'}"


async def exemplars(prometheus: Prometheus) -> dict[str, set[str]]:
    """The trace ids of exemplars by metric, once there are some of three metrics."""
    while True:
        found: dict[str, set[str]] = {}
        asked: Any = await prometheus.asked(
            "query_exemplars", query=METRICS, start="0", end="9999999999"
        )
        for series in asked:
            ids = {each["labels"]["trace_id"] for each in series["exemplars"]}
            found.setdefault(series["seriesLabels"]["__name__"], set()).update(ids)
        if len(found) == 3:
            return found
        await asyncio.sleep(0.2)


async def test_prometheus_returns_the_trace_of_a_recorded_run(
    programs: Programs, tmp_path: Path
) -> None:
    script = asks(("add", '{"a": 1, "b": 2}')), answer("3")
    async with (
        collector() as taking,
        measured(*script, otlp_endpoint=f"http://{taking.address}") as services,
    ):
        target = {"targets": [services.executor.admin_address]}
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "scrape_configs": [{"job_name": "caisson-executor", "static_configs": [target]}],
        }
        path = tmp_path / "prometheus.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        outcome = await services.client.run(bundle=BUNDLE, agent="calculator")
        assert outcome.kinds[-1] == "finish"
        spans = await taking.until(
            lambda seen: any(each.name.startswith("invoke_agent") for each in seen)
        )
        (trace,) = {each.trace_id for each in spans if each.name.startswith("invoke_agent")}
        async with running(programs, path) as prometheus, asyncio.timeout(SOON_S):
            found = await exemplars(prometheus)
    assert all(trace in ids for ids in found.values())
