"""MCP servers, handoffs and agents as tools in one run, through both services."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import grpc

from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import answer
from tests.mcp.servers import package

SOURCE = """
import { Agent, MCPServerStreamableHttp } from "@openai/agents";
const own = { model: "gpt-4o" };
const first = new MCPServerStreamableHttp({ url: "%(url)s", name: "first" });
const second = new MCPServerStreamableHttp({ url: "%(url)s", name: "second" });
const expert = new Agent({ name: "Expert", instructions: "Know.", mcpServers: [second], ...own });
const helper = new Agent({ name: "Helper", instructions: "Help.", handoffs: [expert], ...own });
const billing = new Agent({
  name: "Billing", instructions: "Bill.", mcpServers: [first], ...own,
  tools: [helper.asTool({ toolName: "ask_helper", toolDescription: "Asks." })],
});
export const triage = new Agent({
  name: "Triage", instructions: "T.", handoffs: [billing], ...own,
});
"""
OSLO = '{"city": "Oslo"}'
OVER, ASK = asks(("transfer_to_Billing", "{}")), asks(("ask_helper", '{"input": "x"}'))
FURTHER = asks(("transfer_to_Expert", "{}"))


CALLING = (
    SOURCE[: SOURCE.index("const helper")]
    + """
export { expert };
export const main = new Agent({
  name: "Main", ...own, mcpServers: [first],
  tools: [expert.asTool({ toolName: "ask_expert" })],
});
"""
)


def source(url: str, text: str = SOURCE) -> BundleSource:
    return BundleSource(inline=(text % {"url": url}).encode())


async def test_handed_over_agent_calls_one_that_hands_over_to_one_with_servers(
    tmp_path: Path,
) -> None:
    scripts = (
        *(OVER, asks(("forecast", OSLO)), ASK, FURTHER, asks(("forecast", OSLO))),
        *(answer("Rain."), answer("Done.")),
    )
    async with package() as server:
        # Agents that only handoffs reach have the grants of the one that they come from.
        grants = [{"rule": server.url, "agents": ["triage", "helper"]}]
        path = tmp_path / "policy.json"
        path.write_text(json.dumps({"fetch": grants}))
        async with pair(*scripts, egress_policy=str(path)) as (client, model):
            outcome = await client.run("Hello", bundle=source(server.url))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert server.calls == ["forecast Oslo"] * 2
    (scope,) = {each.scope_id for each in outcome.events if each.scope_id}
    systems = [each["messages"][0]["content"] for each in model.requests]
    assert systems == ["T.", "Bill.", "Bill.", "Help.", "Know.", "Know.", "Bill."]
    assert model.requests[-1]["messages"][-1]["content"] == "Rain."
    changed = [each for each in outcome.events if each.WhichOneof("event") == "agent_changed"]
    assert [each.scope_id for each in changed] == ["", scope]
    began = [each.WhichOneof("event") for each in outcome.events].index("scope_started")
    assert not any(each.scope_id for each in outcome.events[: began + 1])
    requests = [each for each in outcome.events if each.WhichOneof("event") == "tool_request"]
    assert {each.scope_id for each in requests} == {"", scope}


async def test_cancelled_run_ends_the_call_at_the_server_of_an_inner_agent() -> None:
    scripts = (OVER, ASK, FURTHER, asks(("endless", "{}")), answer("Done."))
    async with package() as server, pair(*scripts, allow_fetch=(server.url,)) as (client, _):
        run = asyncio.create_task(client.run("Hello", bundle=source(server.url)))
        assert await asyncio.to_thread(server.begun.wait, 20)
        run.cancel()
        await asyncio.wait([run])
        assert await asyncio.to_thread(server.cancelled.wait, 20)


async def test_called_agent_with_servers_tells_its_requests_after_its_scope_began() -> None:
    scripts = (asks(("ask_expert", '{"input": "x"}')), answer("Rain."), answer("Done."))
    async with package() as server, pair(*scripts, allow_fetch=(server.url,)) as (client, model):
        outcome = await client.run("Hello", agent="main", bundle=source(server.url, CALLING))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    (scope,) = {each.scope_id for each in outcome.events if each.scope_id}
    kinds = [each.WhichOneof("event") for each in outcome.events if each.scope_id == scope]
    began = [each.WhichOneof("event") for each in outcome.events].index("scope_started")
    assert "tool_request" in kinds
    assert not any(each.scope_id for each in outcome.events[: began + 1])
    offered = [each["function"]["name"] for each in model.requests[1]["tools"]]
    assert "forecast" in offered


async def test_server_is_not_granted_to_a_called_agent_by_its_caller_s_grant(
    tmp_path: Path,
) -> None:
    scripts = (asks(("ask_expert", '{"input": "x"}')), answer("Done."))
    async with package() as server:
        path = tmp_path / "policy.json"
        path.write_text(json.dumps({"fetch": [{"rule": server.url, "agents": ["main"]}]}))
        async with pair(*scripts, egress_policy=str(path)) as (client, model):
            outcome = await client.run("Hello", agent="main", bundle=source(server.url, CALLING))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert "An error occurred" in model.requests[1]["messages"][-1]["content"]
    (ended,) = events_of(outcome, "scope_ended")
    assert 'The MCP server "second" cannot be used' in ended["errorText"]
    assert len(model.requests) == 2
