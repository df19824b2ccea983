"""Agents as tools: nested runs, their events, their limits, and what becomes of their failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest

from services.executor.agent.callees import callable_agents
from services.executor.agent.nested import MAX_DEPTH
from services.executor.agent.scripted import FixedBundles, ScriptedModel, ScriptedRunner
from services.executor.agent.state import RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.agent_memory import AgentMemory, MemoryScope, WorkingMemory
from services.executor.agent_parts import AgentLink, ToolWasCalled
from services.executor.budgets import BudgetKind
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import FinishReason, ToolMessage, UserMessage
from services.executor.domain import AgentSpec, JsonObject, Refusal, ToolSpec
from services.executor.egress.audience import Audience
from services.executor.egress.policy import Egress, EgressPolicy, FetchGrant
from services.executor.egress.rules import parse_rule
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import ModelRefusedError
from services.executor.events import (
    Event,
    Finish,
    RunEvent,
    RunStarted,
    ScopeEnded,
    ScopeStarted,
    TextDelta,
    ToolConsole,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
    ToolRequest,
)
from services.executor.limits import RunLimits
from services.executor.mcp_servers import McpForm, McpServer, McpTransport
from tests.executor.builders import (
    ADD_SCHEMA,
    Stage,
    add,
    agent,
    bundle,
    calls,
    of_kind,
    says,
    stage,
    tool,
)
from tests.executor.test_budgets import counted

PROMPT: JsonObject = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}
SDK, MASTRA = "openai-agents", "mastra"
NO_SERVERS = "This executor connects to no MCP servers."
EXCUSE = "An error occurred while running the tool. Please try again."


def caller(*keys: str, key: str = "main", tools: Sequence[ToolSpec] = (), **more: Any) -> AgentSpec:
    """An agent that may ask others."""
    links = tuple(AgentLink(each, each, f"ask_{each}", "Asks.") for each in keys)
    asks = (tool(link.tool, PROMPT) for link in links)
    return agent(*tools, *asks, key=key, **{"framework": SDK, "agent_tools": links, **more})


def asks(*keys: str, words: str = "x") -> list[Any]:
    """An answer that asks agents."""
    return calls(
        *((f"c{at}", f"ask_{key}", f'{{"input":"{words}"}}') for at, key in enumerate(keys))
    )


def staged(agents: Sequence[AgentSpec], *scripts: Any, **parts: Any) -> Stage:
    """A stage with these agents."""
    bundles = FixedBundles(bundle(*agents))
    return stage(*scripts, **{"bundles": bundles, **parts})


async def run(agents: Sequence[AgentSpec], *scripts: Any, **request: Any) -> list[RunEvent]:
    """All events of a run of the agent ``main``."""
    return await staged(agents, *scripts).run(agent="main", **request)


def result_of(events: Sequence[RunEvent]) -> Event:
    """The one result of a call of the run itself."""
    kinds = (ToolOutputAvailable, ToolOutputError)
    (found,) = [e.event for e in events if not e.scope_id and isinstance(e.event, kinds)]
    return found


async def test_nested_run_has_its_own_agent_and_a_scope() -> None:
    helper = agent(key="helper", system="Help.", framework=SDK)
    on = staged([caller("helper"), helper], asks("helper"), says("Hel", "ped"), says("Done"))
    events = await on.run(agent="main")
    first, second, third = on.model.queries
    assert (second.system, second.messages, second.tools) == ("Help.", (UserMessage("x"),), ())
    assert isinstance(third.messages[-1], ToolMessage)
    assert third.messages[-1].text == "Helped"
    (started,), (ended,) = of_kind(events, ScopeStarted), of_kind(events, ScopeEnded)
    assert (started.parent_scope_id, started.call_id, started.agent) == ("", "c0", "helper")
    assert (ended.scope_id, ended.failure, ended.effects.steps) == (started.scope_id, "", 1)
    nested = [e.event for e in events if e.scope_id == started.scope_id]
    assert [each.delta for each in nested if isinstance(each, TextDelta)] == ["Helped"]
    assert first.tools[0].key == "ask_helper"


async def test_usage_of_nested_runs_counts_in_the_run() -> None:
    helper = agent(key="helper", model="openai/gpt-small", framework=SDK)
    events = await run(
        [caller("helper"), helper],
        counted(asks("helper"), 10, 5),
        counted(says("Helped"), 7, 3),
        counted(says("Done"), 20, 2),
    )
    finish = events[-1].event
    assert isinstance(finish, Finish)
    assert (finish.usage.input_tokens, finish.usage.output_tokens) == (37, 10)
    assert [(name, usage.input_tokens) for name, usage in finish.effects.models] == [
        ("openai/gpt-x", 30),
        ("openai/gpt-small", 7),
    ]
    assert finish.steps == 2


@pytest.mark.parametrize(
    ("framework", "told"),
    [
        (SDK, EXCUSE),
        (MASTRA, "Error (THROWN): [Agent:main] - Failed agent tool execution for ask_helper"),
    ],
)
async def test_failure_of_nested_run_is_the_failure_of_the_tool(framework: str, told: str) -> None:
    helper = agent(key="helper", framework=framework)
    on = staged(
        [caller("helper", framework=framework), helper],
        *(asks("helper"), [ModelRefusedError("It refuses.")], says("Done")),
    )
    events = await on.run(agent="main")
    assert on.model.queries[-1].messages[-1].text == told
    (ended,) = of_kind(events, ScopeEnded)
    assert ended.failure == "It refuses."
    assert isinstance(events[-1].event, Finish)


async def test_agents_call_each_other_only_so_deep() -> None:
    """The one that would be too deep is not asked."""
    scripts = [asks("main")] * (MAX_DEPTH + 1) + [says("No")] * (MAX_DEPTH + 1)
    events = await run([caller("main")], *scripts)
    assert len(of_kind(events, ScopeStarted)) == MAX_DEPTH
    (refused,) = of_kind(events, ToolOutputError)
    assert "8 deep" in refused.error_text
    assert isinstance(events[-1].event, Finish)


async def test_nested_runs_side_by_side_share_the_last_query() -> None:
    helper = agent(key="helper", framework=SDK)
    scripts = asks("helper", "helper"), says("One"), says("Two")
    events = await run([caller("helper"), helper], *scripts, limits=RunLimits(max_steps=2))
    assert len(of_kind(events, ScopeStarted)) == 2
    failures = [each.failure for each in of_kind(events, ScopeEnded)]
    assert sorted(map(bool, failures)) == [False, True]
    finish = events[-1].event
    assert isinstance(finish, Finish)
    assert finish.finish_reason is FinishReason.MAX_STEPS
    assert finish.budget is not None
    assert finish.budget.kind is BudgetKind.STEPS


async def test_calls_of_nested_runs_count_against_the_budget_of_the_run() -> None:
    helper = agent(tool("add", ADD_SCHEMA), key="helper", framework=SDK)
    one = ("c", "add", '{"a":1,"b":2}')
    on = staged(
        [caller("helper"), helper],
        *(asks("helper"), calls(one), says("No")),
        runner=ScriptedRunner({"add": add}),
    )
    events = await on.run(agent="main", limits=RunLimits(max_tool_calls=1))
    assert not on.runner.calls
    assert isinstance(events[-1].event, Finish)


async def test_agent_that_does_not_run_is_not_offered() -> None:
    helper = agent(key="helper", framework=SDK, refusals=(Refusal("agents.helper.x", "no"),))
    on = staged([caller("helper", "gone"), helper], says("Done"))
    events = await on.run(agent="main")
    assert not on.model.queries[0].tools
    (started,) = of_kind(events, RunStarted)
    told = {each.path: each.reason for each in started.diagnostics}
    assert "agents.helper.x: no" in told["agents.main.tools.ask_helper"]
    assert "none that the bundle's manifest lists" in told["agents.main.tools.ask_gone"]


async def test_agent_that_keeps_notes_keeps_none_as_a_tool_and_that_is_told() -> None:
    memory = AgentMemory(10, WorkingMemory(MemoryScope.RESOURCE, "# Name"))
    helper = agent(key="helper", framework=MASTRA, memory=memory)
    main = caller("helper", framework=MASTRA)
    on = staged([main, helper], asks("helper"), says("Helped"), says("Done"))
    events = await on.run(agent="main", session_id="s", resource_id="r")
    assert not on.model.queries[1].tools
    (started,) = of_kind(events, RunStarted)
    told = {each.path: each.reason for each in started.diagnostics}
    assert "keeps no notes when it is called as a tool" in told["agents.main.tools.ask_helper"]


async def test_time_that_tools_have_ends_a_nested_run() -> None:
    never = asyncio.Event()
    helper = agent(key="helper", framework=SDK)
    scripts = asks("helper"), [never], says("Done")
    events = await run([caller("helper"), helper], *scripts, limits=RunLimits(tool_time_s=0.05))
    (ended,) = of_kind(events, ScopeEnded)
    assert ended.failure == "it was stopped."
    result = result_of(events)
    assert isinstance(result, ToolOutputError)
    assert "time that the tools of this run have is used up" in result.error_text


async def test_run_that_was_resumed_in_a_nested_run_says_that_it_was_interrupted() -> None:
    """What the nested run has used still counts."""
    helper = agent(key="helper", framework=SDK)
    agents, never = [caller("helper"), helper], asyncio.Event()
    kept: list[RunState] = []

    async def keep(state: RunState, events: Sequence[Event]) -> None:
        kept.append(state)

    add_call = calls(("n", "ask_helper", '{"input":"y"}'))
    first = staged(
        [agents[0], caller("helper", key="helper")],
        *(asks("helper"), counted(add_call, 7, 3), [never]),
    )
    begun = await first.start(agent="main", keep=keep)
    async for event in begun.events():
        if isinstance(event.event, ScopeStarted) and event.scope_id:
            break
    state = from_text(to_text(kept[-1]))
    usage = state.nested["c0"].usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (7, 3)
    again = staged(agents, says("Done"))
    resumed = await again.start(agent="main", state=state)
    events = [event async for event in resumed.events()]
    (result,) = of_kind(events, ToolOutputError)
    assert "interrupted" in result.error_text
    finish = events[-1].event
    assert isinstance(finish, Finish)
    assert finish.usage.input_tokens == 7
    assert finish.effects.tool_calls[0].outcome is ToolOutcome.UNFINISHED


async def test_mastra_agents_see_the_conversation_of_their_caller() -> None:
    helper = agent(key="helper", system="Help.", framework=MASTRA)
    prompt: JsonObject = {"type": "object", "properties": {"prompt": {"type": "string"}}}
    main = caller("helper", framework=MASTRA, system="Lead.")
    main = agent(
        tool("ask_helper", prompt), framework=MASTRA, system="Lead.", agent_tools=main.agent_tools
    )
    call = calls(("c", "ask_helper", '{"prompt":"Do it","instructions":"Briefly."}'))
    on = staged([main, helper], call, says("Helped"), says("Done"))
    await on.run("Hello", agent="main")
    query = on.model.queries[1]
    assert query.system == "Help.\n\nBriefly.\n\nLead."
    assert query.messages == (UserMessage("Hello"), UserMessage("Do it"))
    assert on.model.queries[2].messages[-1].text == "Helped"


def test_agents_that_a_run_may_call_are_known_before() -> None:
    agents = [caller("b"), caller("c", "b", key="b"), caller("main", key="c"), agent(key="d")]
    manifest = bundle(*agents).manifest
    assert sorted(callable_agents(manifest, manifest.agents["main"])) == ["b", "c", "main"]


def test_agents_that_others_call_after_a_handoff_are_known_before() -> None:
    """The sandbox gets ``fetch`` at its load if any of them may fetch."""
    to_b, to_e = (AgentLink(key, key, f"transfer_to_{key}", "") for key in "be")
    agents = [
        agent(key="main", framework=SDK, handoffs=(to_b,)),
        caller("c", key="b"),
        agent(key="c", framework=SDK, handoffs=(to_e,)),
        caller("f", key="e"),
        agent(key="f"),
    ]
    manifest = bundle(*agents).manifest
    assert sorted(callable_agents(manifest, manifest.agents["main"])) == ["c", "f"]


async def test_extractor_and_gates_are_asked_of_the_sandbox() -> None:
    helper = agent(key="helper", framework=SDK)
    asked: list[Any] = []

    def agent_tool(given: Any) -> Any:
        asked.append(given)
        return {} if given["stage"] == "begin" else {"output": f"<{given['text']}>"}

    main = caller("helper")
    gates = ("customOutputExtractor", "isEnabled")
    gated = ToolSpec("ask_helper", "", PROMPT, None, gates=gates)
    main = agent(gated, framework=SDK, agent_tools=main.agent_tools)
    model = ScriptedModel([asks("helper"), says("Helped"), says("Done")])
    on = staged([main, helper], runner=ScriptedRunner(hooks={"agentTool": agent_tool}), model=model)
    await on.run(agent="main")
    assert [(each["stage"], each["tool"]) for each in asked] == [
        ("begin", "ask_helper"),
        ("end", "ask_helper"),
    ]
    assert on.model.queries[-1].messages[-1].text == "<Helped>"


async def test_nested_agent_has_its_own_grants_and_shares_the_count_of_requests() -> None:
    grant = FetchGrant(parse_rule("https://api.example"), Audience(frozenset({"helper"}), None))
    exchange = ScriptedExchange()
    egress = Egress(lambda *_: exchange, EgressPolicy((grant,)))

    async def record(_: ToolRequest) -> None:
        return None

    async with egress.open("main", "", None, record, OWN_PROCESS, 3, others=["helper"]) as own:
        assert not own.allowed.any
        assert own.capabilities == ("fetch",)  # the sandbox has it, for the other agent
        opening = egress.open("helper", "", None, record, OWN_PROCESS, within=own)
        async with opening as other:
            assert other.allowed.any
            async with AsyncExitStack() as held:
                await other.made.enter(held)
            assert (own.requests, other.requests) == (4, 4)
    async with egress.open("main", "", None, record, OWN_PROCESS) as own:
        assert own.capabilities == ()


async def test_why_an_agent_cannot_be_connected_or_planned_is_told() -> None:
    """The model reads its framework's excuse, from which nobody learns the cause."""
    server = McpServer("s", ("http://127.0.0.1:9/mcp",), McpTransport.HTTP, McpForm.FUNCTIONS)
    served = agent(key="served", framework=SDK, mcp_servers=(server,))
    nameless = agent(key="nameless", model=None, framework=SDK)
    on = staged([caller("served"), served], asks("served"), says("Done"))
    events = await on.run(agent="main")
    (started,), (ended,) = of_kind(events, ScopeStarted), of_kind(events, ScopeEnded)
    assert (started.agent, ended.failure) == ("served", NO_SERVERS)
    on = staged([caller("nameless"), nameless], asks("nameless"), says("Done"))
    (line,) = of_kind(await on.run(agent="main"), ToolConsole)
    assert line.call_id == "c0"
    assert "the agent was not asked: " in line.line.text


async def test_answer_of_a_called_agent_is_that_of_the_one_it_handed_over_to() -> None:
    """Here it is the output of a tool, which ends runs of that agent alone."""
    over = AgentLink("last", "last", "transfer_to_last", "Hands over.")
    helper = agent(key="helper", framework=SDK, handoffs=(over,))
    ends = (ToolWasCalled("add"),)
    last = agent(tool("add", ADD_SCHEMA), key="last", framework=SDK, stop_conditions=ends)
    on = staged(
        [caller("helper"), helper, last],
        *(asks("helper"), calls(("h", over.tool, "{}")), calls(("a", "add", '{"a":1,"b":2}'))),
        says("Done"),
        runner=ScriptedRunner({"add": add}),
    )
    await on.run(agent="main")
    assert len(on.model.queries) == 4
    assert on.model.queries[-1].messages[-1].text == '{"sum": 3}'
