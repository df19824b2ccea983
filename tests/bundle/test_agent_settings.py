"""What agents of the AI SDK and of Lightfast say of themselves, in the many ways to say it."""

from __future__ import annotations

import pytest

from services.executor.agent_parts import (
    AgentPart,
    HookName,
    StepCount,
    StopCondition,
    ToolWasCalled,
    ValueSource,
)
from services.executor.bundle.intake.questions import without_asking
from services.executor.domain import AgentSpec, Manifest, Severity, ToolChoice, ToolChoiceMode
from tests.bundle.minified import FORMS, read_as
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

AI = """
import { ToolLoopAgent, Experimental_Agent, tool, stepCountIs, hasToolCall, isLoopFinished, Output,
  jsonSchema, gateway, wrapLanguageModel } from "ai";
import { openai } from "@ai-sdk/openai";
import { anthropic } from "@ai-sdk/anthropic";
import { z } from "zod";
const add = tool({ description: "d", inputSchema: z.object({}), execute: () => 1 });
"""
# The makers of conditions and of outputs as they are when `ai` is bundled in.
CONDITIONS = """
const stepCountIs = (count) => ({ steps }) => steps.length === count;
function hasToolCall(...names) {
  return ({ steps }) =>
    steps[steps.length - 1]?.toolCalls?.some((call) => names.includes(call.toolName)) ?? false;
}
const isLoopFinished = () => () => false;
"""


def agent_with(setting: str, head: str = AI) -> tuple[AgentSpec, Manifest]:
    manifest = manifest_of(
        f"{head}export const main = new ToolLoopAgent({{ model: 'openai/m', tools: {{ add }},"
        f" {setting} }});"
    )
    return manifest.agents["main"], manifest


def reasons(manifest: Manifest, path: str) -> list[str]:
    return [d.reason for d in manifest.diagnostics if d.path == path]


@pytest.mark.parametrize(
    ("instructions", "system"),
    [
        ("'One.'", "One."),
        ("`${'One'}.`", "One."),
        ("['One.', 'Two.']", "One.\n\nTwo."),
        ("['One.', 'Two.'].join(' ')", "One. Two."),
        ("{ role: 'system', content: 'One.' }", "One."),
        ("[{ role: 'system', content: 'One.' }, { role: 'system', content: 'Two.' }]",
         "One.\n\nTwo."),
        ("{ role: 'system', content: [{ type: 'text', text: 'One.' }] }", "One."),
        ("undefined", ""),
        ("() => 'One.'", "One."),
        ("function () { return ['One.', 'Two.']; }", "One.\n\nTwo."),
    ],
)  # fmt: skip
def test_instructions_are_read(instructions: str, system: str) -> None:
    agent, manifest = agent_with(f"instructions: {instructions}")
    assert agent.system == system
    assert all(d.severity is Severity.INFO for d in manifest.diagnostics)


@pytest.mark.parametrize(
    "instructions",
    ["({ name }) => `You serve ${name}.`", "async () => 'One.'", "globalThis.text", "['a', fetch]"],
)
def test_agent_with_unknown_instructions_is_disabled(instructions: str) -> None:
    asked, manifest = agent_with(f"instructions: {instructions}")
    assert [each.part for each in asked.unknown] == [AgentPart.INSTRUCTIONS]
    assert not asked.disabled
    manifest = without_asking(manifest)
    agent = manifest.agents["main"]
    assert (agent.system, agent.disabled) == ("", True)
    (told,) = (d for d in manifest.diagnostics if d.path == "agents.main.system")
    assert told.severity is Severity.ERROR
    assert told.reason.startswith("its instructions are ")
    assert told.line == AI.count("\n") + 1
    assert [each.diagnostic() for each in agent.refusals] == [told]


def test_only_the_agent_with_unknown_instructions_is_disabled() -> None:
    manifest = manifest_of(
        f"""{AI}
export const dated = new ToolLoopAgent({{ model: "m/m",
  instructions: `Never give refunds. Today is ${{new Date().toDateString()}}.` }});
export const plain = new ToolLoopAgent({{ model: "m/m", instructions: "Be kind." }});
"""
    )
    agents = without_asking(manifest).agents
    assert {key: agent.disabled for key, agent in agents.items()} == {
        "dated": True,
        "plain": False,
    }


def test_every_disabled_agent_says_why_however_many_diagnostics_there_are() -> None:
    many = ", ".join(f"s{n}: 1" for n in range(600))
    manifest = without_asking(agent_with(f"{many}, instructions: globalThis.text")[1])
    assert manifest.agents["main"].disabled
    assert [d.path for d in manifest.diagnostics if d.severity is Severity.ERROR] == [
        "agents.main.system"
    ]


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("'openai/a'", ("openai/a",)),
        ("openai('a')", ("openai/a",)),
        ("openai.chat('a')", ("openai/a",)),
        ("gateway('openai/a')", ("gateway/openai/a",)),
        ("wrapLanguageModel({ model: openai('a'), middleware: [] })", ("openai/a",)),
        ("withTracing(openai('a'))", ("openai/a",)),
        ("[openai('a'), anthropic('b'), 'x/c']", ("openai/a", "anthropic/b", "x/c")),
        ("[{ model: openai('a'), maxRetries: 3 }, { id: 'x/b' }]", ("openai/a", "x/b")),
        ("createFallback({ models: [openai('a'), anthropic('b')] })", ("openai/a", "anthropic/b")),
        ("{ providerId: 'x', modelId: 'a', url: 'https://x.test' }", ("x/a",)),
        ("() => openai('a')", ("openai/a",)),
        ("[globalThis.model, 'x/b']", ("x/b",)),
    ],
)
def test_models_are_read(model: str, names: tuple[str, ...]) -> None:
    head = (
        AI + 'import { createFallback } from "ai-fallback"; import { withTracing } from "tracer";\n'
    )
    manifest = manifest_of(
        f"{head}export const main = new ToolLoopAgent({{ instructions: 'i', model: {model} }});"
    )
    agent = manifest.agents["main"]
    assert (agent.model, *agent.fallback_models) == names


@pytest.mark.parametrize("model", ["[]", "globalThis.model", "(c) => openai(c.id)", "42", "{}"])
def test_unknown_model_must_be_named_by_requests(model: str) -> None:
    manifest = manifest_of(
        f"{AI}export const main = new ToolLoopAgent({{ instructions: 'i', model: {model} }});"
    )
    assert manifest.agents["main"].model is None
    assert [each.part for each in manifest.agents["main"].unknown] == [AgentPart.MODEL]
    manifest = without_asking(manifest)
    assert not manifest.agents["main"].disabled
    (reason,) = reasons(manifest, "agents.main.model")
    assert reason.endswith("a request must name a model")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("own", [False, True], ids=["imported", "bundled in"])
@pytest.mark.parametrize(
    ("setting", "conditions", "steps"),
    [
        ("stopWhen: stepCountIs(5)", (StepCount(5),), 5),
        ("stopWhen: [stepCountIs(6), stepCountIs(1 + 2)]", (StepCount(6), StepCount(3)), 3),
        ("stopWhen: hasToolCall('add')", (ToolWasCalled("add"),), None),
        (
            "stopWhen: [hasToolCall('a', 'b'), stepCountIs(2)]",
            (ToolWasCalled("a"), ToolWasCalled("b"), StepCount(2)),
            2,
        ),
        ("stopWhen: isLoopFinished()", (), None),
        ("maxSteps: 7", (StepCount(7),), 7),
    ],
)
def test_stop_conditions_are_read(
    setting: str, conditions: tuple[StopCondition, ...], steps: int | None, own: bool, form: str
) -> None:
    head = 'import { ToolLoopAgent } from "ai";\n' + CONDITIONS if own else AI
    source = (
        f"{head}export const main = new ToolLoopAgent({{ model: 'm/m', system: 's', {setting} }});"
    )
    manifest = read_as(form, source)
    agent = manifest.agents["main"]
    assert (agent.stop_conditions, agent.max_steps) == (conditions, steps)
    assert not manifest.diagnostics


@pytest.mark.parametrize(
    "setting",
    [
        "stopWhen: ({ steps }) => steps.length > 3",
        "stopWhen: stepCountIs(globalThis.n)",
        "stopWhen: globalThis.condition",
        "stopWhen: [stepCountIs(3), ...globalThis.more]",
        "stopWhen: ((n) => ({ steps }) => steps.length === n + 1)(3)",
        "stopWhen: ((n) => ({ steps }) => steps.length > n)(3)",
        "stopWhen: ((n) => ({ steps }) => n === steps.length && steps[0].usage.totalTokens)(3)",
        "stopWhen: ((t) => (e) => e.steps[0].toolCalls.some((c) => c.toolName === t && c.id))('a')",
    ],
)
def test_other_stop_conditions_are_left_to_the_sandbox(setting: str) -> None:
    agent, manifest = agent_with(setting)
    (found,) = manifest.diagnostics
    assert (found.severity, found.path) == (Severity.INFO, "agents.main.stopWhen")
    (hook,) = agent.hooks
    assert (hook.name, hook.path, hook.line) == (HookName.STOP_WHEN, found.path, found.line)
    assert not agent.disabled
    (refused,) = without_asking(manifest).agents["main"].refusals
    assert (refused.path, refused.line, refused.column) == (found.path, found.line, found.column)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("'auto'", ToolChoice(ToolChoiceMode.AUTO)),
        ("'none'", ToolChoice(ToolChoiceMode.NONE)),
        ("'required'", ToolChoice(ToolChoiceMode.REQUIRED)),
        ("{ type: 'tool', toolName: 'add' }", ToolChoice(ToolChoiceMode.TOOL, "add")),
        ("undefined", None),
        ("globalThis.choice", None),
        ("42", None),
    ],
)
def test_tool_choice_is_read(choice: str, expected: ToolChoice | None) -> None:
    agent, manifest = agent_with(f"toolChoice: {choice}")
    assert agent.tool_choice == expected
    known = expected is not None or choice == "undefined"
    assert [d.path for d in manifest.diagnostics] == ([] if known else ["agents.main.toolChoice"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("output", "schema"),
    [
        (
            "Output.object({ schema: z.object({ a: z.string() }) })",
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        ),
        (
            "Output.array({ element: z.object({ a: z.string() }) })",
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "required": ["a"],
                },
            },
        ),
        ("Output.choice({ options: ['a', 'b'] })", {"type": "string", "enum": ["a", "b"]}),
        (
            "Output.object({ schema: jsonSchema({ type: 'object', properties: {} }) })",
            {"type": "object", "properties": {}},
        ),
        ("Output.text()", None),
    ],
)
@pytest.mark.parametrize("name", ["output", "experimental_output"])
def test_answer_schema_is_read(output: str, schema: object, name: str, form: str) -> None:
    settings = f"model: 'm/m', system: 's', {name}: {output}"
    source = f"{AI}export const main = new ToolLoopAgent({{ {settings} }});"
    assert read_as(form, source).agents["main"].output_schema == schema


def test_other_settings_are_kept_under_current_names() -> None:
    agent, manifest = agent_with(
        "temperature: 0.5, maxTokens: 9, topP: 0.9, topK: 5, seed: 7, stopSequences: ['a'],"
        " presencePenalty: -1, frequencyPenalty: 1, maxRetries: 0,"
        " providerOptions: { openai: { reasoningEffort: 'low', user: 'u' } }, activeTools: ['add'],"
        " metadata: { team: 'a' }"
    )
    assert agent.settings == {
        "temperature": 0.5,
        "maxOutputTokens": 9,
        "topP": 0.9,
        "topK": 5,
        "seed": 7,
        "stopSequences": ["a"],
        "presencePenalty": -1,
        "frequencyPenalty": 1,
        "maxRetries": 0,
        "providerOptions": {"openai": {"reasoningEffort": "low", "user": "u"}},
    }
    assert agent.active_tools == ("add",)
    assert agent.metadata == {"team": "a"}
    told = {(d.severity, d.path) for d in manifest.diagnostics}
    assert told == {
        (Severity.INFO, "agents.main.maxRetries"),
        (Severity.WARNING, "agents.main.providerOptions.openai.user"),
    }


def test_functions_around_the_query_are_reported() -> None:
    agent, manifest = agent_with(
        "prepareStep: async () => ({}), prepareCall: (c) => c, onFinish() {}, headers: { a: 'b' },"
        " temperature: Math.random()"
    )
    told = {d.path: d.reason for d in without_asking(manifest).diagnostics}
    assert set(told) == {
        f"agents.main.{name}"
        for name in ("prepareStep", "prepareCall", "onFinish", "temperature", "headers")
    }
    asked = ("prepareStep", "prepareCall")
    assert [hook.path for hook in agent.hooks] == [f"agents.main.{name}" for name in asked]
    assert {refused.path for refused in without_asking(manifest).agents["main"].refusals} == {
        f"agents.main.{name}" for name in (*asked, "temperature")
    }


def test_number_of_steps_that_is_not_known_is_asked_for() -> None:
    agent, _ = agent_with("maxSteps: globalThis.n")
    assert [(each.path, each.otherwise) for each in agent.unknown] == [("agents.main.maxSteps", "")]


@pytest.mark.parametrize("form", FORMS)
def test_agent_subclasses_are_read(form: str) -> None:
    source = f"""{AI}
class Base extends ToolLoopAgent {{}}
class Support extends Base {{
  constructor(product, more = {{}}) {{
    super({{ id: "support", model: openai("gpt-5"), instructions: "You know " + product + ".",
      tools: {{ add }}, ...more }});
    this.product = product;
  }}
}}
export const one = new Support("pumps");
export const two = new Support("seals", {{ temperature: 0 }});
"""
    manifest = read_as(form, source)
    one, two = manifest.agents["one"], manifest.agents["two"]
    assert (one.framework, one.name, list(one.tools)) == ("ai-sdk", "support", ["add"])
    assert (one.system, two.system) == ("You know pumps.", "You know seals.")
    assert (one.settings, two.settings) == ({}, {"temperature": 0})


def test_lightfast_agents_in_variables_groups_and_lists_are_found() -> None:
    manifest = manifest_of(
        f"""{LIGHTFAST_IMPORTS}
const t = createTool({{ name: "ignored", description: "d", parameters: z.object({{}}),
  execute: async () => 1 }});
const make = (name) => createAgent({{ name, description: `Does ${{name}}.`, model: "m/m",
  system: "s", tools: ({{ userId }}) => ({{ t }}) }});
const writer = make("writer");
const team = {{ web: make("web"), books: make("books") }};
export const agents = {{ writer, team }};
export default createLightfast({{ agents, metadata: {{ name: "office" }} }});
"""
    )
    assert list(manifest.agents) == ["writer", "team.web", "team.books"]
    assert manifest.metadata == {"name": "office"}
    for agent in manifest.agents.values():
        assert (agent.framework, agent.description) == ("lightfast", f"Does {agent.name}.")
        assert list(agent.tools) == ["t"]
        assert agent.tools["t"].input_schema is not None


def test_unread_options_are_reported() -> None:
    _, manifest = agent_with("instructions: 's', ...globalThis.more, flavour: 'mint', seed: void 0")
    told = {d.path: (d.severity, d.reason) for d in manifest.diagnostics}
    severity, reason = told["agents.main"]
    assert severity is Severity.ERROR
    assert "what it says or replaces is not known" in reason
    severity, reason = told["agents.main.flavour"]
    assert severity is Severity.WARNING
    assert "what it says is lost" in reason
    assert set(told) == {"agents.main", "agents.main.flavour"}


def test_part_set_at_unknown_time_is_unknown() -> None:
    manifest = manifest_of(
        f"""{AI}
const settings = {{ model: "openai/m", instructions: "First.", tools: {{ add }} }};
export function later() {{ settings.instructions = "Second."; }}
export const main = new ToolLoopAgent(settings);
"""
    )
    assert manifest.agents["main"].system == ""
    (reason,) = reasons(manifest, "agents.main.system")
    assert "at an unknown time" in reason


def test_spread_into_tool_is_reported() -> None:
    manifest = manifest_of(
        f"""{AI}
const t = tool({{ description: "d", inputSchema: z.object({{}}), ...globalThis.more,
  execute: () => 1 }});
export const main = new ToolLoopAgent({{ model: "m/m", tools: {{ t }} }});
"""
    )
    (reason,) = reasons(manifest, "agents.main.tools.t")
    assert "more is spread in" in reason


def test_agents_tools_and_models_are_limited() -> None:
    manifest = manifest_of(
        f"""{AI}
const make = (name) => new ToolLoopAgent({{ id: name, model: "m/m", tools: {{ add }} }});
export const agents = {{ {", ".join(f"a{n}: make('a{n}')" for n in range(201))} }};
"""
    )
    assert len(manifest.agents) == 200
    assert reasons(manifest, "agents.a200") == ["it is left out: a bundle may declare 200 agents"]
    tools = ", ".join(f"t{n}: add" for n in range(501))
    models = ", ".join("'m/m'" for _ in range(21))
    manifest = manifest_of(
        f"""{AI}
export const main = new ToolLoopAgent({{ model: [{models}], tools: {{ {tools} }} }});
"""
    )
    main = manifest.agents["main"]
    assert (len(main.tools), len(main.fallback_models)) == (500, 19)
    assert "501 tools" in reasons(manifest, "agents.main.tools")[0]
    assert "of 21 models" in reasons(manifest, "agents.main.model")[0]


@pytest.mark.parametrize(
    "setting",
    ["temperature: 'warm'", "topK: [1]", "seed: {}", "maxOutputTokens: true", "stopSequences: [1]"],
)
def test_settings_no_provider_accepts_are_left_out(setting: str) -> None:
    """Or the provider would be blamed for them, and asked again."""
    spec, manifest = agent_with(setting)
    assert spec.settings == {}
    (told,) = reasons(manifest, f"agents.main.{setting.partition(':')[0]}")
    assert told.startswith("it is no")


def test_null_settings_are_accepted() -> None:
    _, manifest = agent_with("temperature: null, stopSequences: 'end'")
    assert reasons(manifest, "agents.main.temperature") == []
    assert reasons(manifest, "agents.main.stopSequences") == []


@pytest.mark.parametrize(
    ("before", "instructions", "from_clock"),
    [
        ("", "(c) => `${c.user} ${new Date()}`", False),
        ("const now = () => new Date();", "(c) => `${c.user} ${now()}`", False),
        ("const today = new Date();", "(c) => `${c.user} ${today}`", True),
        ("function now() { return Date.now(); } const at = now();", "(c) => c.user + at", True),
        ("const words = ['a', 'b'];", "(c) => c.user + words + Math.random()", False),
        ("", "`It is ${new Date()}.`", True),
        ("const now = () => new Date();", "`It is ${now()}.`", True),
        ("", "(c) => globalThis[c.name](c)", True),
        ("let text = 'a'; for (const each of [1]) text += new Date();", "text", True),
        ("let text = 'a'; for (const each of ['WHO']) text += process.env[each];", "text", True),
        (
            "const { env: all } = process; let text = 'a';\nwhile (!text[1]) text += all.WHO;",
            "text",
            False,
        ),
    ],
)
def test_only_values_made_at_load_may_be_old(
    before: str, instructions: str, from_clock: bool
) -> None:
    manifest = manifest_of(
        f"{AI}{before}\nexport const main = new ToolLoopAgent({{ model: 'm/m',"
        f" instructions: {instructions} }});"
    )
    (asked,) = manifest.agents["main"].unknown
    assert (asked.source, asked.from_clock) == (ValueSource.DYNAMIC, from_clock)
