"""What the server itself promises: checks, limits, health, reflection, an orderly stop."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.agent.scripted import FixedBundles
from services.executor.call_rules import ApprovalRule
from services.executor.domain import Refusal
from services.executor.errors import BundleSyntaxError, SetupError, UnknownBundleError
from services.executor.server import SERVICE_NAMES, ExecutorServer, running_server
from services.executor.settings import Settings
from services.executor.tool_reach import Reach, ReachGap
from tests.executor.builders import ADD_SCHEMA, agent, bundle, tool
from tests.executor.fake_provider import STALL, answer, fake_provider, text
from tests.executor.served import NO_RUNNER, Client, finish, served

GOOD = run_pb2.BundleSource(inline=b"export default 1")


async def test_all_invalid_fields_are_reported_at_once() -> None:
    request: dict[str, Any] = {
        "message": " ",
        "bundle": run_pb2.BundleSource(digest="sha256:xyz"),
        "session_id": "s" * 129,
        "resource_id": "r" * 129,
        "model": "m" * 257,
        "limits": run_pb2.RunLimits(max_steps=0, timeout=Duration(seconds=-1)),
    }
    async with served() as client:
        outcome = await client.run(**request)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert not outcome.events
    assert outcome.reason == "INVALID_REQUEST"
    fields = [
        item.field for item in outcome.detail(error_details_pb2.BadRequest()).field_violations
    ]
    assert fields == [
        f"spec.{name}"
        for name in ("session_id", "resource_id", "model", "message", "bundle.digest")
    ]
    assert "spec.limits.timeout" in outcome.message


async def test_request_without_bundle_is_refused_by_both_methods() -> None:
    async with served() as client:
        outcome = await client.run(bundle=run_pb2.BundleSource())
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "`inline`, `url` and `digest`" in outcome.message
        with pytest.raises(grpc.aio.AioRpcError, match="`inline`, `url` and `digest`"):
            await client.stub.InspectBundle(pb.InspectBundleRequest())


async def test_message_over_one_mebibyte_is_refused() -> None:
    async with served() as client:
        outcome = await client.run("x" * (1024 * 1024 + 1))
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "at most 1048576" in outcome.message


async def test_disabled_agent_is_refused_and_listed() -> None:
    why = Refusal("agents.two.system", "its instructions are not known: `a` is not defined", 3, 9)
    read = bundle(agent(key="one"), agent(key="two", refusals=(why,)))
    async with served(read) as client:
        outcome = await client.run(agent="two")
        assert (outcome.code, outcome.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "AGENT_DISABLED",
        )
        assert "agents.two.system (line 3, column 9): its instructions are not" in outcome.message
        assert not outcome.events
        assert (await client.run(agent="one")).reason != "AGENT_DISABLED"
        request = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(inline=b"x"))
        manifest = (await client.stub.InspectBundle(request)).manifest
    assert [each.disabled for each in manifest.agents] == [False, True]


async def test_unknown_agent_error_lists_known_agents() -> None:
    async with served(bundle(agent(key="one"), agent(key="two"))) as client:
        outcome = await client.run(agent="three")
        assert outcome.code is grpc.StatusCode.NOT_FOUND
        assert outcome.reason == "AGENT_NOT_FOUND"
        assert "one, two" in outcome.message
        assert not outcome.events
        outcome = await client.run()
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "one, two" in outcome.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BundleSyntaxError("Unexpected token", line=3, column=7), grpc.StatusCode.INVALID_ARGUMENT),
        (UnknownBundleError("Not known here."), grpc.StatusCode.NOT_FOUND),
        (ValueError("/secret"), grpc.StatusCode.INTERNAL),
    ],
)
async def test_unreadable_bundle_is_status_without_events(
    error: Any, code: grpc.StatusCode
) -> None:
    bundles = FixedBundles(bundle(agent()), error)
    async with served(bundles) as client:
        outcome = await client.run()
        assert (outcome.code, outcome.events) == (code, [])
        assert "secret" not in str(outcome)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=GOOD))
        assert caught.value.code() is code
    assert bundles.closed


async def test_inspect_returns_manifest() -> None:
    async with served(bundle(agent(tool("add", ADD_SCHEMA), max_steps=3))) as client:
        found = await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=GOOD))
    shown = MessageToDict(found.manifest)
    assert shown["format"] == "BUNDLE_FORMAT_ESM"
    (spec,) = shown["agents"]
    assert spec["key"] == "main"
    assert (spec["system"], spec["model"], spec["maxSteps"]) == ("Be brief.", "openai/gpt-x", 3)
    (add,) = spec["tools"]
    assert (add["key"], add["inputSchema"]["value"]) == ("add", ADD_SCHEMA)
    assert add["schemaSource"] == "SCHEMA_SOURCE_STATIC"


async def test_inspect_returns_tool_reach() -> None:
    reach = Reach(
        globals=("fetch",),
        modules=("node:fs",),
        env=("EXA_API_KEY",),
        hosts=("api.exa.ai",),
        missing=("node:fs",),
        gaps=(ReachGap("it may reach hosts that are computed at run time", 3, 14),),
    )
    searches = replace(tool("search", ADD_SCHEMA), reach=reach)
    async with served(bundle(agent(searches, tool("add", ADD_SCHEMA)))) as client:
        found = await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=GOOD))
    tools = {each.key: each for each in found.manifest.agents[0].tools}
    assert MessageToDict(tools["search"].reach) == {
        "globals": ["fetch"],
        "modules": ["node:fs"],
        "env": ["EXA_API_KEY"],
        "hosts": ["api.exa.ai"],
        "missing": ["node:fs"],
        "gaps": [
            {
                "reason": "it may reach hosts that are computed at run time",
                "line": 3,
                "column": 14,
            }
        ],
    }
    assert not tools["add"].HasField("reach")


async def test_an_executor_tells_what_it_is_and_allows() -> None:
    async with served(max_steps=7, max_cost_usd=0.25, tool_fuel=99, heartbeat_s=3.0) as client:
        info = await client.stub.GetServerInfo(pb.GetServerInfoRequest())
    limits = info.run_limits
    assert info.version
    assert (limits.max_steps, limits.max_cost_nano_usd) == (7, 250_000_000)
    assert limits.tool.fuel == 99
    assert not limits.HasField("max_input_tokens")
    assert (info.max_bundle_bytes, info.max_request_bytes) == (16 * 2**20, 32 * 2**20)
    assert info.heartbeat_interval.seconds == 3


async def test_negative_limits_are_refused() -> None:
    limits = run_pb2.RunLimits(max_tool_calls=-1, max_cost_nano_usd=-5)
    limits.tool.fuel = -1
    async with served() as client:
        outcome = await client.run(limits=limits)
    violations = outcome.detail(error_details_pb2.BadRequest()).field_violations
    assert [each.field.removeprefix("spec.limits.") for each in violations] == [
        "max_cost_nano_usd",
        "max_tool_calls",
        "tool.fuel",
    ]


async def test_health_and_reflection_answer() -> None:
    async with served() as client:
        health = health_pb2_grpc.HealthStub(client.channel)
        for service in ("", *SERVICE_NAMES):
            answered = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answered.status == health_pb2.HealthCheckResponse.SERVING
        channel: Any = client.channel  # whose types know no aio
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        async for listed in call:
            names = [item.name for item in listed.list_services_response.service]
            assert {*SERVICE_NAMES} <= {*names}
            assert "grpc.health.v1.Health" in names


async def test_run_over_limit_is_told_to_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([text("Hel"), STALL], answer("hi")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(runs=1) as client:
            first = client.start()
            while (await anext(aiter(first))).WhichOneof("event") != "text_delta":
                pass
            outcome = await client.run()
            assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert outcome.reason == "OVERLOADED"
            assert outcome.detail(error_details_pb2.RetryInfo()).retry_delay.seconds == 1
            assert outcome.detail(error_details_pb2.QuotaFailure()).violations
            first.cancel()
            async with asyncio.timeout(60):
                await provider.gone.wait()
                while not outcome.text:
                    outcome = await client.run()
            assert outcome.text == "hi"


async def test_shutdown_aborts_runs_past_the_grace_period(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        settings = Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER)
        server = ExecutorServer(settings, FixedBundles(bundle(agent())))
        await server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(ExecutorServiceStub(channel), channel, server.address)
            call = client.start()
            while (await anext(aiter(call))).WhichOneof("event") != "text_delta":
                pass
            stopping = asyncio.create_task(server.stop(drain_s=0.05))
            outcome = await finish(call)
            await stopping
        assert outcome.kinds[-1] == "abort"
        assert outcome.code is grpc.StatusCode.UNAVAILABLE
        assert outcome.reason == "SHUTTING_DOWN"
        async with asyncio.timeout(60):
            await provider.gone.wait()


async def test_run_that_finishes_while_draining_is_not_aborted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider(answer("hello")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        settings = Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER)
        server = ExecutorServer(settings, FixedBundles(bundle(agent())))
        await server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(ExecutorServiceStub(channel), channel, server.address)
            call = client.start()
            await anext(aiter(call))
            stopping = asyncio.create_task(server.stop(drain_s=30.0))
            outcome = await finish(call)
            await stopping
    assert outcome.code is grpc.StatusCode.OK
    assert outcome.kinds[-1] == "finish"


async def test_approval_rule_whose_schema_is_none_is_a_clear_error() -> None:
    rule = ApprovalRule("pay", {"type": "money"})
    with pytest.raises(SetupError, match=r'APPROVALS: the inputSchema for the tool "pay" is no'):
        ExecutorServer(Settings(approvals=(rule,)))


async def test_port_in_use_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = Settings(address=address, toolrunner=NO_RUNNER)
        with pytest.raises(
            SetupError, match=r"Cannot listen.*in use by another process.*CAISSON_EXECUTOR_ADDRESS"
        ):
            async with running_server(settings, FixedBundles(bundle(agent()))):
                pass


async def test_idle_streams_send_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(heartbeat_s=0.05) as client:
            spec = run_pb2.RunSpec(bundle=GOOD, message="Hello")
            call = client.stub.ExecuteAgent(pb.ExecuteAgentRequest(spec=spec))
            numbers, beats = [], 0
            async with asyncio.timeout(60):
                async for response in call:
                    if response.HasField("event"):
                        numbers.append(response.event.sequence)
                    elif (beats := beats + 1) == 3:
                        break
            call.cancel()
    assert numbers == list(range(1, len(numbers) + 1))


async def test_missing_toolrunner_error_says_what_to_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider([STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(bundle(agent(tool("add"))), toolrunner_connect_s=0.05) as client:
            outcome = await client.run()
    assert outcome.code is grpc.StatusCode.UNAVAILABLE
    assert outcome.reason == "RUNNER_UNAVAILABLE"
    assert "`caisson toolrunner`" in outcome.message
    assert provider.requests == []  # the model is not asked for what no tool can follow
