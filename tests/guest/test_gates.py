"""What a tool and its agent say about a call holds: approvals, guardrails, switches, contexts."""

from __future__ import annotations

import pytest

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Loaded, Sandbox
from tests.repeats import some

ZOD = 'import { z } from "zod";\n'
AI = 'import { ToolLoopAgent, tool } from "ai";\n' + ZOD
LIGHTFAST = (
    'import { createAgent } from "lightfast/agent";\n'
    'import { createTool } from "lightfast/tool";\n' + ZOD
)
OPENAI = (
    'import { Agent, tool, ToolGuardrailFunctionOutputFactory as answer } from "@openai/agents";\n'
)
OPENAI += ZOD
MASTRA = (
    'import { Mastra } from "@mastra/core";\n'
    'import { Agent } from "@mastra/core/agent";\n'
    'import { createTool } from "@mastra/core/tools";\n' + ZOD
)
NEEDS = 'a call of "t" needs a person\'s approval'
SWITCHED_OFF = 'the tool "t" is not enabled now: its `isEnabled` says so'

# A tool of each framework with more settings, and an agent with more.
FORMS = {
    "ai-sdk": AI
    + """export const main = new ToolLoopAgent({model: "openai/m", tools: {t: tool({
      inputSchema: z.object({n: z.coerce.number()}), execute: async (i) => i, %s})}, %s});""",
    "lightfast": LIGHTFAST
    + """export const agents = {main: createAgent({name: "m", system: "s", model: "openai/m", tools:
      {t: createTool({inputSchema: z.object({n: z.coerce.number()}), execute: async (i) => i, %s})},
      %s})};""",
    "mastra": MASTRA
    + """export const main = new Agent({name: "m", instructions: "i", model: "openai/m", tools: {
      t: createTool({id: "t", inputSchema: z.object({n: z.coerce.number()}),
        execute: async (i) => ({n: i.n}), %s})}, %s});""",
    "openai-agents": OPENAI
    + """export const main = new Agent({name: "m", instructions: "i", model: "m", tools: [tool({
      name: "t", parameters: z.object({n: z.coerce.number()}), execute: async (i) => i, %s})], %s});
      """,
}
# How each framework asks a tool's policy: (settings, what it is asked of 7).
POLICIES = {
    "ai-sdk": "needsApproval: ({n}, {toolCallId}) => n > 5 && toolCallId === 'call-1'",
    "lightfast": "needsApproval: async ({n}) => n > 5",
    "mastra": "requireApproval: async ({n}, {requestContext}) => Boolean(requestContext) && n > 5",
    "openai-agents": "needsApproval: async (run, {n}, id) => n > 5 && id === 'call-1'",
}


def load(sandbox: Sandbox, form: str, tool: str = "", agent: str = "") -> Loaded:
    loaded = sandbox.load(FORMS[form] % (tool, agent))
    assert loaded.ran.outcome.failure is None, loaded.ran.outcome.failure
    return loaded


@pytest.mark.parametrize("form", FORMS)
def test_tool_that_always_needs_approval_is_not_run(sandbox: Sandbox, form: str) -> None:
    name = "requireApproval" if form == "mastra" else "needsApproval"
    loaded = load(sandbox, form, f"{name}: true")
    failure = loaded.call("t", {"n": 7}).failure
    assert (failure.kind.name, failure.message.split(":")[0]) == ("NEEDS_APPROVAL", NEEDS)
    assert loaded.call("t", {"n": 7}, approved=True).value == {"n": 7}
    assert load(sandbox, form, f"{name}: false").call("t", {"n": 7}).value == {"n": 7}


@pytest.mark.parametrize("form", FORMS)
def test_policies_see_the_input_as_the_schema_reads_it(sandbox: Sandbox, form: str) -> None:
    loaded = load(sandbox, form, POLICIES[form])
    assert loaded.call("t", {"n": "7"}).kind == "NEEDS_APPROVAL"
    assert loaded.call("t", {"n": "3"}).value == {"n": 3}


# Policies that do not answer, and how a call then ends, in each framework.
UNANSWERED = [
    (*each, form)
    for each in (
        ("() => { throw new Error('no idea') }", "NEEDS_APPROVAL"),
        ("async () => { throw null }", "NEEDS_APPROVAL"),
        ("async () => ({get then() { throw new Error('odd') }})", "NEEDS_APPROVAL"),
        ("async () => new Proxy({}, {})", "NEEDS_APPROVAL"),
        ("() => new Promise(() => {})", "NEVER_SETTLED"),
        ("() => { for (;;); }", "FUEL_EXHAUSTED"),
        ("async () => 'x'.repeat(10_000_000)", "NEEDS_APPROVAL"),
    )
    for form in FORMS
]


@pytest.mark.parametrize(("policy", "kind", "form"), some(UNANSWERED, every=3))
def test_policies_that_do_not_answer_hold_the_call_back(
    sandbox: Sandbox, form: str, policy: str, kind: str
) -> None:
    name = "requireApproval" if form == "mastra" else "needsApproval"
    loaded = load(sandbox, form, f"{name}: {policy}")
    ran = loaded.call("t", {"n": 1}, limits=Limits(fuel=1_000_000_000))
    assert ran.kind == kind
    assert len(ran.failure.message) < 1000


@pytest.mark.parametrize("form", FORMS)
def test_tool_that_is_switched_off_is_not_run(sandbox: Sandbox, form: str) -> None:
    failure = load(sandbox, form, "isEnabled: false").call("t", {"n": 1}).failure
    assert (failure.kind.name, failure.message) == ("TOOL_NOT_FOUND", SWITCHED_OFF)
    asked = "isEnabled: ({runContext}) => runContext.context.plan === 'paid'"
    loaded = load(sandbox, form, asked)
    assert loaded.call("t", {"n": 1}, context={"plan": "paid"}).value == {"n": 1}
    assert loaded.call("t", {"n": 1}, context={"plan": "free"}).kind == "TOOL_NOT_FOUND"


def guard(side: str, *functions: str) -> str:
    """Return guardrails with these functions as a setting of a tool."""
    each = ", ".join(f"{{name: 'g', run: {function}}}" for function in functions)
    return f"{side}Guardrails: [{each}]"


GUARDRAILS = {
    "allow": (guard("input", "async () => answer.allow()"), "ran"),
    "nothing": (guard("input", "async () => ({})"), "ran"),
    "reject input": (
        guard(
            "input",
            "async ({toolCall: t, agent: {name}}) => answer.rejectContent(name + t.arguments)",
        ),
        'm{"n":1}',
    ),
    "reject output": (
        guard("output", "async ({output}) => answer.rejectContent(`hidden ${output}`)"),
        "hidden ran",
    ),
    "a list of two": (
        guard("input", "() => answer.allow()", "async () => answer.rejectContent('second')"),
        "second",
    ),
}


@pytest.mark.parametrize(("settings", "value"), GUARDRAILS.values(), ids=GUARDRAILS)
def test_guardrails_of_tools_decide(sandbox: Sandbox, settings: str, value: str) -> None:
    loaded = load(sandbox, "openai-agents", f"execute: async () => 'ran', {settings}")
    assert loaded.call("t", {"n": 1}).value == value


@pytest.mark.parametrize("side", ["input", "output"])
def test_guardrails_may_stop_a_call(sandbox: Sandbox, side: str) -> None:
    settings = guard(side, "async () => answer.throwException()")
    failure = load(sandbox, "openai-agents", settings).call("t", {"n": 1}).failure
    assert failure.kind.name == "THROWN"
    assert failure.name == f"Tool{side.title()}GuardrailTripwireTriggered"
    assert failure.message == f"Tool {side} guardrail triggered: g"


def test_failures_of_the_sdk_are_of_its_classes(sandbox: Sandbox) -> None:
    source = (
        OPENAI.replace("tool,", "tool, ToolTimeoutError,")
        + """
      const timeoutErrorFunction = (run, error) => `${error instanceof ToolTimeoutError}`;
      export const main = new Agent({name: "m", instructions: "i", model: "m", tools: [tool({
        name: "t", parameters: z.object({}), execute: () => new Promise(() => {}),
        timeoutMs: 1, timeoutErrorFunction})]});"""
    )
    assert sandbox.load(source).call("t").value == "true"


@pytest.mark.parametrize(
    "run", ["() => { throw new Error('x') }", "async () => ({behavior: {type: 'odd'}})"]
)
def test_guardrails_that_fail_stop_the_call(sandbox: Sandbox, run: str) -> None:
    assert load(sandbox, "openai-agents", guard("input", run)).call("t", {"n": 1}).kind == "THROWN"


FOR_ALL = """({toolCall: {toolName: t, input}, messages: {length}}) =>
  t === 't' && input.n === 1 && length === 0 ? 'user-approval' : 'approved'"""
FOR_IT = """{t: ({n}, {runtimeContext: {tenant}}) =>
  tenant === 'a' && n === 1 ? 'user-approval' : undefined}"""
STATUSES = {
    "map": ("toolApproval: {t: 'user-approval'}", "NEEDS_APPROVAL"),
    "map of another tool": ("toolApproval: {other: 'user-approval'}", None),
    "approved": ("toolApproval: {t: 'approved'}", None),
    "denied": ("toolApproval: {t: {type: 'denied', reason: 'policy'}}", "NOT_APPROVED"),
    "function for all": (f"toolApproval: {FOR_ALL}", "NEEDS_APPROVAL"),
    "function for it": (
        f"runtimeContext: {{tenant: 'a'}}, toolApproval: {FOR_IT}",
        "NEEDS_APPROVAL",
    ),
    "says nothing": ("toolApproval: {t: () => undefined}", None),
    "throws": ("toolApproval: () => { throw new Error('x') }", "NEEDS_APPROVAL"),
    "of no known kind": ("toolApproval: {t: 'ask-my-boss'}", "NEEDS_APPROVAL"),
}


@pytest.mark.parametrize("form", ["ai-sdk", "lightfast"])
@pytest.mark.parametrize(("settings", "kind"), STATUSES.values(), ids=STATUSES)
def test_agents_of_the_ai_sdk_approve_calls(
    sandbox: Sandbox, form: str, settings: str, kind: str | None
) -> None:
    loaded = load(sandbox, form, "", settings)
    ran = loaded.call("t", {"n": 1})
    assert (None if ran.outcome.failure is None else ran.kind) == kind
    again = loaded.call("t", {"n": 1}, approved=True)
    if kind == "NOT_APPROVED":  # nobody can approve what the agent denies
        assert again.kind == kind
    else:
        assert again.value == {"n": 1}


def test_settings_of_another_meaning_do_not_hide_an_agents_own(sandbox: Sandbox) -> None:
    loaded = sandbox.load(
        "export const main = {model: 'openai/m', instructions: 'i', settings: {temperature: 0}, "
        "toolApproval: {t: 'user-approval'}, tools: {t: {execute: () => 'ran'}}};"
    )
    assert loaded.call("t").kind == "NEEDS_APPROVAL"


def test_word_of_the_agent_goes_before_the_tools_own(sandbox: Sandbox) -> None:
    loaded = load(sandbox, "ai-sdk", "needsApproval: true", "toolApproval: {t: 'approved'}")
    assert loaded.call("t", {"n": 1}).value == {"n": 1}


def test_denial_says_its_reason(sandbox: Sandbox) -> None:
    settings = "toolApproval: {t: {type: 'denied', reason: 'policy 7'}}"
    message = load(sandbox, "ai-sdk", "", settings).call("t", {"n": 1}).failure.message
    assert message == 'a call of "t" is denied by the agent\'s `toolApproval`: policy 7'


CONTEXT = "contextSchema: z.object({base: z.string().default('b'), n: z.coerce.number()}), "
CONTEXT += "execute: async (i, {context}) => context"


def test_tool_gets_its_own_context(sandbox: Sandbox) -> None:
    loaded = load(sandbox, "ai-sdk", CONTEXT, "toolsContext: {t: {n: '4', other: 1}}")
    assert loaded.call("t", {"n": 1}, context={"n": 9}).value == {"base": "b", "n": 4}


def test_context_of_the_request_stands_in_for_a_missing_one(sandbox: Sandbox) -> None:
    loaded = load(sandbox, "ai-sdk", CONTEXT)
    assert loaded.call("t", {"n": 1}, context={"n": "9"}).value == {"base": "b", "n": 9}
    failure = loaded.call("t", {"n": 1}, context={"n": "x"}).failure
    assert (failure.kind.name, failure.name) == ("THROWN", "ContextError")
    assert 'the context of the tool "t" does not fit the schema that it has for it: n: ' in (
        failure.message
    )


def test_input_is_refined_after_it_was_parsed(sandbox: Sandbox) -> None:
    refine = "experimental_refineToolInput: {t: async ({n}) => ({n: n * 2})}"
    assert load(sandbox, "ai-sdk", "", refine).call("t", {"n": "4"}).value == {"n": 8}


def test_shared_context_of_the_agent_reaches_the_tool(sandbox: Sandbox) -> None:
    tool = "execute: async (i, {experimental_context: c}) => [c.tenant, c.sessionId]"
    loaded = load(sandbox, "ai-sdk", tool, "experimental_context: {tenant: 'a', sessionId: 'x'}")
    assert loaded.call("t", {"n": 1}, context={"sessionId": "s"}).value == ["a", "s"]


def test_tool_is_told_its_input_before_it_runs(sandbox: Sandbox) -> None:
    tool = "onInputAvailable: async ({input, toolCallId}) => { console.log(input.n, toolCallId) }"
    for form in ("ai-sdk", "mastra"):
        assert load(sandbox, form, tool).call("t", {"n": "4"}).console == [("log", "4 call-1")]


@pytest.mark.parametrize("form", ["ai-sdk", "lightfast", "mastra"])
def test_model_is_shown_what_the_tool_says(sandbox: Sandbox, form: str) -> None:
    given = "output" if form == "mastra" else "{output, input, toolCallId}"
    more = "" if form == "mastra" else " + input.n + toolCallId"
    tool = f"toModelOutput: async ({given}) => ({{type: 'text', value: `n ${{output.n}} `{more}}})"
    ran = load(sandbox, form, tool).call("t", {"n": "4"})
    assert ran.value == {"n": 4}
    assert ran.shown == {"type": "text", "value": "n 4 " if form == "mastra" else "n 4 4call-1"}


def test_model_is_shown_the_result_when_the_tool_says_nothing(sandbox: Sandbox) -> None:
    assert load(sandbox, "ai-sdk").call("t", {"n": 1}).shown is None
    assert load(sandbox, "mastra", "toModelOutput: () => null").call("t", {"n": 1}).shown is None


@pytest.mark.parametrize(
    ("show", "kind"),
    [
        ("() => { throw new Error('x') }", "THROWN"),
        ("() => new Promise(() => {})", "NEVER_SETTLED"),
        ("() => ({type: 'text', value: 'x'.repeat(10_000_000)})", "OUTPUT_TOO_LARGE"),
        ("() => ({type: 'json', value: 1n})", "THROWN"),
        ("() => ({get type() { throw new Error('x') }})", "THROWN"),
    ],
)
def test_output_is_not_shown_instead_when_showing_fails(
    sandbox: Sandbox, show: str, kind: str
) -> None:
    tool = f"execute: async () => ({{private: 'private'}}), toModelOutput: {show}"
    ran = load(sandbox, "ai-sdk", tool).call("t", {"n": 1})
    assert ran.kind == kind
    assert "private" not in repr(ran.failure)


def test_conversation_reaches_the_tool(sandbox: Sandbox) -> None:
    tool = "execute: async (i, {messages}) => messages.map((m) => m.role)"
    messages = [{"role": "user", "content": "hi"}]
    assert load(sandbox, "ai-sdk", tool).call("t", {"n": 1}, messages=messages).value == ["user"]
    tool = "execute: async (i, {agent}) => agent.messages.map((m) => m.role)"
    assert load(sandbox, "mastra", tool).call("t", {"n": 1}, messages=messages).value == ["user"]
