"""Runs of agents that name MCP servers, through both services and real servers on loopback."""

from __future__ import annotations

import json

import grpc
import pytest

from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import answer
from tests.mcp.servers import package

OPENAI = """
import { Agent, MCPServerStreamableHttp, MCPServerSSE } from "@openai/agents";
const server = new %(cls)s({ url: "%(url)s", name: "weather", %(more)s });
export const helper = new Agent({
  name: "helper", instructions: "Help.", model: "gpt-4o", mcpServers: [server],
});
"""


def openai(url: str, cls: str = "MCPServerStreamableHttp", more: str = "") -> BundleSource:
    text = OPENAI % {"url": url, "cls": cls, "more": more}
    return BundleSource(inline=text.encode())


DONE = answer("Done.")


@pytest.mark.parametrize(
    ("transport", "cls"), [("http", "MCPServerStreamableHttp"), ("sse", "MCPServerSSE")]
)
async def test_agent_calls_a_tool_of_its_server(transport: str, cls: str) -> None:
    async with (
        package(transport) as server,
        pair(asks(("forecast", '{"city": "Oslo"}')), DONE, allow_fetch=(server.url,)) as (
            client,
            model,
        ),
    ):
        outcome = await client.run("Hello", bundle=openai(server.url, cls))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert server.calls == ["forecast Oslo"]
    print(json.dumps(model.requests[0], indent=1)[:1500])
    print(model.requests[1]["messages"])
    print(events_of(outcome, "tool_output_available"))
