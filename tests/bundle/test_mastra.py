"""Agents of Mastra: imported, or bundled in with their names lost."""

from __future__ import annotations

import pytest

from services.executor.agent.picking import pick_agent
from services.executor.agent_memory import AgentMemory
from services.executor.agent_parts import AgentLink, StepCount, ValueSource
from services.executor.bundle.intake.questions import without_asking
from services.executor.domain import ToolChoice, ToolChoiceMode
from tests.bundle.minified import FORMS, read_as
from tests.bundle.reading import manifest_of

IMPORTED = """
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { Memory } from "@mastra/memory";
import { openai } from "@ai-sdk/openai";
import { z } from "zod";
"""

BUNDLED_IN = """
import { openai } from "@ai-sdk/openai";
import { z } from "zod";
class MastraBase {
  constructor({ component, name }) { this.component = component; this.name = name; }
}
class Agent extends MastraBase {
  #instructions; #tools;
  constructor(config) {
    super({ component: "AGENT", name: config.name });
    this.#instructions = config.instructions;
    this.#tools = config.tools || {};
  }
  getInstructions() { return this.#instructions; }
  getDescription() { return this.description ?? ""; }
  listTools() { return this.#tools; }
}
class Mastra {
  #agents = {};
  constructor(config) { for (const key in config?.agents) this.#agents[key] = config.agents[key]; }
  getAgent(name) { return this.#agents[name]; }
}
class Tool {
  constructor(options) { this.id = options.id; this.execute = options.execute; }
}
function createTool(options) { return new Tool(options); }
class MastraMemory extends MastraBase {}
class Memory extends MastraMemory {
  getSystemMessage() { return null; }
  getWorkingMemory() { return null; }
  updateWorkingMemory() {}
}
"""

AGENTS = """
const add = createTool({ id: "add-numbers", description: "Adds.",
  inputSchema: z.object({ a: z.number(), b: z.number().default(1) }),
  outputSchema: z.object({ sum: z.number() }),
  execute: async ({ context }) => ({ sum: context.a + context.b }) });
const wipe = createTool({ id: "wipe", description: "Wipes.", inputSchema: z.object({}),
  requireApproval: true, execute: async () => ({}) });
const billing = new Agent({ id: "billing", name: "Billing", description: "Knows money.",
  instructions: ["You bill.", { role: "system", content: "Be exact." }],
  model: [{ model: openai("gpt-5"), maxRetries: 2 }, { model: "anthropic/claude-x" },
    { model: "openai/off", enabled: false }, { id: "groq/llama-x", url: "https://x.test" }],
  tools: { add, wipe }, metadata: { team: "money" } });
const front = new Agent({ name: "Front", instructions: { role: "system", content: "You greet." },
  model: "openai/gpt-5-mini",
  tools: ({ requestContext }) => ({ add }),
  agents: { billing },
  memory: new Memory({ storage: { store: 1 }, options: { lastMessages: 4 } }), skills: ["one"],
  defaultOptions: { maxSteps: 4, toolChoice: "required", activeTools: ["add", "gone"],
    modelSettings: { temperature: 0.5, maxOutputTokens: 100 },
    structuredOutput: { schema: z.object({ answer: z.string() }) } } });
"""
INSTANCE = "export const mastra = new Mastra({ agents: { front, 'bill-desk': billing } });\n"
EXPORTS = "export { billing, front as default };\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_agents_of_an_instance_are_named_by_their_keys(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS + INSTANCE)
    assert list(manifest.agents) == ["front", "bill-desk"]
    assert {agent.framework for agent in manifest.agents.values()} == {"mastra"}
    link = AgentLink("bill-desk", "Billing", "agent-billing", "Knows money.")
    assert manifest.agents["front"].agent_tools == (link,)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_exported_agents_are_named_by_their_exports(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS + EXPORTS)
    assert sorted(manifest.agents) == ["billing", "default"]
    billing, front = manifest.agents["billing"], manifest.agents["default"]
    assert (billing.name, billing.description) == ("Billing", "Knows money.")
    assert billing.system == "You bill.\n\nBe exact."
    assert billing.model == "openai/gpt-5"
    assert billing.fallback_models == ("anthropic/claude-x", "groq/llama-x")
    assert billing.metadata == {"team": "money"}
    assert (front.name, front.system, front.model) == ("Front", "You greet.", "openai/gpt-5-mini")
    assert front.settings == {"temperature": 0.5, "maxOutputTokens": 100}
    assert (front.max_steps, front.stop_conditions) == (4, (StepCount(4),))
    assert front.tool_choice == ToolChoice(ToolChoiceMode.REQUIRED)
    assert front.active_tools == ("add", "gone")
    assert front.memory == AgentMemory(last_messages=4)
    assert front.output_schema is not None
    assert front.output_schema["required"] == ["answer"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_tools_are_named_by_their_keys(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS + EXPORTS)
    tools = manifest.agents["billing"].tools
    assert list(tools) == ["add", "wipe"]
    schema, output = tools["add"].input_schema, tools["add"].output_schema
    assert schema is not None
    assert output is not None
    assert (schema["required"], output["required"]) == (["a"], ["sum"])
    assert [tool.needs_approval for tool in tools.values()] == [False, True]
    tools = manifest.agents["default"].tools
    assert list(tools) == ["add", "agent-billing"]
    assert tools["agent-billing"].description == "Knows money."
    schema = tools["agent-billing"].input_schema
    assert schema is not None
    assert schema["required"] == ["prompt"]
    assert not tools["agent-billing"].disabled


def test_unused_options_are_reported() -> None:
    manifest = manifest_of(IMPORTED + AGENTS + EXPORTS)
    told = {d.path: d for d in manifest.diagnostics}
    assert "not offered to the model" in told["agents.default.skills"].reason
    assert "context that is not known" in told["agents.default.tools"].reason
    assert told["agents.default.activeTools"].reason == "the agent has no tool `gone`"
    assert "approval" in told["agents.billing.tools.wipe.requireApproval"].reason


def test_agents_that_nothing_exports_are_found_where_others_call_them() -> None:
    manifest = manifest_of(IMPORTED + AGENTS + "export { front };\n")
    assert [(key, each.inner) for key, each in manifest.agents.items()] == [
        ("front", False),
        ("billing", True),
    ]
    (link,) = manifest.agents["front"].agent_tools
    assert link.agent == "billing"
    assert not manifest.agents["front"].tools["agent-billing"].disabled
    assert [each.text.strip() for each in manifest.insertions] == [
        'export { billing as "billing" };'
    ]
    assert pick_agent(manifest, "").key == "front"


def test_agents_chosen_by_a_function_are_refused() -> None:
    source = """
export const front = new Agent({ name: "Front", instructions: "Hi.", model: "openai/m",
  agents: ({ requestContext }) => requestContext.get("all") });
"""
    (refusal,) = manifest_of(IMPORTED + source).agents["front"].refusals
    assert refusal.path == "agents.front.agents"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("defaultVNextStreamOptions", "{ maxSteps: 3, modelSettings: { temperature: 0.2 } }"),
        ("defaultStreamOptions", "{ maxSteps: 3, temperature: 0.2 }"),
        ("defaultGenerateOptions", "{ maxSteps: 3, temperature: 0.2 }"),
    ],
)
def test_settings_of_every_release_are_read(name: str, options: str) -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
export const main = new Agent({{ name: "m", instructions: "i", model: "openai/m",
  {name}: {options} }});
"""
    )
    agent = manifest.agents["main"]
    assert (agent.settings, agent.max_steps) == ({"temperature": 0.2}, 3)


def test_function_options_are_reported() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
export const main = new Agent({{ name: "m", instructions: ({{ requestContext }}) =>
  `You serve ${{requestContext.get("name")}}.`, model: ({{ requestContext }}) =>
  requestContext.get("big") ? "openai/big" : "openai/small",
  defaultOptions: () => ({{ maxSteps: 3 }}) }});
"""
    )
    asked = [(each.part.value, each.source) for each in manifest.agents["main"].unknown]
    assert sorted(asked) == [
        (part, ValueSource.DYNAMIC) for part in ("instructions", "model", "settings")
    ]
    manifest = without_asking(manifest)
    agent = manifest.agents["main"]
    assert (agent.system, agent.model, agent.max_steps) == ("", None, None)
    told = {d.path: d.reason for d in manifest.diagnostics}
    assert "its instructions are a function" in told["agents.main.system"]
    assert agent.disabled
    assert "a request must name a model" in told["agents.main.model"]
    assert "a function of the context" in told["agents.main.defaultOptions"]


@pytest.mark.parametrize("retries", ["true", "-1", "1.5", "'2'"])
def test_number_of_retries_that_is_none_disables_the_agent(retries: str) -> None:
    source = (
        'import { Agent } from "@mastra/core/agent"; export const main = new Agent({ id: "m", '
        f'name: "M", instructions: "I.", model: "openai/m", maxProcessorRetries: {retries} }});'
    )
    (refusal,) = manifest_of(source).agents["main"].refusals
    assert refusal.path == "agents.main.maxProcessorRetries"
    assert refusal.reason == "it is not a number of retries"
