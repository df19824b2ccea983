"""Changes of agents by subclasses, loops and methods are asked for, or disable the agents."""

from __future__ import annotations

import pytest

from services.executor.agent_parts import AgentPart, HookName
from services.executor.domain import AgentSpec
from tests.bundle.reading import manifest_of

IMPORTS = {
    "ai-sdk": 'import { ToolLoopAgent as Agent } from "ai";\n',
    "mastra": 'import { Agent } from "@mastra/core/agent";\n',
    "openai-agents": 'import { Agent } from "@openai/agents";\n',
}
CONFIG = '{ name: "m", instructions: "Be kind.", model: "openai/m", tools: {} }'
GUARD = "{ name: 'no', execute: async () => ({ tripwireTriggered: true }) }"


def hooks(agent: AgentSpec) -> list[HookName]:
    assert not agent.disabled
    return [hook.name for hook in agent.hooks]


def agent_of(framework: str, source: str) -> AgentSpec:
    agent = manifest_of(IMPORTS[framework] + source.replace("CONFIG", CONFIG)).agents["main"]
    assert agent.framework == framework
    return agent


def asked(agent: AgentSpec) -> set[AgentPart]:
    return {each.part for each in agent.asked}


ASKED = {
    "mastra-method": ("mastra", 'async getInstructions() { return "Own."; }'),
    "openai-method": ("openai-agents", 'async getSystemPrompt() { return "Own."; }'),
    "field": ("openai-agents", 'instructions = "Own.";'),
    "getter": ("openai-agents", 'get instructions() { return "Own."; }'),
    "constructor": (
        "openai-agents",
        'constructor(given) { super(given); this.instructions = "Own."; }',
    ),
    "lowered-field": (
        "openai-agents",
        'constructor() { super(...arguments); define(this, "instructions", "Own."); }',
    ),
    "own-method": (
        "openai-agents",
        'constructor(given) { super(given); this.set(); }\n set() { this.instructions = "Own."; }',
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_instructions_of_a_subclass_are_asked(name: str) -> None:
    framework, body = ASKED[name]
    agent = agent_of(
        framework, f"class Own extends Agent {{ {body} }}\nexport const main = new Own(CONFIG);"
    )
    assert AgentPart.INSTRUCTIONS in asked(agent)
    assert agent.system == ""


REFUSED = {
    "ai-generate": ("ai-sdk", "async generate(given) { throw new Error('no'); }"),
    "mastra-stream": ("mastra", "async stream(given) { throw new Error('no'); }"),
    "mastra-processors": ("mastra", "async listInputProcessors() { return [guard]; }"),
    "mastra-resolved": ("mastra", "async listResolvedOutputProcessors() { return [guard]; }"),
    "mastra-runner": ("mastra", "async __runInputProcessors() { throw new Error('no'); }"),
    "openai-tools": ("openai-agents", "async getAllTools() { return []; }"),
    "guard-by-assign": (
        "openai-agents",
        "constructor(given) { super(given); Object.assign(this, guards); }",
    ),
    "guard-by-helper": ("openai-agents", "constructor(given) { super(given); guard(this); }"),
    "super-not-followed": ("openai-agents", "constructor(given) { super(guarded(given)); }"),
    "super-in-branch": ("openai-agents", "constructor(given) { if (given) super(given); }"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_subclass_that_may_restrict_is_disabled(name: str) -> None:
    framework, body = REFUSED[name]
    agent = agent_of(
        framework, f"class Own extends Agent {{ {body} }}\nexport const main = new Own(CONFIG);"
    )
    assert agent.disabled


def test_guardrail_that_a_subclass_adds_is_run() -> None:
    body = f"constructor(given) {{ super(given); this.inputGuardrails.push({GUARD}); }}"
    source = f"class Own extends Agent {{ {body} }}\nexport const main = new Own(CONFIG);"
    assert hooks(agent_of("openai-agents", source)) == [HookName.INPUT_GUARDRAILS]


@pytest.mark.parametrize("framework", IMPORTS)
def test_subclass_with_members_of_its_own_is_read_from_source(framework: str) -> None:
    body = (
        "#key = 1; log = () => 1; static make() { return new Own(CONFIG); }\n"
        "constructor(given) { super(given); _add(this, _key, 2); this.cache = new Map(); }\n"
        "describe() { this.cache.clear(); }"
    )
    source = (
        "var _key; _key = new WeakMap();\n"
        f"class Own extends Agent {{ {body} }}\nexport const main = Own.make();"
    )
    agent = agent_of(framework, source)
    assert agent.system == "Be kind."
    assert not agent.disabled
    assert not asked(agent)


LOOPS = {
    "for-of": "for (const each of [other, main]) SET;",
    "object-values": "for (const each of Object.values({ other, main })) SET;",
    "for-each": "[other, main].forEach((each) => { SET; });",
    "helper": "const set = (each) => { SET; };\nfor (const each of [main]) set(each);",
}
OTHER = "const other = new Agent(CONFIG);\nexport const main = new Agent(CONFIG);\n"


@pytest.mark.parametrize("loop", LOOPS)
def test_what_a_loop_sets_on_agents_counts(loop: str) -> None:
    text = OTHER + LOOPS[loop].replace("SET", 'each.instructions = each.instructions + " No."')
    assert AgentPart.INSTRUCTIONS in asked(agent_of("openai-agents", text))
    text = OTHER + LOOPS[loop].replace("SET", f"each.inputGuardrails = [{GUARD}]")
    assert hooks(agent_of("openai-agents", text)) == [HookName.INPUT_GUARDRAILS]


CHANGES = {
    "set-method": ("openai-agents", "main.getAllTools = async () => [];"),
    "own-generate": ("ai-sdk", "main.generate = async () => { throw new Error('no'); };"),
    "set-tools": ("mastra", "main.__setTools({});"),
    "update-instructions": ("mastra", "main.__updateInstructions('Own.');"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_a_finished_agent_that_may_restrict_disables_it(name: str) -> None:
    framework, change = CHANGES[name]
    assert agent_of(framework, f"export const main = new Agent(CONFIG);\n{change}").disabled


def test_guardrail_that_is_pushed_to_a_finished_agent_is_run() -> None:
    source = f"export const main = new Agent(CONFIG);\nmain.inputGuardrails.push({GUARD});"
    assert hooks(agent_of("openai-agents", source)) == [HookName.INPUT_GUARDRAILS]


def test_helpers_of_compilers_are_no_methods_of_agents() -> None:
    source = "const main_1 = {};\ntslib.__setModuleDefault(main_1, {});\n"
    agent = agent_of("openai-agents", f"{source}export const main = new Agent(CONFIG);")
    assert not agent.disabled
