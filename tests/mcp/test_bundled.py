"""Bundles that carry an MCP client: what it does itself, and what the executor does for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import grpc
import pytest

from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import answer
from tests.mcp.servers import everything, package
from tests.npm import BUILD_TIMEOUT_S, installed, node, node_environment

HERE = Path(__file__).parent
DONE = answer("Done.")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each module of agents, bundled with all that it imports, and minified."""
    folder = tmp_path_factory.mktemp("bundled")
    (folder / "node_modules").symlink_to(installed(HERE / "packages", "mcp") / "node_modules")
    shutil.copy(HERE / "build.mjs", folder)
    for source in sorted((HERE / "agents").iterdir()):
        shutil.copy(source, folder)
        made = f"bundled_{source.name}"
        command = [node(), "build.mjs", source.name, made]
        subprocess.run(
            command, cwd=folder, env=node_environment(), timeout=BUILD_TIMEOUT_S, check=True
        )
    return folder


def bundled(folder: Path, name: str) -> BundleSource:
    return BundleSource(inline=(folder / f"bundled_{name}.mjs").read_bytes())


@pytest.mark.parametrize(("tool", "transport"), [("overHttp", "http"), ("overSse", "sse")])
async def test_client_in_a_tool_works_through_fetch(
    bundles: Path, tool: str, transport: str
) -> None:
    async with package(transport) as server:
        given = json.dumps({"url": server.url, "city": "Oslo"})
        origin = server.url.rpartition("/")[0]
        async with pair(asks((tool, given)), DONE, allow_fetch=(origin,)) as (client, _):
            outcome = await client.run("Hello", bundle=bundled(bundles, "own_client"))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert not events_of(outcome, "tool_output_error")
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"] == {
        "tools": 7,
        "seen": [[1, "half"], [2, "whole"]],
        "content": [{"type": "text", "text": "Rain in Oslo"}],
    }
    assert server.calls == ["forecast Oslo"]


async def test_agent_with_servers_only_needs_no_load_of_its_bundle(bundles: Path) -> None:
    calls = asks(("weather_forecast", '{"city": "Oslo"}'))
    async with (
        package() as server,
        pair(calls, DONE, allow_fetch=(server.url,)) as (client, model),
    ):
        source, env = bundled(bundles, "mastra"), {"MCP_URL": server.url}
        outcome = await client.run("Hello", bundle=source, agent="served", env=env)
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert server.calls == ["forecast Oslo"]
    assert model.requests[1]["messages"][-1]["content"] == "Rain in Oslo"


@pytest.mark.parametrize("framework", ["openai_agents", "ai_sdk"])
async def test_servers_of_agents_are_asked_beside_the_bundles_own_tools(
    bundles: Path, framework: str
) -> None:
    calls = asks(("forecast", '{"city": "Oslo"}'), ("own", '{"word": "hi"}'))
    async with (
        package() as server,
        pair(calls, DONE, allow_fetch=(server.url,)) as (client, model),
    ):
        source, env = bundled(bundles, framework), {"MCP_URL": server.url}
        outcome = await client.run("Hello", bundle=source, agent="both", env=env)
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert not events_of(outcome, "tool_output_error")
    said = [each["content"] for each in model.requests[1]["messages"] if each["role"] == "tool"]
    assert "Rain in Oslo" in said[0]
    assert said[1] == "said hi"


@pytest.mark.parametrize("transport", ["streamableHttp", "sse"])
async def test_reference_server_is_listed_and_called(transport: str) -> None:
    name = "MCPServerSSE" if transport == "sse" else "MCPServerStreamableHttp"
    calls = asks(("echo", '{"message": "hi"}'), ("get_sum", '{"a": 2, "b": 3}'))
    async with everything(installed(HERE / "packages", "mcp"), transport) as server:
        source = f"""
            import {{ Agent, {name} }} from "@openai/agents";
            const mcpServers = [new {name}({{ url: "{server.url}" }})];
            const about = {{ name: "a", instructions: "x", model: "gpt-4o" }};
            export const a = new Agent({{ ...about, mcpServers }});
        """
        origin = server.url.rpartition("/")[0]
        async with pair(calls, DONE, allow_fetch=(origin,)) as (client, model):
            outcome = await client.run("Hello", bundle=BundleSource(inline=source.encode()))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    offered = [each["function"]["name"] for each in model.requests[0]["tools"]]
    assert len(offered) > 8
    said = [each["content"] for each in model.requests[1]["messages"] if each["role"] == "tool"]
    assert "hi" in said[0], said
    assert "5" in said[1], (said, offered)
