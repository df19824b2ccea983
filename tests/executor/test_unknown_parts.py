"""A run asks its own sandbox for what only the bundle's code tells, before it asks the model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.planner import Planner
from services.executor.agent.ports import ToolSession
from services.executor.agent.run import AgentRun
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent_parts import AgentLink, AgentPart, AskedPart
from services.executor.clients import OWN_PROCESS
from services.executor.domain import (
    AgentSpec,
    ConsoleLine,
    FailureKind,
    InlineBundle,
    JsonObject,
    ToolFailure,
)
from services.executor.egress.audience import Audience
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy
from services.executor.errors import AgentUnresolvedError, BundleLoadError, RunTimeoutError
from services.executor.events import RunStarted, ToolConsole, ToolOutputAvailable
from services.executor.limits import RunLimits
from services.executor.run_request import RunRequest
from tests.executor.builders import (
    Stage,
    add,
    agent,
    bundle,
    calls,
    kinds,
    of_kind,
    says,
    stage,
    tool,
)

ADD = {
    "key": "add",
    "description": "Adds",
    "inputSchema": {"jsonSchema": {"type": "object"}},
    "hasExecute": True,
    "needsApproval": False,
    "isEnabled": True,
}


def unknown(*parts: AgentPart, **changes: Any) -> AgentSpec:
    """An agent of which these parts are asked in each run."""
    asked = tuple(AskedPart(part, f"agents.main.{part.value}", "a function") for part in parts)
    return agent(asked=asked, **{"framework": "ai-sdk", **changes})


def scene(spec: AgentSpec, answer: str | ToolFailure, *scripts: Any) -> Stage:
    runner = ScriptedRunner({"add": add}, parts=answer)
    return stage(*(scripts or [says("hi")]), bundles=FixedBundles(bundle(spec)), runner=runner)


def answer(**parts: Any) -> str:
    return json.dumps({name: {"value": value} for name, value in parts.items()})


async def test_model_is_asked_with_what_the_bundle_told_for_this_run() -> None:
    spec = unknown(AgentPart.INSTRUCTIONS, AgentPart.SETTINGS, system="")
    made = scene(spec, answer(instructions=["For Ada."], settings={"temperature": 0.5}))
    events = await made.run(session_id="s", resource_id="r", request_context={"user": "Ada"})
    (query,) = made.model.queries
    assert (query.system, query.settings) == ("For Ada.", {"temperature": 0.5})
    assert made.runner.asked == [
        (
            "main",
            (AgentPart.INSTRUCTIONS, AgentPart.SETTINGS),
            {"user": "Ada", "sessionId": "s", "resourceId": "r"},
        )
    ]
    assert (made.runner.opened, made.runner.closed, made.runner.fresh) == (1, 1, [False])
    assert kinds(events)[:2] == ["RunStarted", "Start"]


async def test_model_and_tools_may_be_told_in_each_run() -> None:
    spec = unknown(AgentPart.MODEL, AgentPart.TOOLS, model=None)
    told = answer(model=[{"provider": "openai.chat", "id": "gpt-y"}], tools=[ADD])
    made = scene(spec, told, calls(("c", "add", '{"a": 1, "b": 2}')), says("3"))
    events = await made.run()
    assert of_kind(events, RunStarted)[0].model == "openai/gpt-y"
    assert [each.key for each in made.model.queries[0].tools] == ["add"]
    assert [each.output for each in of_kind(events, ToolOutputAvailable)] == [{"sum": 3}]
    assert made.runner.opened == 1


async def test_tool_that_cannot_be_used_is_told_at_the_start() -> None:
    bare = {**ADD, "key": "bare", "inputSchema": None, "problem": "it has none"}
    made = scene(unknown(AgentPart.TOOLS), answer(tools=[ADD, bare]))
    events = await made.run()
    told = {each.path: each.reason for each in of_kind(events, RunStarted)[0].diagnostics}
    assert told == {"agents.main.tools.bare.inputSchema": "it has none; the tool is disabled"}
    assert [each.key for each in made.model.queries[0].tools] == ["add"]


async def test_sandbox_of_an_agent_without_tools_is_closed_before_the_query() -> None:
    made = scene(unknown(AgentPart.INSTRUCTIONS), answer(instructions=["x"]))
    made.runner.top_level = (ConsoleLine("log", "loaded"),)
    closed: list[int] = []
    events = []
    started = await made.start()
    async for event in started.events():
        closed.append(made.runner.closed)
        events.append(event)
    assert set(closed) == {1}
    assert [each.line.text for each in of_kind(events, ToolConsole)] == ["loaded"]


async def test_agent_that_is_known_asks_nothing() -> None:
    made = scene(agent(), answer())
    await made.run()
    assert (made.runner.opened, made.runner.asked) == (0, [])
    known = agent(asked=(AskedPart(AgentPart.INSTRUCTIONS, "p", "r", is_known=True),))
    made = scene(known, answer())
    await made.run()
    assert (made.runner.opened, made.runner.asked) == (0, [])


async def test_model_of_the_request_is_not_asked_for() -> None:
    made = scene(unknown(AgentPart.MODEL, model=None), answer())
    await made.run(model="openai/gpt-z")
    assert (made.runner.opened, made.runner.asked) == (0, [])


async def test_variables_are_asked_about_only_where_some_are_granted() -> None:
    (part,) = unknown(AgentPart.INSTRUCTIONS).asked
    spec = agent(framework="ai-sdk", system="Shop.", asked=(replace(part, if_granted=True),))
    made = scene(spec, answer(instructions=["Books."]), says("hi"), says("hi"))
    await made.run()
    await made.run(env={"SHOP": "Books"})
    assert [query.system for query in made.model.queries] == ["Shop.", "Books."]
    assert made.runner.opened == 1


async def test_value_of_the_clock_wants_a_load_that_is_not_old() -> None:
    (part,) = unknown(AgentPart.INSTRUCTIONS).asked
    spec = agent(framework="ai-sdk", asked=(replace(part, from_clock=True),))
    made = scene(spec, answer(instructions=["Today."]))
    await made.run()
    assert made.runner.fresh == [True]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            '{"instructions": {"error": "RangeError: no user (bundle.js:3:7)"}}',
            r"the bundle's own code, and the code failed: RangeError: no user \(bundle\.js:3:7\)\.",
        ),
        ('{"instructions": {"value": 7}}', "they are not all texts"),
        ("{}", "the sandbox did not tell it"),
        (
            ToolFailure(FailureKind.FUEL_EXHAUSTED, "too much", "", "    at f (bundle.js:1:2)"),
            r"the code failed \(FUEL_EXHAUSTED\): too much \(at f \(bundle\.js:1:2\)\)\.",
        ),
    ],
)
async def test_run_is_refused_before_the_model_is_asked(
    told: str | ToolFailure, reason: str
) -> None:
    made = scene(unknown(AgentPart.INSTRUCTIONS), told)
    with pytest.raises(AgentUnresolvedError, match=reason):
        await made.run(session_id="s")
    assert made.model.queries == []
    assert (made.runner.opened, made.runner.closed) == (1, 1)
    # The session is free again, and nothing was said in it.
    made.runner.parts = answer(instructions=["x"])
    await made.run(session_id="s")
    assert made.model.queries[0].messages[0] is made.model.queries[0].messages[-1]


async def test_bundle_that_does_not_load_refuses_the_run() -> None:
    made = scene(unknown(AgentPart.INSTRUCTIONS), answer())
    made.runner.open_error = BundleLoadError("it threw")
    with pytest.raises(BundleLoadError, match="it threw"):
        await made.run()
    assert (made.model.queries, made.runner.closed) == ([], 1)


class SilentRunner(ScriptedRunner):
    """Its sandbox never answers."""

    @asynccontextmanager
    async def open(self, *given: Any) -> AsyncIterator[ToolSession]:
        yield SilentSession()


class SilentSession(NoToolSession):
    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        await asyncio.Event().wait()
        raise AssertionError


async def test_asking_counts_towards_the_time_of_the_run() -> None:
    made = scene(unknown(AgentPart.INSTRUCTIONS), "")
    made.runner = SilentRunner()
    with pytest.raises(RunTimeoutError):
        await made.run(limits=RunLimits(timeout_s=0.05))
    assert made.model.queries == []


async def test_static_tools_stay_offered_beside_what_is_told() -> None:
    spec = replace(unknown(AgentPart.INSTRUCTIONS), tools={"add": tool("add", {"type": "object"})})
    made = scene(spec, answer(instructions=["x"]))
    await made.run()
    assert [each.key for each in made.model.queries[0].tools] == ["add"]


@pytest.mark.parametrize("called", [True, False])
async def test_other_agents_are_asked_where_the_run_s_own_agent_is_granted_variables(
    *, called: bool
) -> None:
    """What the bundle reads while it loads is the environment of the run's own agent."""
    (part,) = unknown(AgentPart.INSTRUCTIONS).asked
    conditional = replace(part, if_granted=True)
    other = agent(key="other", framework="openai-agents", system="Shop.", asked=(conditional,))
    link = AgentLink("other", "other", "to_other", "Asks.")
    links: dict[str, Any] = {"agent_tools" if called else "handoffs": (link,)}
    schema: JsonObject = {"type": "object"}
    tools = (tool("to_other", schema),) if called else (tool("row"),)
    main = agent(*tools, framework="openai-agents", **links)
    policy = EgressPolicy(env=(PlainValue("SHOP", "x", Audience(frozenset({"main"}))),))
    scripts = calls(("c", "to_other", "{}")), says("hi"), says("bye")
    runner = ScriptedRunner(parts=answer(instructions=["Books."]))
    bundles = FixedBundles(bundle(main, replace(other, inner=True)))
    made = stage(*scripts, bundles=bundles, runner=runner)
    known = made.prices, made.names, made.limits, made.ids, made.schemas
    request = RunRequest(InlineBundle(b""), "Hello", agent="main")
    plan = await Planner(bundles, *known, policy).plan(request, OWN_PROCESS)
    assert [each async for each in made.recorder.run(AgentRun(plan, made.parts())).events()]
    assert made.model.queries[1].system == "Books."
