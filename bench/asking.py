"""A model and an agent that make calls of a tool that does nothing, and a run of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import grpc

from bench.model_streams import METHOD
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from tests.executor.fake_provider import FakeProvider, answer, call, finish

SOURCE: Final = b"""
import { createAgent, createTool } from "lightfast/agent";
const nothing = createTool({ description: "", inputSchema: { type: "object" }, execute: () => 1 });
export default { agents: { main: createAgent({ name: "main", system: "", tools: { nothing } }) } };
"""
MODEL: Final = "openai/asking"
STEPS, CALLS = 4, 16
CALLS_OF_A_RUN: Final = STEPS * CALLS


class Asking(FakeProvider):
    """A model that asks for the same calls again, and ends after some steps."""

    def script(self) -> Sequence[Any]:
        """Return the answer to the last request."""
        said = self.requests[-1]["messages"]
        self.requests.clear()
        self.heads.clear()
        if sum(each["role"] == "assistant" for each in said) == STEPS:
            return answer("Done.")
        wanted = (call(each, f"c{len(said)}-{each}", "nothing", "{}") for each in range(CALLS))
        return [*wanted, finish("tool_calls")]


def settings_of(url: str) -> dict[str, str]:
    """Return the variables of an executor that asks the model at ``url``."""
    alias = {"model": MODEL, "base_url": url, "key_variable": "K"}
    return {"CAISSON_EXECUTOR_MODEL_ALIASES": json.dumps({MODEL: alias}), "K": "bench"}


async def run(channel: grpc.aio.Channel) -> None:
    """Run the agent once; its events are not decoded, which leaves more of the machine."""
    bundle = run_pb2.BundleSource(inline=SOURCE)
    spec = run_pb2.RunSpec(bundle=bundle, message="hi", model=MODEL)
    execute: Any = channel.unary_stream(
        METHOD, request_serializer=pb.ExecuteAgentRequest.SerializeToString
    )
    async for _ in execute(pb.ExecuteAgentRequest(spec=spec)):
        pass
