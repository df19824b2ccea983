"""Calls of which nobody knows what became: idempotent tools are called again, others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.executor.adapters.toolrunner.link import idempotency_key
from services.executor.agent.mcp_ports import McpListing, McpTool
from services.executor.agent.repeats import Repeats
from services.executor.agent.scripted import ScriptedRunner
from services.executor.agent.served_tools import served_tools
from services.executor.agent.state import RunState
from services.executor.events import Event, Finish, ToolOutcome
from services.executor.limits import DeploymentLimits
from services.executor.mcp_servers import McpForm, McpServer, McpTransport
from tests.executor.builders import add, agent, calls, of_kind, says, stage, tool

ADD = tool("add")


class CrashError(Exception):
    """The process ends here."""


async def crashed_in_a_call() -> RunState:
    """Return the last state of a run whose process ended while its tool was at work."""
    states: list[RunState] = []

    async def keep(state: RunState, _: Sequence[Event]) -> None:
        if any(item.is_unknown for item in state.pending):
            states.append(state)
            raise CrashError

    script = calls(("c1", "add", '{"a": 1, "b": 2}'))
    scene = stage(script, tools=[ADD], runner=ScriptedRunner({"add": add}))
    run = await scene.start(keep=keep)
    with pytest.raises(CrashError):
        async for _ in run.events():
            pass
    assert not scene.runner.calls, "the intent is kept before the call"
    return states[0]


@pytest.mark.parametrize("idempotent", [True, False])
async def test_only_calls_of_idempotent_tools_are_made_again(idempotent: bool) -> None:
    runner = ScriptedRunner({"add": add})
    spec = replace(ADD, idempotent=idempotent)
    scene = stage(says("Three."), tools=[spec], runner=runner)
    run = await scene.start(state=await crashed_in_a_call())
    events = [event async for event in run.events()]
    (finish,) = of_kind(events, Finish)
    (effect,) = finish.effects.tool_calls
    told = scene.model.queries[0].messages[-1].text
    if idempotent:
        assert [each.tool_call_id for each in runner.calls] == ["c1"]
        assert effect.outcome is ToolOutcome.RETURNED
        assert told == '{"sum": 3}'
    else:
        assert not runner.calls
        assert effect.outcome is ToolOutcome.UNFINISHED
        assert "may have taken effect" in told


async def test_call_that_a_budget_rules_out_stays_unknown() -> None:
    """It is not made again, and it is not said that it was never begun."""
    runner = ScriptedRunner({"add": add})
    none = DeploymentLimits(max_tool_calls=0)
    idempotent = replace(ADD, idempotent=True)
    scene = stage(says("Three."), tools=[idempotent], runner=runner, limits=none)
    run = await scene.start(state=await crashed_in_a_call())
    (finish,) = of_kind([event async for event in run.events()], Finish)
    assert not runner.calls
    assert [each.outcome for each in finish.effects.tool_calls] == [ToolOutcome.UNFINISHED]


def test_key_of_a_repeated_call_is_the_same() -> None:
    assert idempotency_key("run_1", "c1") == idempotency_key("run_1", "c1")
    assert idempotency_key("run_1", "c1") != idempotency_key("run_2", "c1")


@pytest.mark.parametrize(
    ("pattern", "marked"),
    [
        ("orders/find", ["find"]),
        ("orders/*", ["find", "find.all", "pay"]),
        ("*/find*", ["find", "find.all"]),
        ("other/*", []),
        ("*", []),
        ("orders/find.al", []),
    ],
)
def test_deployment_names_idempotent_tools(pattern: str, marked: list[str]) -> None:
    named = agent(tool("find"), tool("find.all"), tool("pay"), key="orders")
    tools = Repeats([pattern]).applied(named).tools
    assert [key for key, each in tools.items() if each.idempotent] == marked


def test_hints_of_servers_count_where_they_are_trusted() -> None:
    server = McpServer("s", ("http://127.0.0.1:9/mcp",), McpTransport.HTTP, McpForm.PARTS)
    listing = McpListing((McpTool("find", "", {}, idempotent=True), McpTool("pay", "", {})))
    tools = served_tools([(server, listing)], ()).tools
    found = {
        trusts: [
            key
            for key, each in Repeats(trusts_servers=trusts).served("a", tools).items()
            if each.idempotent
        ]
        for trusts in (True, False)
    }
    assert found == {True: ["find"], False: []}
    named = Repeats(["a/pay"]).served("a", tools)
    assert [key for key, each in named.items() if each.idempotent] == ["pay"]
