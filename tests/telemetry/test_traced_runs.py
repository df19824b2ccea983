"""What traces of runs hold and send on, as settings say, and how they go on after a restart."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.pair import COMPILED, asks, executor, provider
from tests.executor.fake_provider import STALL, FakeProvider, answer
from tests.executor.served import Client
from tests.telemetry.collector import Collector, Seen, collector
from tests.telemetry.test_export import nobody
from tests.telemetry.test_traces import SECRET, SOURCE, TRACE, egress, one, request, site

GOOD = ("traceparent", f"00-{TRACE}-53995c3f42cd8ad8-01")


@asynccontextmanager
async def traced(
    address: str, *scripts: Any, scheme: str = "http", **settings: Any
) -> AsyncIterator[tuple[Client, FakeProvider]]:
    """Both services, of which the executor is traced, and a model."""
    of_toolrunner = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    async with provider(*scripts) as model, running_toolrunner(of_toolrunner) as toolrunner:
        endpoint = f"{scheme}://{address}" if address else ""
        async with executor(toolrunner, otlp_endpoint=endpoint, **settings) as client:
            yield client, model


async def run(
    client: Client, *metadata: tuple[str, str], message: str = "QUESTION"
) -> grpc.StatusCode:
    call: Any = client.stub.ExecuteAgent(request(message), metadata=metadata)
    async for _ in call:
        pass
    code: grpc.StatusCode = await call.code()
    return code


def look(authority: str) -> Any:
    return asks(("look", json.dumps({"url": f"http://{authority}/", "note": "ARGUMENT"})))


async def test_rule_sends_the_trace_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", SECRET)
    async with collector() as taking, site() as (authority, heads):
        settings = egress(tmp_path, authority, traces=True)
        scripts = (look(authority), answer("WORDS"))
        async with traced(taking.address, *scripts, **settings) as (client, _):
            assert await run(client, GOOD, ("tracestate", "vendor=1")) is grpc.StatusCode.OK
    (head,) = heads
    sent = one(taking.spans, "GET")
    assert f"traceparent: 00-{TRACE}-{sent.span_id}-01" in head
    assert "tracestate: vendor=1" in head
    assert "traceparent: mine" not in head


async def test_content_is_told_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", SECRET)
    async with collector() as taking, site() as (authority, _):
        settings: dict[str, Any] = {**egress(tmp_path, authority), "traces_content": True}
        scripts = (look(authority), answer("WORDS"))
        async with traced(taking.address, *scripts, **settings) as (client, _):
            await run(client)
    called = one(taking.spans, "execute_tool look").attributes
    assert "ARGUMENT" in called["gen_ai.tool.call.arguments"]
    assert "ANSWER-OF-SITE" in called["gen_ai.tool.call.result"]
    chats = [each.attributes for each in taking.spans if each.name == "chat gpt-x"]
    assert "QUESTION" in chats[0]["gen_ai.input.messages"]
    assert chats[-1]["gen_ai.output.messages"] == "WORDS"
    assert SECRET.encode() not in b"".join(taking.data)


async def test_content_holds_no_secret_that_a_message_or_a_result_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the beginning of one that stands where the content is cut."""
    monkeypatch.setenv("KEY", SECRET)
    async with collector() as taking, site() as (authority, _):
        settings: dict[str, Any] = {**egress(tmp_path, authority), "traces_content": True}
        said = json.dumps({"url": f"http://{authority}/", "note": f"ARGUMENT {SECRET}"})
        long = "x" * (4096 - len(SECRET) // 2) + SECRET
        scripts = (asks(("look", said)), answer(long))
        async with traced(taking.address, *scripts, **settings) as (client, _):
            assert await run(client, message=f"QUESTION {SECRET}") is grpc.StatusCode.OK
    exported = b"".join(taking.data)
    for word in (b"ARGUMENT", b"QUESTION", b"x" * 4000):
        assert word in exported
    assert SECRET[: len(SECRET) // 2].encode() not in exported
    assert base64.b64encode(SECRET.encode()) not in exported


async def test_malformed_context_begins_a_trace() -> None:
    async with collector() as taking, traced(taking.address, answer("WORDS")) as (client, _):
        code = await run(client, ("traceparent", f"00-{TRACE}-no-01"))
    assert code is grpc.StatusCode.OK
    (trace,) = {each.trace_id for each in taking.spans}
    assert trace != TRACE


async def test_unwanted_trace_is_not_recorded() -> None:
    async with collector() as taking, traced(taking.address, answer("WORDS")) as (client, _):
        await run(client, ("traceparent", f"{GOOD[1][:-1]}0"))
    assert taking.spans == []


async def test_runs_go_on_without_a_collector() -> None:
    async with traced(nobody(), answer("WORDS")) as (client, _):
        assert await run(client, GOOD) is grpc.StatusCode.OK


async def test_resumed_run_goes_on_with_its_trace(tmp_path: Path) -> None:
    async with collector() as taking, provider([STALL], answer("WORDS")) as model:
        settings = {"otlp_endpoint": f"http://{taking.address}", "state_dir": str(tmp_path)}
        bundle = BundleSource(inline=SOURCE)
        spec = RunSpec(bundle=bundle, agent="expert", message="hi", model="openai/gpt-x")
        async with executor(nobody(), **settings) as client:
            wanted = pb.CreateRunRequest(spec=spec)
            made = await client.stub.CreateRun(wanted, metadata=(GOOD,))
            await model.stalled.wait()
        async with executor(nobody(), **settings) as client:
            asked = pb.SubscribeRunRequest(run_id=made.run.run_id)
            async with asyncio.timeout(30):
                async for _ in client.stub.SubscribeRun(asked):
                    pass
    begun, went_on = resumed(taking)
    assert {begun.trace_id, went_on.trace_id} == {TRACE}
    assert went_on.parent_id == begun.span_id
    assert went_on.attributes["caisson.run.resumed"] is True
    assert went_on.attributes["gen_ai.response.finish_reasons"].values[0].string_value == "stop"


def resumed(taking: Collector) -> list[Seen]:
    """The spans of the run, in order."""
    found = [each for each in taking.spans if each.name == "invoke_agent Expert"]
    return sorted(found, key=lambda each: each.start_ns)
