"""Agents of the OpenAI Agents SDK: imported, or bundled in with their names lost."""

from __future__ import annotations

import pytest

from services.executor.agent_parts import AgentLink, AgentPart, HookName, ToolWasCalled
from services.executor.bundle.intake.questions import without_asking
from services.executor.domain import Severity, ToolChoice, ToolChoiceMode
from tests.bundle.minified import FORMS, read_as
from tests.bundle.reading import manifest_of

IMPORTED = """
import { Agent, tool, handoff, webSearchTool } from "@openai/agents";
import { z } from "zod";
"""

# The members by which the SDK's own code knows itself, and the way it makes what it makes.
BUNDLED_IN = """
import { z } from "zod";
class AgentHooks { constructor() { this.handlers = new Map(); } on() {} }
var Agent = class _Agent extends AgentHooks {
  static create(config) {
    return new _Agent({...config, handoffs: config.handoffs, outputType: config.outputType});
  }
  constructor(config) {
    super();
    if (typeof config.name !== "string") throw new Error("Agent must have a name.");
    this.name = config.name;
    this.tools = config.tools ?? [];
  }
  clone(config) { return new _Agent({...this, ...config}); }
  asTool(options) { return tool({name: options.toolName ?? this.name, execute: () => {}}); }
  async getSystemPrompt() { return this.instructions; }
};
class Handoff {
  constructor(agent) { this.agentName = agent.name; this.agent = agent; }
}
function handoff(agent, config = {}) {
  const made = new Handoff(agent);
  if (config.toolNameOverride) { made.toolName = config.toolNameOverride; }
  return made;
}
function tool(options) {
  const name = options.name ? options.name.replace(/\\s/g, "_") : options.execute.name;
  if (!name) { throw new Error("Tool name cannot be empty."); }
  const { parser, schema: parameters } = read(options.parameters, name);
  async function invoke(context, input) { return options.execute(parser(input), context); }
  return { type: "function", name, description: options.description, parameters, invoke };
}
function read(type, name) { return { parser: JSON.parse, schema: globalThis.convert(type, name) }; }
function webSearchTool(options = {}) {
  return { type: "hosted_tool", name: options.name ?? "web_search", providerData: {} };
}
"""

AGENTS = """
const add = tool({ name: "add up", description: "Adds.",
  parameters: z.object({ a: z.number(), b: z.number().nullable() }),
  execute: async ({ a, b }) => a + b });
const look = tool({ description: "Looks.", parameters: z.object({}),
  async execute() { return 1; } });
const risky = tool({ name: "risky", description: "Risks.", parameters: z.object({}),
  needsApproval: async () => true, execute: async () => 1 });
const billing = new Agent({ name: "Billing desk", instructions: "You bill.", model: "gpt-5",
  handoffDescription: "Knows money.", tools: [add] });
const plain = new Agent({ name: "Plain", instructions: "You talk." });
const triage = Agent.create({
  name: "Triage",
  instructions: () => "You pass on.",
  model: "gpt-5-mini",
  modelSettings: { temperature: 0.5, maxTokens: 100, toolChoice: "add_up", parallelToolCalls: !1 },
  outputType: z.object({ answer: z.string() }),
  toolUseBehavior: { stopAtToolNames: ["risky"] },
  handoffs: [billing, handoff(plain, { toolNameOverride: "to_plain" })],
  tools: [add, look, risky, webSearchTool(),
    plain.asTool({ toolName: "ask_plain", toolDescription: "Asks." })],
  inputGuardrails: [{ name: "g", execute: async () => ({ tripwireTriggered: !0 }) }],
});
export { billing, triage, triage as default, plain };
"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_every_agent_field_is_read(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS)
    assert sorted(manifest.agents) == ["billing", "plain", "triage"]
    assert {agent.framework for agent in manifest.agents.values()} == {"openai-agents"}
    billing, triage = manifest.agents["billing"], manifest.agents["triage"]
    assert (billing.name, billing.system) == ("Billing desk", "You bill.")
    assert (billing.model, billing.description) == ("gpt-5", "Knows money.")
    assert (triage.name, triage.system, triage.model) == ("Triage", "You pass on.", "gpt-5-mini")
    assert triage.settings == {
        "temperature": 0.5,
        "maxOutputTokens": 100,
        "parallelToolCalls": False,
    }
    assert triage.tool_choice == ToolChoice(ToolChoiceMode.TOOL, "add_up")
    assert triage.stop_conditions == (ToolWasCalled("risky"),)
    assert triage.output_schema is not None
    assert triage.output_schema["properties"] == {"answer": {"type": "string"}}
    assert manifest.agents["plain"].model is None


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_tools_have_the_names_the_sdk_generates(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS)
    tools = manifest.agents["triage"].tools
    assert list(tools) == ["add_up", "execute", "risky", "ask_plain"]
    schema = tools["add_up"].input_schema
    assert schema is not None
    assert schema["required"] == ["a", "b"]
    assert [tool.key for tool in tools.values() if tool.needs_approval] == ["risky"]
    hosted = [d for d in manifest.diagnostics if d.path == "agents.triage.tools[3]"]
    assert [d.severity for d in hosted] == [Severity.ERROR]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_handoffs_and_agents_as_tools_are_listed(head: str, form: str) -> None:
    manifest = read_as(form, head + AGENTS)
    triage = manifest.agents["triage"]
    assert triage.handoffs == (
        AgentLink(
            "billing",
            "Billing desk",
            "transfer_to_Billing_desk",
            "Handoff to the Billing desk agent to handle the request. Knows money.",
        ),
        AgentLink(
            "plain",
            "Plain",
            "to_plain",
            "Handoff to the Plain agent to handle the request. ",
            asked=True,
            varies=head == BUNDLED_IN,
        ),
    )
    assert triage.agent_tools == (AgentLink("plain", "Plain", "ask_plain", "Asks."),)
    told = {d.path: d.reason for d in manifest.diagnostics}
    assert "agents.triage.tools.ask_plain" not in told
    tool = triage.tools["ask_plain"]
    assert (tool.description, tool.strict, tool.disabled) == ("Asks.", True, False)
    assert tool.input_schema is not None
    assert tool.input_schema["required"] == ["input"]
    assert [(each.name, each.path) for each in triage.hooks] == [
        (HookName.HANDOFFS, "agents.triage.handoffs[1]"),
        (HookName.INPUT_GUARDRAILS, "agents.triage.inputGuardrails"),
    ]


def test_agent_made_by_helper_has_what_the_helper_adds() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
class Polite extends Agent {{
  constructor(config) {{
    super({{...config, instructions: config.instructions + " Be polite."}});
  }}
}}
const make = (name, more) => new Polite({{ name, model: "gpt-5", instructions: "Hi.", ...more }});
export const first = make("First");
export const second = make("Second", {{ handoffs: [first] }});
"""
    )
    assert [agent.system for agent in manifest.agents.values()] == ["Hi. Be polite."] * 2
    assert manifest.agents["second"].handoffs[0].agent == "first"


def test_handoff_that_is_not_an_agent_disables_its_agent() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
export const main = new Agent({{ name: "m", instructions: "i", model: "gpt-5",
  handoffs: [globalThis.other, ...globalThis.more] }});
"""
    )
    assert manifest.agents["main"].handoffs == ()
    paths = [each.path for each in manifest.agents["main"].refusals]
    assert sorted(paths) == ["agents.main.handoffs", "agents.main.handoffs[0]"]


def test_agents_that_only_handoffs_reach_are_read_by_their_paths() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
const billing = new Agent({{ name: "Billing", instructions: "b", model: "gpt-5" }});
const refunds = new Agent({{ name: "Refunds", instructions: "r", model: "gpt-5",
  handoffs: [billing] }});
export const main = new Agent({{ name: "m", instructions: "i", model: "gpt-5",
  handoffs: [billing, handoff(refunds)] }});
refunds.handoffs.push(main);
"""
    )
    links = {key: [link.agent for link in agent.handoffs] for key, agent in manifest.agents.items()}
    first, second = "main.handoffs[0]", "main.handoffs[1].agent"
    assert links == {"main": [first, second], first: [], second: [first, "main"]}
    assert [agent.inner for agent in manifest.agents.values()] == [False, True, True]
    assert not any(agent.disabled for agent in manifest.agents.values())


def test_agents_that_lead_to_a_disabled_one_are_disabled() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
const last = new Agent({{ name: "Last", instructions: "i", model: "gpt-5",
  prompt: {{ promptId: "x" }} }});
const middle = new Agent({{ name: "Middle", instructions: "i", model: "gpt-5", handoffs: [last] }});
export const main = new Agent({{ name: "m", instructions: "i", model: "gpt-5",
  handoffs: [middle] }});
export const other = new Agent({{ name: "o", instructions: "i", model: "gpt-5" }});
"""
    )
    refused = {key for key, agent in manifest.agents.items() if agent.disabled}
    assert refused == {"main", "main.handoffs[0]", "main.handoffs[0].handoffs[0]"}
    (refusal,) = manifest.agents["main"].refusals
    assert refusal.path == "agents.main.handoffs[0]"
    assert refusal.reason == 'it hands over to the agent "Middle", which is disabled'


def test_unknown_tool_name_is_a_diagnostic() -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
const t = tool({{ name: globalThis.name, description: "d", parameters: z.object({{}}),
  execute: () => 1 }});
export const main = new Agent({{ name: "m", instructions: "i", model: "gpt-5", tools: [t] }});
"""
    )
    assert manifest.agents["main"].tools == {}
    assert [each.part for each in manifest.agents["main"].unknown] == [AgentPart.TOOLS]
    manifest = without_asking(manifest)
    assert manifest.agents["main"].disabled
    (found,) = [d for d in manifest.diagnostics if d.path == "agents.main.tools[0]"]
    assert (found.severity, found.line) == (Severity.ERROR, 5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [IMPORTED, BUNDLED_IN], ids=["imported", "bundled in"])
def test_copied_agent_overrides_original(head: str, form: str) -> None:
    source = """
const first = new Agent({ name: "First", instructions: "One.", model: "gpt-5",
  modelSettings: { temperature: 0.5, topP: 0.5 }, tools: [] });
const second = first.clone({ name: "Second", modelSettings: { temperature: 0 } });
export { first, second };
"""
    agents = read_as(form, head + source).agents
    first, second = agents["first"], agents["second"]
    assert (second.name, second.system, second.model) == ("Second", "One.", "gpt-5")
    assert first.settings == {"temperature": 0.5, "topP": 0.5}
    assert second.settings == {"temperature": 0}


@pytest.mark.parametrize("change", ["first.handoffs = [second];", "first.handoffs.push(second);"])
def test_handoffs_added_later_are_listed(change: str) -> None:
    manifest = manifest_of(
        f"""{IMPORTED}
const first = new Agent({{ name: "First", instructions: "i", model: "gpt-5" }});
const second = new Agent({{ name: "Second", instructions: "i", model: "gpt-5",
  handoffs: [first] }});
{change}
export {{ first, second }};
"""
    )
    assert manifest.agents["second"].handoffs[0].agent == "first"
    assert [link.agent for link in manifest.agents["first"].handoffs] == ["second"]


def test_last_tool_of_a_name_counts_and_that_is_told() -> None:
    tools = ", ".join(
        f"tool({{ name: 'w', description: '{each}', parameters: {{}}, execute() {{}} }})"
        for each in ("first", "second")
    )
    source = f"""import {{ Agent, tool }} from "@openai/agents";
      export const a = new Agent({{ name: "a", model: "gpt-5", tools: [{tools}] }});"""
    manifest = manifest_of(source)
    assert manifest.agents["a"].tools["w"].description == "second"
    (told,) = [each for each in manifest.diagnostics if each.path == "agents.a.tools.w"]
    assert "the last one counts" in told.reason


AS_TOOLS = """
import { Agent } from "@openai/agents";
import { z } from "zod";
export const plain = new Agent({ name: "Plain", instructions: "Hi.", model: "gpt-x" });
export const lead = new Agent({ name: "Lead", instructions: "Lead.", model: "gpt-x", tools: [
  plain.asTool({ toolName: "an option", %s }),
] });
"""


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("isEnabled: false", "isEnabled"),
        ("parameters: z.object({ a: z.string() })", "parameters"),
        ("inputBuilder: () => 'x'", "inputBuilder"),
        ("runConfig: { model: 'gpt-y' }", "runConfig"),
        ("runOptions: { maxTurns: 2, session: {} }", "runOptions.session"),
        ("runOptions: { maxTurns: count }", "runOptions.maxTurns"),
        ("somethingNew: 1", "somethingNew"),
    ],
)
def test_options_of_agents_as_tools_that_are_not_honoured_disable_them(
    option: str, told: str
) -> None:
    manifest = manifest_of(AS_TOOLS % option)
    assert manifest.agents["lead"].tools["an_option"].disabled
    assert f"agents.lead.tools.an_option.{told}" in {d.path for d in manifest.diagnostics}


def test_options_of_agents_as_tools_are_asked_around_a_call() -> None:
    asked = "customOutputExtractor: (r) => r.finalOutput, needsApproval: async () => false"
    lead = manifest_of(AS_TOOLS % f"{asked}, runOptions: {{ maxTurns: 3 }}").agents["lead"]
    tool, (link,) = lead.tools["an_option"], lead.agent_tools
    assert not tool.disabled
    assert tool.gates == ("customOutputExtractor", "needsApproval")
    assert (tool.needs_approval, tool.approval_asked) == (True, True)
    assert link == AgentLink("plain", "Plain", "an_option", "", max_steps=3)


def test_agent_as_tool_whose_presence_a_function_decides_is_asked_about_in_each_run() -> None:
    lead = manifest_of(AS_TOOLS % "isEnabled: () => true").agents["lead"]
    assert [each.part for each in lead.asked] == [AgentPart.TOOLS]
    assert lead.tools["an_option"].gates == ("isEnabled",)


NESTED = """
import { Agent } from "@openai/agents";
const made = (name) => new Agent({ name, instructions: "Hi.", model: "gpt-x" });
const deep = new Agent({ name: "Deep", instructions: "Deep.", model: "gpt-x" });
const below = made("Below");
const tools = [deep.asTool({})];
const mid = new Agent({ name: "Mid", instructions: "Mid.", model: "gpt-x", tools });
export const top = new Agent({ name: "Top", instructions: "Top.", model: "gpt-x", tools: [
  mid.asTool({}), below.asTool({}),
  new Agent({ name: "Inline", instructions: "In.", model: "gpt-x" }).asTool({}),
  made("Hidden").asTool({}),
] });
"""


def test_agents_as_tools_are_found_that_nothing_exports() -> None:
    """Also one that another such agent calls, and those that no name holds."""
    manifest = manifest_of(NESTED)
    assert sorted(manifest.agents) == ["Hidden", "Inline", "below", "deep", "mid", "top"]
    links = [(link.agent, link.tool) for link in manifest.agents["top"].agent_tools]
    assert links == [
        ("mid", "Mid"),
        ("below", "Below"),
        ("Inline", "Inline"),
        ("Hidden", "Hidden"),
    ]
    assert not any(tool.disabled for tool in manifest.agents["top"].tools.values())
    assert [link.agent for link in manifest.agents["mid"].agent_tools] == ["deep"]


def test_agents_as_tools_that_cannot_be_reached_disable_the_tool() -> None:
    source = NESTED.replace("export const top =", "const salt = Math.random(); export const top =")
    hidden = source.replace('made("Hidden")', 'pick(() => made("Hidden" + salt))')
    hidden += "function pick(make) { return make(); }\n"
    manifest = manifest_of(hidden)
    tools = manifest.agents["top"].tools
    reached = {link.tool for link in manifest.agents["top"].agent_tools if link.agent}
    assert all(tool.disabled for key, tool in tools.items() if key not in reached)
