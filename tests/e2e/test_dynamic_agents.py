"""Agents that only their code tells: each run has its own, or is refused with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import manifest_pb2 as manifest_pb
from caisson.executor.v1.message_pb2 import JsonValue
from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, executor, pair
from tests.executor.fake_provider import FakeProvider, answer
from tests.executor.served import Client, Outcome

BUNDLE = BundleSource(inline=Path(__file__).with_name("dynamic.js").read_bytes())
MINUTE = "%Y-%m-%dT%H:%M"
REFUSED = {
    "thrower": "the code failed: RangeError: no user (at instructions (bundle.js:",
    "endless": "the code failed (FUEL_EXHAUSTED)",
    "waiting": "the code failed (NEVER_SETTLED)",
    "huge": "the code failed (OUTPUT_TOO_LARGE)",
    "odd": "they are no text and no message, but an object",
}


def context(user: str) -> JsonValue:
    """The context of a run for a user."""
    return JsonValue(json_text=json.dumps({"user": user}))


async def run(client: Client, agent: str, **spec: Any) -> Outcome:
    return await client.run("Hi", bundle=BUNDLE, agent=agent, **spec)


async def prompt(client: Client, model: FakeProvider, agent: str, **spec: Any) -> str:
    """The system prompt that the model hears in a run."""
    before = len(model.requests)
    outcome = await run(client, agent, **spec)
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    (request,) = model.requests[before:]
    first = request["messages"][0]
    assert first["role"] == "system"
    return str(first["content"])


async def test_every_run_has_the_prompt_of_its_own_context() -> None:
    async with pair(*([answer("ok")] * 9)) as (client, model):
        began = datetime.now(UTC) - timedelta(minutes=1)
        dated = await prompt(client, model, "dated")
        shown = dated.removeprefix("Never give refunds. It is ").removesuffix(".")
        assert began.strftime(MINUTE) <= shown <= datetime.now(UTC).strftime(MINUTE)
        for user in ("Ada", "Bob"):
            said = await prompt(
                client, model, "greeter", request_context=context(user), session_id=f"s-{user}"
            )
            assert said == f"G serves {user} in s-{user}."
        assert await prompt(client, model, "shop") == "You sell for nobody."
        assert await prompt(client, model, "shop", env={"SHOP": "Books"}) == "You sell for Books."
        assert await prompt(client, model, "called", env={"SHOP": "k"}) == "Key k."
        assert await prompt(client, model, "once") == "Once a program."
        assert await prompt(client, model, "plain") == "Plain."


async def test_model_and_tools_are_those_of_the_context() -> None:
    call = asks(("add", '{"a": 2, "b": 3}'))
    async with pair(call, answer("5"), answer("ok")) as (client, model):
        outcome = await run(client, "chosen", request_context=context("Ada"))
        assert [each["output"] for each in events_of(outcome, "tool_output_available")] == [5]
        await run(client, "chosen", request_context=context("Bob"))
    first, _, last = model.requests
    assert (first["model"], last["model"]) == ("gpt-pro", "gpt-x")
    assert first["messages"][0]["content"] == "For Ada."
    assert [each["function"]["name"] for each in first["tools"]] == ["add"]
    assert "tools" not in last


@pytest.mark.parametrize("agent", REFUSED)
async def test_run_whose_agent_is_not_known_is_refused(agent: str) -> None:
    async with pair() as (client, model):
        outcome = await run(client, agent)
    assert (outcome.code, outcome.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "AGENT_UNRESOLVED",
    )
    assert (outcome.events, model.requests) == ([], [])
    assert f'The agent "{agent}" cannot run: its instructions come from' in outcome.message
    assert REFUSED[agent] in outcome.message


async def test_nothing_is_asked_where_the_deployment_forbids_it() -> None:
    async with executor("127.0.0.1:9", sandbox_schemas=False) as client:
        outcome = await run(client, "greeter")
        assert (outcome.code, outcome.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "AGENT_DISABLED",
        )
        assert "CAISSON_EXECUTOR_SANDBOX_SCHEMAS" in outcome.message
        manifest = (
            await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=BUNDLE))
        ).manifest
        off = {agent.key for agent in manifest.agents if agent.disabled}
    assert off == {"dated", "greeter", "called", "chosen", "once", *REFUSED}


async def test_manifest_tells_how_each_part_is_known() -> None:
    request = pb.InspectBundleRequest(bundle=BUNDLE)
    async with pair() as (client, _):
        plain = (await client.stub.InspectBundle(request)).manifest
        request.resolve.request_context.CopyFrom(context("Ada"))
        request.resolve.session_id = "s1"
        resolved = (await client.stub.InspectBundle(request)).manifest
    assert sources(plain, "plain") == {"STATIC"}
    assert sources(plain, "once") == {"SANDBOX"}
    assert sources(plain, "greeter") == sources(resolved, "greeter") == {"DYNAMIC"}
    before = {agent.key: agent for agent in plain.agents}
    after = {agent.key: agent for agent in resolved.agents}
    (asked,) = (each for each in before["greeter"].part_sources if each.part == "instructions")
    assert (asked.path, asked.is_known) == ("agents.greeter.system", False)
    assert asked.line > 0
    assert "function" in asked.reason
    assert (before["greeter"].system, after["greeter"].system) == ("", "G serves Ada in s1.")
    assert (after["chosen"].model, [t.key for t in after["chosen"].tools]) == (
        "openai/gpt-pro",
        ["add"],
    )
    assert {agent.key for agent in resolved.agents if agent.disabled} == set(REFUSED)


def sources(manifest: manifest_pb.Manifest, key: str) -> set[str]:
    """How the instructions of an agent are known."""
    (agent,) = (each for each in manifest.agents if each.key == key)
    return {
        manifest_pb.ValueSource.Name(each.source).removeprefix("VALUE_SOURCE_")
        for each in agent.part_sources
        if each.part == "instructions"
    }
