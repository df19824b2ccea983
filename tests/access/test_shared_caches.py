"""What executors keep for all organisations, and what of it each has for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.executor.adapters.mcp.lists import MAX_LISTS, ToolLists
from services.executor.agent.cache_keys import cache_key
from services.executor.agent.mcp_ports import McpListing, McpTool
from services.executor.agent.plan import RunPlan
from services.executor.agent.scripted import HeldClock
from services.executor.agent.tool_inputs import ToolCatalogue
from services.executor.clients import OWN_PROCESS, Client, member_of
from services.executor.domain import InlineBundle
from services.executor.mcp_servers import McpForm, McpServer, McpTransport
from services.executor.run_request import RunRequest
from services.executor.schemas.scripted import LocalSchemas
from tests.executor.builders import ADD_SCHEMA, agent, says, stage, tool

ONE, TWO = member_of("one", "key"), member_of("two", "key")


async def plan_of(client: Client, **request: Any) -> RunPlan:
    asked = RunRequest(InlineBundle(b""), "Hello", **request)
    return await stage(says("x")).planner().plan(asked, client)


async def test_providers_are_told_another_prompt_for_each_organisation() -> None:
    names: dict[str, Any] = {"session_id": "s", "resource_id": "r"}
    for more in (dict[str, Any](), names):
        keys = {cache_key(await plan_of(client, **more)) for client in (ONE, TWO, OWN_PROCESS)}
        assert len(keys) == 3
        same = member_of("one", "another key")
        assert cache_key(await plan_of(ONE, **more)) == cache_key(await plan_of(same, **more))


def test_toolrunner_is_told_another_tenant_for_each_organisation() -> None:
    assert ONE.tenant.partition("/")[0] != TWO.tenant.partition("/")[0]
    assert ONE.tenant != member_of("one", "another key").tenant


async def test_tools_of_servers_are_those_of_the_run() -> None:
    catalogue = ToolCatalogue(LocalSchemas())
    server = McpServer("s", ("https://x.example",), McpTransport.HTTP, McpForm.FUNCTIONS)
    with_one = replace(agent(tool("of_one", ADD_SCHEMA)), mcp_servers=(server,))
    with_two = replace(agent(tool("of_two", ADD_SCHEMA)), mcp_servers=(server,))
    for _ in range(2):
        assert list((await catalogue.tools_of("d", with_one, ONE)).offered) == ["of_one"]
        assert list((await catalogue.tools_of("d", with_two, TWO)).offered) == ["of_two"]


def listing(name: str) -> McpListing:
    return McpListing((McpTool(name, "", {}),))


def test_pins_of_one_are_not_forgotten_for_those_of_another() -> None:
    lists = ToolLists(HeldClock(), 60.0, pinned=True)
    for number in range(100):
        lists.add(f"polite-{number}", listing("good"), "one")
    for number in range(3 * MAX_LISTS):
        lists.add(f"greedy-{number}", listing("any"), "two")
    for number in range(100):
        assert lists.find(f"polite-{number}") is not None
        assert lists.add(f"polite-{number}", listing("changed"), "one").tools == ()
    assert lists.find("greedy-0") is None
