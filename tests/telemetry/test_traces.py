"""Traces of runs, as a collector gets them from both services."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from tests.e2e.pair import asks
from tests.executor.fake_provider import STALL, FakeProvider, Refusal, answer, fake_provider, text
from tests.loopback import listening
from tests.telemetry.collector import Collector, Seen, collector
from tests.telemetry.traced import traced_pair

SOURCE = b"""
import { Agent, tool } from "@openai/agents";
const parameters = { type: "object", properties: {}, additionalProperties: true };
const look = tool({ name: "look", description: "", parameters, strict: false,
  execute: async ({ url, note }) => {
    const headers = { authorization: `Bearer ${process.env.API_KEY}`, traceparent: "mine" };
    return await (await fetch(url, { headers })).text();
  } });
const other = new Agent({ name: "Other", instructions: "INSTRUCTIONS-OF-OTHER", tools: [look] });

export const expert = new Agent({ name: "Expert", instructions: "Know." });
export const main = new Agent({ name: "Main", instructions: "INSTRUCTIONS", handoffs: [other],
  tools: [look, expert.asTool({ toolName: "ask_expert", toolDescription: "Knows." })] });
"""
TRACE, PARENT = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
SECRET = "k-92ab71cd03fe5566"
PRIVATE = ("QUESTION", "INSTRUCTIONS", "ARGUMENT", "ANSWER-OF-SITE", "WORDS", SECRET, "sk-key")
UNAVAILABLE = Refusal(503, {"error": {"message": "busy"}})
EXECUTE = "caisson.executor.v1.ExecutorService/ExecuteAgent"
RUN_TOOLS = "caisson.toolrunner.v1.ToolRunnerService/RunTools"


@asynccontextmanager
async def site() -> AsyncIterator[tuple[str, list[str]]]:
    """A web server; yields its authority and the heads of requests."""
    heads: list[str] = []

    async def serve(reader: Any, writer: Any) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        body = b"ANSWER-OF-SITE"
        head = f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        yield f"127.0.0.1:{port}", heads


def egress(folder: Path, authority: str, **rule: Any) -> dict[str, str]:
    """Settings that let tools reach the site with a secret."""
    policy = {
        "fetch": [{"rule": authority, **rule}],
        "secrets": [{"name": "API_KEY", "hosts": [authority], "from": {"environment": "KEY"}}],
    }
    path = folder / "egress.json"
    path.write_text(json.dumps(policy))
    return {"egress_policy": str(path)}


def request(message: str = "QUESTION") -> pb.ExecuteAgentRequest:
    bundle = BundleSource(inline=SOURCE)
    spec = RunSpec(bundle=bundle, agent="main", message=message, model="openai/gpt-x")
    return pb.ExecuteAgentRequest(spec=spec)


async def run(
    address: str, *metadata: tuple[str, str], provider: FakeProvider | None = None
) -> Any:
    """Run to the end, or cancel it once the provider stalls; return the status code."""
    async with grpc.aio.insecure_channel(address) as channel:
        call = ExecutorServiceStub(channel).ExecuteAgent(request(), metadata=metadata)
        if provider is None:
            async for _ in call:
                pass
        else:
            await call.read()
            await provider.stalled.wait()
            call.cancel()
        return await call.code()


def one(spans: list[Seen], name: str, **more: Any) -> Seen:
    """The one span of a name."""
    found = [each for each in spans if each.name == name and more.items() <= vars(each).items()]
    assert len(found) == 1, (name, [each.name for each in spans])
    return found[0]


def above(spans: list[Seen], span: Seen) -> list[str]:
    """The names of the spans around one, from the innermost."""
    by_id = {each.span_id: each for each in spans}
    names = []
    while span.parent_id in by_id:
        span = by_id[span.parent_id]
        names.append(span.name)
    return names


def ended(*names: str) -> Any:
    """Tell whether spans of these names have arrived."""
    return lambda spans: set(names) <= {each.name for each in spans}


async def test_one_trace_has_tool_request_handoff_retry_and_cancel(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("KEY", SECRET)
    async with collector() as taking, site() as (authority, heads):
        look = ("look", json.dumps({"url": f"http://{authority}/p?q=ARGUMENT", "note": "ARGUMENT"}))
        scripts = (
            *(UNAVAILABLE, asks(look), asks(("ask_expert", '{"input": "WORDS"}')), answer("WORDS")),
            *(asks(("transfer_to_Other", "{}")), asks(look), [text("WORDS"), STALL]),
        )
        async with fake_provider(*scripts) as provider:
            settings = egress(tmp_path, authority)
            async with traced_pair(taking.address, provider.url, tmp_path, **settings) as executor:
                state = "vendor=1,other=2"
                parent = ("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", state)
                code = await run(executor.address, *parent, provider=provider)
                assert code is grpc.StatusCode.CANCELLED
                spans = list(await taking.until(ended(EXECUTE, RUN_TOOLS, "invoke_agent Main")))
            spans = taking.spans
    assert {each.trace_id for each in spans} == {TRACE}
    ids = {each.span_id for each in spans}
    assert {each.parent_id for each in spans} - ids == {PARENT}
    assert {each.service for each in spans} == {"caisson-executor", "caisson-toolrunner"}
    root = one(spans, EXECUTE)
    assert (root.parent_id, root.attributes["rpc.response.status_code"]) == (PARENT, "CANCELLED")
    main = one(spans, "invoke_agent Main")
    assert above(spans, main) == [EXECUTE]
    assert main.attributes["error.type"] == "CLIENT_CANCELLED"
    assert above(spans, one(spans, "parse_bundle")) == ["read_bundle", "plan_run", EXECUTE]
    check_model(spans)
    check_tool(spans)
    nested = above(spans, one(spans, "invoke_agent Expert"))
    assert nested == ["execute_tool ask_expert", "invoke_agent Main", EXECUTE]
    assert one(spans, RUN_TOOLS, service="caisson-toolrunner").parent_id == (
        one(spans, RUN_TOOLS, service="caisson-executor").span_id
    )
    assert RUN_TOOLS in above(spans, one(spans, "load_program"))
    assert any(each.name == "journal_commit" for each in spans)
    check_privacy(taking, heads)


def check_model(spans: list[Seen]) -> None:
    """Each attempt is a span: the refused one, its retry, and the one that was cut."""
    chats = sorted((each for each in spans if each.name == "chat gpt-x"), key=lambda s: s.start_ns)
    assert len(chats) == 7
    assert [each.attributes["caisson.model.attempt"] for each in chats[:3]] == [1, 2, 1]
    assert [each.attributes.get("error.type") for each in chats] == [
        *("MODEL_UNAVAILABLE", None, None, None, None, None, "CANCELLED")
    ]
    assert chats[1].attributes["gen_ai.operation.name"] == "chat"
    assert chats[1].attributes["gen_ai.provider.name"] == "openai"
    other = one(spans, "invoke_agent Other")
    assert [above(spans, each)[0] for each in chats[-2:]] == [other.name] * 2
    assert above(spans, other) == ["invoke_agent Main", EXECUTE]


def check_tool(spans: list[Seen]) -> None:
    """A call goes on in the toolrunner, and its request in the executor."""
    first, second = sorted(
        (each for each in spans if each.name == "execute_tool look"), key=lambda s: s.start_ns
    )
    assert above(spans, first) == ["invoke_agent Main", EXECUTE]
    assert above(spans, second)[0] == "invoke_agent Other"
    below = {each.name: each for each in spans if each.parent_id == first.span_id}
    assert set(below) == {"wait_for_worker", "run_in_worker"}
    assert {each.service for each in below.values()} == {"caisson-toolrunner"}
    assert below["run_in_worker"].attributes["caisson.tool.fuel"] > 0
    asked = [each for each in spans if each.parent_id == below["run_in_worker"].span_id]
    assert {each.name for each in asked} == {"host_call fetch"}
    sent = [each for each in spans if each.parent_id in {each.span_id for each in asked}]
    assert [each.name for each in sent] == ["GET"]
    assert sent[0].service == "caisson-executor"
    assert sent[0].attributes["http.response.status_code"] == 200
    assert sent[0].attributes["server.address"] == "127.0.0.1"


def check_privacy(taking: Collector, heads: list[str]) -> None:
    """Nothing that was said is exported, and nobody outside is told the trace."""
    exported = b"".join(taking.data)
    for each in PRIVATE:
        assert each.encode() not in exported, each
    assert len(heads) == 2
    assert all(SECRET in head for head in heads)
    assert all("traceparent: mine" in head for head in heads)
    assert TRACE not in "".join(heads)
