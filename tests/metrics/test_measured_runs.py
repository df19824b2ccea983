"""What runs do shows in the metrics of both services, once, and under bounded labels."""

from __future__ import annotations

import asyncio
import json

import grpc
import pytest

from services.executor.conversation import Price, TokenUsage
from services.executor.metrics.run_series import RunSeries, host_class_of
from services.executor.metrics_setup import ExecutorMetrics
from services.executor.quota.ports import NO_QUOTAS
from services.executor.settings import Settings
from services.telemetry.metrics.meters import Meters
from tests.e2e.pair import BUNDLE, asks
from tests.e2e.test_fetch import FETCHING, echo
from tests.executor.fake_provider import (
    STALL,
    Refusal,
    answer,
    finish,
    text,
    usage,
)
from tests.metrics.measured import Shown, measured

E = "caisson_executor_"
T = "caisson_toolrunner_"
PRICES = {"openai/gpt-x": Price(1.0, 2.0, 0.0, 0.0)}  # US dollars a token


async def test_a_run_with_tools_is_counted_in_both_services() -> None:
    calls = asks(
        ("add", '{"a": 1, "b": 2}'), ("divide", '{"a": 1, "b": 0}'), ("add", '{"a": "one"}')
    )
    script = [*calls, usage(5, 7)], [text("th"), text("ree"), finish("stop"), usage(3, 2)]
    async with measured(*script, model_prices=PRICES) as services:
        outcome = await services.client.run(bundle=BUNDLE, agent="calculator")
        assert outcome.kinds[-1] == "finish"
        executor, toolrunner = await services.of_executor(), await services.of_toolrunner()
    assert executor.value(E + "runs_started_total", agent="calculator") == 1
    assert executor.value(E + "runs_ended_total", end="finish", reason="stop") == 1
    assert executor.value(E + "runs") == 0
    for tool, how in (("add", "returned"), ("divide", "thrown"), ("add", "invalid_input")):
        assert executor.value(E + "tool_calls_total", tool=tool, outcome=how) == 1
    tokens = E + "model_tokens_total"
    assert executor.value(tokens, kind="input", model="openai/gpt-x") == 8
    assert executor.value(tokens, kind="output", model="openai/gpt-x") == 9
    assert executor.value(E + "model_cost_usd_total") == pytest.approx(8 + 18)
    assert executor.value(E + "organisation_tokens_total", organisation="none") == 17
    assert executor.value(E + "model_first_token_seconds_count") == 2
    assert executor.value(E + "model_query_duration_seconds_count", outcome="answered") == 2
    assert executor.value(E + "model_token_gap_seconds_count") > 0
    assert executor.value(E + "bundle_reads_total", **{"from": "parsed"}) <= 1
    assert executor.value(E + "journal_commit_duration_seconds_count", outcome="committed") > 0
    done = {"method": "ExecutorService/ExecuteAgent", "code": "OK"}
    assert executor.value(E + "rpc_duration_seconds_count", **done) == 1
    for how in ("returned", "thrown", "invalid_input"):
        assert toolrunner.value(T + "calls_total", of="tool", outcome=how) == 1
    assert toolrunner.value(T + "call_fuel_count") == 3
    assert toolrunner.value(T + "loads_total", image="shared", outcome="loaded") == 1
    assert toolrunner.value(T + "images", image="shared") == 1
    assert toolrunner.value(T + "workers", state="alive") == 1


async def test_ends_and_refusals_have_their_reasons() -> None:
    away = Refusal(503, {"error": {"message": "away"}})
    async with measured(away, model_retry_first_wait_s=0.001, model_retries=1) as services:
        failed = await services.client.run(bundle=BUNDLE, agent="talker")
        refused = await services.client.run(bundle=BUNDLE, agent="nobody")
        shown = await services.of_executor()
    assert failed.code is grpc.StatusCode.UNAVAILABLE
    assert refused.code is grpc.StatusCode.NOT_FOUND
    assert shown.value(E + "runs_ended_total", end="error", reason="MODEL_UNAVAILABLE") == 1
    assert shown.value(E + "model_retries_total", kind="retry", reason="MODEL_UNAVAILABLE") == 1
    failures = E + "model_query_duration_seconds_count"
    assert shown.value(failures, outcome="MODEL_UNAVAILABLE") == 2
    errors = E + "rpc_errors_total"
    assert shown.value(errors, code="NOT_FOUND", reason="AGENT_NOT_FOUND") == 1
    assert shown.value(errors, code="UNAVAILABLE", reason="MODEL_UNAVAILABLE") == 1


async def test_cancelled_run_is_an_abort_and_holds_nothing() -> None:
    async with measured([text("Hm"), STALL]) as services:
        started = services.client.start(bundle=BUNDLE, agent="talker")
        async for event in started:
            if event.HasField("text_delta"):
                break
        during = await services.of_executor()
        started.cancel()
        async with asyncio.timeout(30):
            while True:
                after = await services.of_executor()
                if not after.value(E + "runs") + after.value(E + "rpc_active"):
                    break
    assert during.value(E + "runs", state="running") == 1
    assert during.value(E + "model_streams") == 1
    assert during.value(E + "slots_held", kind="runs") == 1
    assert after.value(E + "runs_ended_total", end="abort", reason="client-cancelled") == 1
    assert after.value(E + "rpc_duration_seconds_count", code="CANCELLED") == 1
    assert after.value(E + "model_query_duration_seconds_count", outcome="cancelled") == 1
    assert after.value(E + "model_streams") == 0


async def test_quota_refusals_name_what_is_used_up() -> None:
    quotas = {"defaults": {"organisation": {"runs": {"day": 1}}}}
    async with measured(answer("Hi"), quotas=json.dumps(quotas)) as services:
        first = await services.client.run(bundle=BUNDLE, agent="talker")
        second = await services.client.run(bundle=BUNDLE, agent="talker")
        shown = await services.of_executor()
    assert (first.code, second.code) == (
        grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED,
    )  # fmt: skip
    assert shown.value(E + "quota_refusals_total", metric="runs_per_day") == 1
    assert shown.value(E + "rpc_errors_total", reason="QUOTA_EXCEEDED") == 1


async def test_models_beyond_the_top_are_other() -> None:
    async with measured(answer("Hi"), metrics_names=2) as services:
        for number in range(6):
            await services.client.run(bundle=BUNDLE, agent="talker", model=f"openai/gpt-{number}")
        shown = await services.of_executor()
    for metric in ("model_tokens_total", "model_first_token_seconds_count"):
        named = shown.labels(E + metric, "model")
        assert named == {"openai/gpt-0", "openai/gpt-1", "other"}
    assert shown.value(E + "model_tokens_total") == 6 * 5


def test_nothing_is_measured_without_an_admin_port() -> None:
    metrics = ExecutorMetrics(Settings(), NO_QUOTAS, ("caisson.x",), wanted=False)
    model = object()
    assert metrics.quotas is NO_QUOTAS
    assert metrics.model(model) is model  # type: ignore[arg-type]
    assert (metrics.meters, metrics.interceptors, metrics.mounts) == (None, (), {})


def test_many_organisations_make_no_more_series() -> None:
    meters = Meters("executor")
    series = RunSeries(meters, {}, names=3, organisations=5)
    for number in range(2000):
        name = f"org-{number}"
        series.organisation_runs.labels(series.organisations.used(name)).inc()
        series.spent(f"model-{number}", name, TokenUsage(2, 1, cost_usd=0.5))
    shown = Shown(list(meters.registry.collect()))
    assert len(shown.labels(E + "organisation_runs_total", "organisation")) == 5 + 1
    assert shown.value(E + "organisation_runs_total") == 2000
    assert shown.value(E + "organisation_cost_usd_total") == 1000
    assert len(shown.labels(E + "model_tokens_total", "model")) == 3 + 1
    assert shown.value(E + "model_tokens_total", kind="input") == 4000


@pytest.mark.parametrize(
    ("authority", "kind"),
    [
        ("api.example.com", "name"),
        ("api.example.com:8443", "name"),
        ("localhost:80", "loopback"),
        ("127.0.0.1:9", "loopback"),
        ("[::1]:9", "loopback"),
        ("10.1.2.3", "private"),
        ("169.254.169.254", "private"),
        ("[fd00::1]", "private"),
        ("8.8.8.8:53", "public"),
    ],
)
def test_hosts_are_of_a_few_kinds(authority: str, kind: str) -> None:
    assert host_class_of(authority) == kind


async def test_requests_of_tools_are_counted_by_kind_of_host_and_outcome() -> None:
    with echo() as (host, _):
        calls = asks(
            *(("get", json.dumps({"url": url})) for url in (f"http://{host}/", "https://10.0.0.1/"))
        )
        async with measured(calls, answer("Done."), allow_fetch=(host,)) as services:
            await services.client.run(bundle=FETCHING)
            executor, toolrunner = await services.of_executor(), await services.of_toolrunner()
    requests = E + "broker_requests_total"
    assert executor.value(requests, host="loopback", outcome="2xx") == 1
    assert executor.value(requests, host="private", outcome="denied") == 1
    assert executor.value(requests) == 2
    assert executor.value(E + "broker_request_duration_seconds_count") == 2
    assert executor.value(E + "broker_bytes_total", direction="received") > 0
    assert toolrunner.value(T + "host_calls_total") > 1
