"""Handoffs in the loop: who goes on, with what, what clients are told, whose turn is next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.executor.agent.mcp_ports import McpListing, McpTool
from services.executor.agent.planner import Planner
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent.served_tools import served_tools
from services.executor.agent_parts import AgentHook, AgentLink, HookName, SchemaSource
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import SessionKey, UserMessage
from services.executor.domain import AgentSpec, Json, JsonObject
from services.executor.egress.audience import Audience
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy
from services.executor.errors import (
    AgentDisabledError,
    HookFailedError,
    McpServerError,
    RequestError,
)
from services.executor.events import (
    AgentChanged,
    Error,
    Finish,
    RunStarted,
    ToolOutputAvailable,
)
from services.executor.limits import RunLimits
from services.executor.mcp_servers import McpForm, McpServer, McpTransport
from tests.executor.builders import (
    ADD_SCHEMA,
    MODEL,
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
from tests.executor.kept_sessions import kept_sessions

TO_BILLING = AgentLink("main.handoffs[0]", "Billing", "transfer_to_Billing", "Hands over.")
TO_MAIN = AgentLink("main", "main", "transfer_to_main", "Hands back.")
OVER = calls(("h1", "transfer_to_Billing", "{}"))
BACK = calls(("h2", "transfer_to_main", "{}"))
ADD = calls(("c1", "add", '{"a": 1, "b": 2}'))
BILLING = replace(
    agent(tool("add", ADD_SCHEMA), key=TO_BILLING.agent, system="Bill.", model="openai/gpt-y"),
    name="Billing",
    inner=True,
    handoffs=(TO_MAIN,),
)


def scene(*scripts: Any, main: AgentSpec | None = None, **parts: Any) -> Stage:
    """Two agents that hand the conversation to each other."""
    first = main or replace(agent(tool("row")), handoffs=(TO_BILLING,))
    runner = ScriptedRunner({"add": add, "row": add}, hooks=parts.pop("hooks", {}))
    bundles = FixedBundles(bundle(first, BILLING))
    return stage(*scripts, bundles=bundles, runner=runner, **parts)


async def test_other_agent_goes_on_with_its_own_rules() -> None:
    made = scene(OVER, ADD, says("3"))
    events = await made.run()
    first, second, third = made.model.queries
    assert (first.system, first.model) == ("Be brief.", MODEL)
    assert [each.key for each in first.tools] == ["row", "transfer_to_Billing"]
    assert (second.system, second.model) == ("Bill.", "openai/gpt-y")
    assert [each.key for each in second.tools] == ["add", "transfer_to_main"]
    assert second.messages[-1].text == '{"assistant":"Billing"}'
    assert third.messages[:3] == second.messages
    changed = AgentChanged(BILLING.key, "openai/gpt-y", "main", "h1")
    assert of_kind(events, AgentChanged) == [changed]
    names = kinds(events)
    at = names.index("AgentChanged")
    expected = ["ToolOutputAvailable", "FinishStep", "AgentChanged", "StartStep"]
    assert names[at - 2 : at + 2] == expected
    assert made.runner.calls[0].agent == BILLING.key


async def test_of_several_handoffs_the_first_is_made() -> None:
    over = calls(*((f"h{at}", "transfer_to_Billing", "{}") for at in range(3)))
    made = scene(over, says("hi"))
    events = await made.run()
    (change,) = of_kind(events, AgentChanged)
    assert change.call_id == "h0"
    outputs = {each.call_id: each.output for each in of_kind(events, ToolOutputAvailable)}
    ignored = "Multiple handoffs detected, ignoring this one."
    assert outputs == {"h0": {"assistant": "Billing"}, "h1": ignored, "h2": ignored}
    assert len(made.model.queries[1].messages) == 3


async def test_steps_of_all_agents_count_for_one_budget() -> None:
    made = scene(*[OVER, BACK] * 3)
    (ended,) = of_kind(await made.run(limits=RunLimits(max_steps=4)), Finish)
    assert (ended.steps, ended.budget is not None) == (4, True)
    assert len(made.model.queries) == 4


async def test_handoff_counts_as_a_call() -> None:
    made = scene(OVER, BACK)
    events = await made.run(limits=RunLimits(max_tool_calls=1))
    assert len(of_kind(events, AgentChanged)) == 1
    (ended,) = of_kind(events, Finish)
    assert ended.budget is not None


def asking(*, varies: bool = False) -> AgentSpec:
    """An agent whose handoff the sandbox tells."""
    hook = AgentHook(HookName.HANDOFFS, "agents.main.handoffs[0]", 1, 1)
    link = replace(TO_BILLING, asked=True, varies=varies)
    return replace(agent(tool("row")), handoffs=(link,), hooks=(hook,))


def told(**changes: Json) -> list[Json]:
    """What the sandbox tells of the handoff."""
    one: JsonObject = {"agent": "Billing", "enabled": True, "tool": "transfer_to_Billing"}
    schema = '{"jsonSchema":{"type":"object"}}'
    return [{**one, "description": "Asked.", "schema": schema, **changes}]


@pytest.mark.parametrize(("varies", "times"), [(False, 1), (True, 3)])
async def test_handoffs_that_stay_the_same_are_asked_once(*, varies: bool, times: int) -> None:
    hooks = {"handoffs": lambda _: told(), "handoff": lambda _: {}}
    made = scene(OVER, BACK, says("hi"), main=asking(varies=varies), hooks=hooks)
    await made.run()
    asked = [name for name, _ in made.runner.hooked]
    assert asked.count("handoffs") == times - varies  # the other agent's are read


async def test_handoff_that_is_off_is_not_offered() -> None:
    hooks = {"handoffs": lambda _: told(enabled=False)}
    made = scene(says("hi"), main=asking(), hooks=hooks)
    await made.run()
    assert [each.key for each in made.model.queries[0].tools] == ["row"]


async def test_filter_replaces_what_the_other_agent_is_shown() -> None:
    def handed(given: JsonObject) -> Json:
        assert (given["at"], given["input"], given["began"], given["new"]) == (0, "{}", 1, 1)
        return {"messages": [{"role": "user", "content": "In short."}], "began": 1}

    hooks = {"handoffs": lambda _: told(), "handoff": handed}
    made = scene(OVER, ADD, says("3"), main=asking(), hooks=hooks)
    await made.run(session_id="s")
    assert made.model.queries[1].messages == (UserMessage("In short."),)
    assert len(made.model.queries[2].messages) == 3
    # As in the SDK, the session keeps what the user said, and what the filter has left of the rest.
    kept = made.sessions.kept[SessionKey("", "s")]
    assert (len(kept), kept[0]) == (4, UserMessage("Hello"))


@pytest.mark.parametrize(
    "answer",
    [[], told(agent="Another"), told(tool=""), told(description=3), told(schema="{}"), "no list"],
)
async def test_handoffs_that_cannot_be_offered_end_the_run(answer: Json) -> None:
    made = scene(says("hi"), main=asking(), hooks={"handoffs": lambda _: answer})
    (ended,) = of_kind(await made.run(), Error)
    assert isinstance(ended.error, HookFailedError)
    assert not made.model.queries


async def test_session_goes_on_with_the_agent_that_spoke_last() -> None:
    made = scene(OVER, says("Your bill."), says("Sure."), says("Back."))
    await made.run(session_id="s")
    events = await made.run("And now?", session_id="s")
    assert made.model.queries[2].system == "Bill."
    assert of_kind(events, RunStarted)[0].agent == "main"
    assert of_kind(events, AgentChanged) == [AgentChanged(BILLING.key, "openai/gpt-y", "main")]
    await made.run("Again?", session_id="s", agent="main")
    assert made.model.queries[3].system == "Be brief."


async def test_session_knows_which_of_several_agents_is_meant() -> None:
    outer = replace(agent(tool("row"), key="other", system="Other."))
    made = stage(says("a"), says("b"), bundles=FixedBundles(bundle(agent(), outer)))
    planner = Planner(
        *(made.bundles, made.prices, made.names, made.limits, made.ids, made.schemas),
        sessions=made.sessions,
    )
    made = replace_planner(made, planner)
    with pytest.raises(RequestError, match="several agents"):
        await made.run(session_id="s")
    await made.run(session_id="s", agent="other")
    await made.run(session_id="s")
    assert [query.system for query in made.model.queries] == ["Other.", "Other."]


@pytest.mark.parametrize("inner", [True, False])
async def test_agents_with_other_grants_do_not_share_a_run(*, inner: bool) -> None:
    made = scene(says("hi"))
    main, other = replace(agent(tool("row")), handoffs=(TO_BILLING,)), replace(BILLING, inner=inner)
    only_main = Audience(frozenset({"main"}))
    policy = EgressPolicy(env=(PlainValue("URL", "https://x.example", only_main),))
    planner = Planner(
        *(FixedBundles(bundle(main, other)), made.prices, made.names, made.limits),
        *(made.ids, made.schemas, policy),
    )
    made = replace_planner(made, planner)
    if inner:
        assert of_kind(await made.run(agent="main"), Finish)
        return
    with pytest.raises(AgentDisabledError, match="grant both the same"):
        await made.run(agent="main")


def replace_planner(made: Stage, planner: Planner) -> Stage:
    """Return a stage whose planner knows the sessions."""

    class Known(Stage):
        def planner(self) -> Planner:
            return planner

    return Known(**{key: part for key, part in vars(made).items() if key != "recorder"})


async def test_sessions_keep_who_spoke_last(place: Path | str) -> None:
    key = SessionKey("", "s")
    said = (UserMessage("Hi"),)
    for speaker, expected in (("main", "main"), ("billing", "billing"), ("", "billing")):
        async with kept_sessions(place) as store:
            await store.append(key, said, OWN_PROCESS, speaker)
            assert await store.speaker(key) == expected
            assert await store.speaker(SessionKey("x", "s")) == ""


async def test_tool_with_the_name_of_a_handoff_is_told_to_be_left_out() -> None:
    main = replace(agent(tool("transfer_to_Billing")), handoffs=(TO_BILLING,))
    made = scene(OVER, says("hi"), main=main)
    events = await made.run()
    assert not made.runner.calls
    (started,) = of_kind(events, RunStarted)
    told = {each.path: each.reason for each in started.diagnostics}
    assert "a handoff has the same name" in told["agents.main.tools.transfer_to_Billing"]


def test_tool_of_a_server_never_stands_in_for_a_handoff() -> None:
    """Neither the handoff nor the tool would be what the model, or the server, means by it."""
    server = McpServer("s", ("http://127.0.0.1:9/mcp",), McpTransport.HTTP, McpForm.PARTS)
    listing = McpListing((McpTool("transfer_to_Billing", "Pays.", {"type": "object"}),))
    with pytest.raises(McpServerError, match="a tool or a handoff of that name"):
        served_tools([(server, listing)], {TO_BILLING.tool})


async def test_handoff_that_takes_the_name_of_a_server_s_tool_later_ends_the_run() -> None:
    served = replace(tool("row"), schema_source=SchemaSource.SERVER)
    main = replace(asking(), tools={"row": served})
    made = scene(says("hi"), main=main, hooks={"handoffs": lambda _: told(tool="row")})
    (failed,) = of_kind(await made.run(), Error)
    assert "as a tool of its MCP servers" in failed.error.message
