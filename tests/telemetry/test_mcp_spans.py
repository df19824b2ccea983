"""Requests to MCP servers are spans in the run's one trace, and nothing that is said is in them."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from services.telemetry.traces.port import Kind
from tests.e2e.pair import asks
from tests.executor.fake_provider import answer
from tests.mcp.servers import package
from tests.mcp.test_runs import HTTP, SSE, openai
from tests.telemetry.collector import Seen, collector
from tests.telemetry.test_traced_runs import traced
from tests.telemetry.test_traces import SECRET, above, one

HEADER = "requestInit: { headers: { authorization: `Bearer ${process.env.API_KEY}` } }"
CALLS = (("forecast", '{"city": "CITY"}'), ("broken", "{}"))
EXECUTE = "caisson.executor.v1.ExecutorService/ExecuteAgent"
SETUP = ["initialize", "tools/list", "invoke_agent helper", EXECUTE]


@pytest.mark.parametrize(("transport", "cls"), [("http", HTTP), ("sse", SSE)])
async def test_requests_to_a_server_are_spans_of_the_run(
    transport: str, cls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", SECRET)
    async with collector() as taking, package(transport) as server:
        origin = server.url.rpartition("/")[0]
        path = tmp_path / "egress.json"
        host = origin.removeprefix("http://")
        grant = {"name": "API_KEY", "hosts": [host], "from": {"environment": "KEY"}}
        path.write_text(json.dumps({"fetch": [{"rule": host}], "secrets": [grant]}))
        scripts = (asks(*CALLS), answer("WORDS"))
        async with traced(taking.address, *scripts, egress_policy=str(path)) as (client, _):
            outcome = await client.run("QUESTION", bundle=openai(server.url, cls, HEADER))
            assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert all(SECRET in each.get("authorization", "") for each in server.headers)
    spans = taking.spans
    assert len({each.trace_id for each in spans}) == 1
    asked = [each for each in spans if "mcp.method.name" in each.attributes]
    assert {each.kind for each in asked} == {Kind.CLIENT.value}
    assert {each.attributes["caisson.mcp.server"] for each in asked} == {"weather"}
    assert above(spans, one(spans, "initialize")) == SETUP[1:]
    called = one(spans, "tools/call forecast")
    assert called.attributes["mcp.method.name"] == "tools/call"
    assert called.attributes["gen_ai.tool.name"] == "forecast"
    assert above(spans, called)[0] == "execute_tool forecast"
    assert one(spans, "tools/call broken").attributes["error.type"] == "tool_error"
    check_requests(spans, transport)
    exported = b"".join(taking.data)
    for private in (SECRET, "CITY", "Rain in", "WORDS", "QUESTION", "/mcp", "/sse", "no such"):
        assert private.encode() not in exported, private


def check_requests(spans: list[Seen], transport: str) -> None:
    """Each HTTP request is below what it is for; the stream of the server is below the first."""
    sent = [each for each in spans if "http.request.method" in each.attributes]
    last = "GET" if transport == "sse" else "DELETE"
    assert sorted(each.name for each in sent) == [last, *["POST"] * 5]
    assert {above(spans, each)[0] for each in sent} == {
        *("initialize", "tools/list", "tools/call forecast", "tools/call broken")
    }
    assert above(spans, one(spans, last)) == SETUP


async def test_server_that_cannot_be_reached_is_told() -> None:
    async with collector() as taking:
        scripts = (answer("WORDS"),)
        async with traced(taking.address, *scripts, allow_fetch=("127.0.0.1:9",)) as (client, _):
            await client.run("QUESTION", bundle=openai("http://127.0.0.1:9/mcp"))
    spans = taking.spans
    assert one(spans, "initialize").attributes["error.type"] == "MCP_SERVER_FAILED"
    assert one(spans, "tools/list").attributes["error.type"] == "MCP_SERVER_FAILED"
