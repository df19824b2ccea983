"""Where tools of each framework find the request context, as docs/bundling.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Caisson

CONTEXT = {"plan": "gold", "sessionId": "s1", "resourceId": "ada"}
LIGHTFAST = """import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";
const see = createTool({
  description: "Sees.",
  inputSchema: z.object({}),
  execute: (input, { plan, resourceId, made }) => ({ plan, user: resourceId, made }),
});
const worker = createAgent({
  name: "worker",
  model: "openai/x",
  tools: { see },
  createRuntimeContext: ({ sessionId, resourceId }) => ({ made: `${sessionId} of ${resourceId}` }),
});
export default createLightfast({ agents: { worker } });
"""
AI_SDK = """import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";
const see = tool({
  description: "Sees.",
  inputSchema: z.object({}),
  execute: (input, { experimental_context: before, context }) => ({
    plan: before.plan,
    today: context.plan,
    user: context.resourceId,
  }),
});
export const worker = new ToolLoopAgent({ model: "openai/x", tools: { see } });
"""
MASTRA = """import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
const see = createTool({
  id: "see",
  description: "Sees.",
  inputSchema: z.object({}),
  execute: async (input, { requestContext }) => ({
    plan: requestContext.get("plan"),
    user: requestContext.get("resourceId"),
  }),
});
const settings = { name: "worker", instructions: "See.", model: "openai/x" };
export const worker = new Agent({ ...settings, tools: { see } });
"""
OPENAI = """import { Agent, tool } from "@openai/agents";
import { z } from "zod";
const see = tool({
  name: "see",
  description: "Sees.",
  parameters: z.object({}),
  execute: (input, { context }) => ({ plan: context.plan, user: context.resourceId }),
});
export const worker = new Agent({ name: "worker", model: "gpt-x", tools: [see] });
"""


@pytest.mark.parametrize(
    ("source", "more"),
    [
        pytest.param(LIGHTFAST, {"made": "s1 of ada"}, id="lightfast"),
        pytest.param(AI_SDK, {"today": "gold"}, id="ai-sdk"),
        pytest.param(MASTRA, {}, id="mastra"),
        pytest.param(OPENAI, {}, id="openai-agents"),
    ],
)
def test_request_context_is_where_the_framework_has_it(
    caisson: Caisson, tmp_path: Path, source: str, more: dict[str, Any]
) -> None:
    path = tmp_path / "agent.js"
    path.write_text(source)
    arguments = ("tool", str(path), "worker", "see", "{}", "--context", json.dumps(CONTEXT))
    result = caisson(*arguments, "--json")
    assert result.json["output"] == {"plan": "gold", "user": "ada", **more}, result.err
