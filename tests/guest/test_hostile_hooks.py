"""Hooks, guardrails and processors that misbehave: each is bounded and told, and closes."""

from __future__ import annotations

import json

import pytest

from tests.guest.sandboxed import Ran, Sandbox
from tests.guest.test_guards import ANSWERED, GIVEN, LIMITS, STEP, processor
from tests.guest.test_hooks import hook

THROWN, NEVER, FUEL = "THROWN", "NEVER_SETTLED", "FUEL_EXHAUSTED"


def openai(sandbox: Sandbox, setting: str, code: str, hook_name: str = "") -> Ran:
    """Ask a function of an agent of the OpenAI SDK with one tool, `find`."""
    loaded = sandbox.load(
        'import { Agent, tool } from "@openai/agents"; const find = tool({ name: "find", '
        'description: "d", parameters: { type: "object", properties: {} }, strict: false, '
        "execute: () => 1 }); export const main = new Agent({ name: 'A', tools: [find], "
        f"{setting}: {code} }});"
    )
    given = {**GIVEN, "steps": [STEP], "text": "Done."}
    return loaded.hook("main", hook_name or setting, given, {"user": {"tier": "free"}}, LIMITS)


def outcome(ran: Ran) -> str:
    """Return what a caller is told: the kind of failure, the problem, or the value as JSON."""
    if ran.outcome.failure is not None:
        return str(ran.kind)
    assert isinstance(ran.value, dict)
    return str(ran.value.get("problem") or json.dumps(ran.value["value"]))


STEPS = {
    "generator": ("async function* () { yield { activeTools: [] }; }", "it returns no object"),
    "list": ("() => [{ activeTools: [] }]", "it returns no object"),
    "text": ("() => 'none'", "it returns no object"),
    "flag": ("() => false", "it returns no object"),
    "function": ("() => () => ({ activeTools: [] })", "it returns no object"),
    "another-answer": (
        "() => { let n = 0; return { get activeTools() { return n++ ? ['add'] : []; } }; }",
        '{"activeTools": []}',
    ),
    "inherited": ("() => Object.create({ activeTools: [] })", '{"activeTools": []}'),
    "hidden": (
        "() => Object.defineProperty({}, 'activeTools', { value: [] })",
        '{"activeTools": []}',
    ),
    "proxy": ("() => new Proxy({}, { get() { throw new Error('trap'); } })", THROWN),
    "keys-proxy": ("() => new Proxy({}, { ownKeys() { throw new Error('trap'); } })", THROWN),
    "thenable": ("() => ({ then(done) { done({ activeTools: [] }); } })", '{"activeTools": []}'),
    "never": ("() => ({ then() {} })", NEVER),
    "endless": ("() => { for (;;); }", FUEL),
    "endless-thenable": ("() => { const a = { then(done) { done(a); } }; return a; }", FUEL),
    "instance": ("() => ({ activeTools: new Set() })", "what JSON cannot express"),
    "cycle": ("() => { const a = {}; a.a = a; return { toolChoice: a }; }", THROWN),
    "tool-pushed": ("() => { add.execute = () => 2; }", "changes the agent's `tools` in place"),
    "tool-added": ("() => { main.tools.more = add; }", "changes the agent's `tools` in place"),
    "tool-approved": ("() => { add.needsApproval = true; }", "the agent's `tools` in place"),
    "tool-getter": (
        "() => { Object.defineProperty(add, 'execute', { get: () => () => 3 }); }",
        "the agent's `tools` in place",
    ),
    "settings": ("() => { main.settings.toolChoice = 'none'; }", "`settings` in place"),
    "nested-settings": (
        "() => { main.settings.providerOptions.openai.store = true; }",
        "`settings` in place",
    ),
    "context": ("({ runtimeContext }) => { runtimeContext.role = 'x'; }", "`runtimeContext` in"),
}


@pytest.mark.parametrize("name", STEPS)
def test_answer_of_a_step_is_understood_or_closes(sandbox: Sandbox, name: str) -> None:
    code, told = STEPS[name]
    more = "runtimeContext: { role: 'user' }, providerOptions: { openai: {} },"
    assert told in outcome(hook(sandbox, "prepareStep", code, more))


CALLS = {
    "generator": ("async function* () {}", "it returns no object"),
    "another-answer": (
        (
            "(given) => { let n = 0; return { ...given, "
            "get instructions() { return n++ ? 'Other.' : 'First.'; } }; }"
        ),
        '"instructions": ["First."]',
    ),
    "context": ("(given) => { given.runtimeContext.role = 'x'; return given; }", "in place"),
    "nested": ("(given) => { given.providerOptions.openai.a = 1; return given; }", "in place"),
    "headers": ("(given) => ({ ...given, headers: { a: 'b' } })", '{"lost": ["headers"]}'),
    "unknown": ("(given) => ({ ...given, toolchoice: 'none' })", "it changes `toolchoice`"),
}


@pytest.mark.parametrize("name", CALLS)
def test_answer_of_a_call_is_understood_or_closes(sandbox: Sandbox, name: str) -> None:
    code, told = CALLS[name]
    more = "runtimeContext: { role: 'user' }, providerOptions: { openai: {} },"
    assert told in outcome(hook(sandbox, "prepareCall", code, more))


PASS = "({ tripwireTriggered: false })"
GUARDRAILS = {
    "generator": ("async function* () { yield { tripwireTriggered: true }; }", "says nothing of"),
    "misspelt": ("() => ({ tripwireTriggerd: true })", "says nothing of `tripwireTriggered`"),
    "promise-inside": ("() => ({ tripwireTriggered: Promise.resolve(false) })", '"name": "g"'),
    "tools": (f"({{ agent }}) => {{ agent.tools.push(1); return {PASS}; }}", "`tools` in place"),
    "tool": (
        f"({{ agent }}) => {{ agent.tools[0].needsApproval = () => true; return {PASS}; }}",
        "`tools` in place",
    ),
    "instructions": (
        f"({{ agent }}) => {{ agent.instructions = 'x'; return {PASS}; }}",
        "`settings` in place",
    ),
    "guardrails": (
        f"({{ agent }}) => {{ agent.outputGuardrails.length = 0; return {PASS}; }}",
        "`settings` in place",
    ),
    "context": (
        f"({{ context }}) => {{ context.context.user.tier = 'pro'; return {PASS}; }}",
        "`context` in place",
    ),
    "harmless": (f"({{ context }}) => {{ context.usage.requests = 7; return {PASS}; }}", "null"),
}


@pytest.mark.parametrize("setting", ["inputGuardrails", "outputGuardrails"])
@pytest.mark.parametrize("name", GUARDRAILS)
def test_answer_of_a_guardrail_is_understood_or_closes(
    sandbox: Sandbox, name: str, setting: str
) -> None:
    code, told = GUARDRAILS[name]
    code = code.replace("outputGuardrails", setting)
    assert told in outcome(openai(sandbox, setting, f"[{{ name: 'g', execute: {code} }}]"))


@pytest.mark.parametrize(
    "code", ["function* () {}", "() => ({})", "() => ({ isfinaloutput: true })"]
)
def test_tool_use_behavior_that_says_nothing_closes(sandbox: Sandbox, code: str) -> None:
    assert "says nothing of `isFinalOutput`" in outcome(openai(sandbox, "toolUseBehavior", code))


PROCESSORS = {
    "generator": ("async *processInput() { yield []; }", "neither messages nor an object"),
    "flag": ("processInput: () => false", "neither messages nor an object"),
    "misspelt": ("processInput: () => ({ mesages: [] })", "sets `mesages`"),
    "given-back": ("processInput: (given) => ({ ...given })", '{"state"'),
    "context": (
        "processInput: ({ requestContext }) => { requestContext.set('user', 'Eve'); }",
        "`requestContext` in place",
    ),
    "tool": ("processInput: () => { find.requireApproval = true; }", "`tools` in place"),
    "tools": ("processInput: () => { tools.more = find; }", "other `tools`"),
    "late-abort": (
        "processInput: async ({ messages, abort }) => { (async () => abort('late'))(); }",
        '"reason": "late"',
    ),
    "caught-abort": (
        "processInput: ({ abort }) => { try { abort('no'); } catch {} return []; }",
        '"reason": "no"',
    ),
    "never": ("processInput: () => new Promise(() => {})", NEVER),
    "large": ("processInput: ({ abort }) => abort('x'.repeat(10 << 20))", '"reason": "xxx'),
}


@pytest.mark.parametrize("name", PROCESSORS)
def test_answer_of_a_processor_is_understood_or_closes(sandbox: Sandbox, name: str) -> None:
    code, told = PROCESSORS[name]
    loaded = sandbox.load(
        "import { Agent } from '@mastra/core/agent'; const find = { id: 'find', execute() {} }; "
        "const tools = { find };"
        "export const main = new Agent({ id: 'a', name: 'A', instructions: 'Help.', "
        f"tools, model: 'openai/m', inputProcessors: [{{ id: 'p', {code} }}] }});"
    )
    assert told in outcome(loaded.hook("main", "processInput", GIVEN, {"user": "Ada"}, LIMITS))


def test_processor_that_fails_after_some_parts_shows_none(sandbox: Sandbox) -> None:
    code = (
        "{ id: 'p', processOutputStream: ({ part, streamParts }) => { "
        "if (streamParts.length > 3) throw new RangeError('late'); return part; } }"
    )
    assert processor(sandbox, code, "processOutput", ANSWERED).kind == THROWN


def test_tools_swapped_behind_a_getter_close(sandbox: Sandbox) -> None:
    loaded = sandbox.load(
        'import { Agent } from "@openai/agents"; let kept = []; export const main = new Agent({ '
        'name: "A", inputGuardrails: [{ name: "g", execute: () => { kept = [{}]; return '
        f'{PASS}; }} }}] }}); Object.defineProperty(main, "tools", {{ get: () => kept }});'
    )
    given = {**GIVEN, "steps": [STEP], "text": "Done."}
    ran = loaded.hook("main", "inputGuardrails", given, {}, LIMITS)
    assert "other `tools`" in outcome(ran)


MILLION = 1_000_000


def test_comparing_what_hooks_may_change_costs_little(sandbox: Sandbox) -> None:
    one = hook(sandbox, "prepareStep", "() => ({})").outcome.usage.fuel
    tools = "tools: Object.fromEntries(Array.from({ length: 50 }, (_, i) => ['t' + i, { ...add }]))"
    many = hook(sandbox, "prepareStep", "() => ({})", tools).outcome.usage.fuel
    assert one < 1.3 * MILLION
    assert many - one < 50 * 0.08 * MILLION
