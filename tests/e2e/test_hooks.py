"""Functions of a bundle around model queries: they run in the sandbox, or end the run by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.message_pb2 import JsonValue
from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, executor, pair
from tests.executor.fake_provider import answer
from tests.executor.served import Client, Outcome

BUNDLE = BundleSource(inline=Path(__file__).with_name("hooks.js").read_bytes())
ADD = asks(("add", '{"a": 2}'))
FAILED = {
    "thrower": (
        "prepareStep",
        "it failed (THROWN): RangeError: no user (at prepareStep (bundle.js:",
    ),
    "endless": ("prepareCall", "it failed (FUEL_EXHAUSTED): "),
    "waiting": ("stopWhen", "it failed (NEVER_SETTLED): "),
    "huge": ("prepareStep", "it failed (OUTPUT_TOO_LARGE): "),
    "foreign": ("prepareStep", "the agent has no tool `wipe`, which it wants to offer"),
    "modelless": ("prepareStep", "its `model` cannot be used: it is an object that does not tell"),
}


async def run(client: Client, agent: str, **spec: Any) -> Outcome:
    return await client.run("Hi", bundle=BUNDLE, agent=agent, **spec)


async def test_hooks_see_the_context_of_their_run_and_end_it() -> None:
    async with pair(ADD, asks(("add", '{"a": 3}'))) as (client, model):
        context = JsonValue(json_text=json.dumps({"user": "Ada"}))
        outcome = await run(client, "serving", request_context=context)
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    prompts = [request["messages"][0]["content"] for request in model.requests]
    assert prompts == ["Serve Ada, 0.", "Serve Ada, 1."]
    assert [each["output"] for each in events_of(outcome, "tool_output_available")] == [3, 4]


@pytest.mark.parametrize("agent", FAILED)
async def test_hook_that_fails_or_asks_too_much_ends_the_run(agent: str) -> None:
    name, reason = FAILED[agent]
    async with pair(ADD, answer("ok")) as (client, model):
        outcome = await run(client, agent)
    assert (outcome.code, outcome.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "HOOK_FAILED")
    start = f'The run of the agent "{agent}" ended at its `{name}` (line '
    assert outcome.message.startswith(start)
    assert reason in outcome.message
    assert len(model.requests) == (1 if name == "stopWhen" else 0)


async def test_model_is_told_that_a_repair_failed() -> None:
    async with pair(asks(("add", '{"a": "x"}')), answer("ok")) as (client, model):
        outcome = await run(client, "despairing")
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    told = model.requests[1]["messages"][-1]["content"]
    assert "Invalid input: expected number" in told
    assert "it failed (THROWN): RangeError: no idea" in told


async def test_nothing_runs_where_the_deployment_forbids_it() -> None:
    async with executor("127.0.0.1:9", sandbox_schemas=False) as client:
        outcome = await run(client, "serving")
        assert (outcome.code, outcome.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "AGENT_DISABLED",
        )
        assert "agents.serving.prepareStep (line 9, column " in outcome.message
        assert "CAISSON_EXECUTOR_SANDBOX_SCHEMAS" in outcome.message


async def test_manifest_lists_hooks_with_their_places() -> None:
    async with pair() as (client, _):
        request = pb.InspectBundleRequest(bundle=BUNDLE)
        manifest = (await client.stub.InspectBundle(request)).manifest
    (serving,) = (agent for agent in manifest.agents if agent.key == "serving")
    hooks = [(hook.name, hook.path, hook.line) for hook in serving.hooks]
    assert hooks == [
        ("prepareStep", "agents.serving.prepareStep", 9),
        ("stopWhen", "agents.serving.stopWhen", 10),
    ]
    assert not any(agent.disabled for agent in manifest.agents)
