"""The settings of tools: honoured, told, or the tool is disabled; none is dropped in silence."""

from __future__ import annotations

import pytest

from services.executor.domain import Diagnostic, Severity, ToolSpec
from tests.bundle.reading import manifest_of

HEADS = {
    "ai-sdk": 'import { ToolLoopAgent, tool, jsonSchema } from "ai"; import { z } from "zod";',
    "mastra": 'import { Agent } from "@mastra/core/agent"; import { z } from "zod";'
    ' import { createTool } from "@mastra/core/tools";',
    "openai-agents": 'import { Agent, tool } from "@openai/agents"; import { z } from "zod";',
    "lightfast": 'import { createAgent } from "lightfast/agent"; import { z } from "zod";'
    ' import { createTool } from "lightfast/tool";',
}
FORMS = {
    "ai-sdk": 'export const a = new ToolLoopAgent({model: "openai/m", instructions: "i", tools:'
    " {t: tool({description: 'd', inputSchema: z.object({}), execute: async () => 1, %s})}, %s});",
    "mastra": 'export const a = new Agent({name: "a", instructions: "i", model: "openai/m", tools:'
    " {t: createTool({id: 't', description: 'd', inputSchema: z.object({}),"
    " execute: async () => 1, %s})}, %s});",
    "openai-agents": 'export const a = new Agent({name: "a", instructions: "i", model: "m", tools:'
    " [tool({name: 't', description: 'd', parameters: z.object({}), execute: async () => 1, %s})],"
    " %s});",
    "lightfast": 'export const agents = {a: createAgent({name: "a", system: "s",'
    ' model: "openai/m", tools: {t: createTool({description: "d", inputSchema: z.object({}),'
    " execute: async () => 1, %s})}, %s})};",
}


def read(form: str, tool: str = "", agent: str = "") -> tuple[ToolSpec, list[Diagnostic]]:
    """The tool, and the diagnostics about it."""
    manifest = manifest_of(HEADS[form] + FORMS[form] % (tool, agent))
    told = [each for each in manifest.diagnostics if ".tools.t" in each.path]
    return manifest.agents["a"].tools["t"], told


@pytest.mark.parametrize("form", FORMS)
def test_plain_tool_says_nothing_more(form: str) -> None:
    tool, told = read(form)
    assert not told
    assert (tool.disabled, tool.needs_approval, tool.gates, tool.strict) == (
        False,
        False,
        (),
        form == "openai-agents",
    )
    assert tool.parses_input


@pytest.mark.parametrize("form", FORMS)
def test_tool_says_that_it_is_idempotent(form: str) -> None:
    tool, told = read(form, "idempotent: true")
    assert not told
    assert tool.idempotent
    for other in ("idempotent: false", "idempotent: 1", "idempotent: isIt()"):
        assert not read(form, other)[0].idempotent


@pytest.mark.parametrize(
    ("hint", "idempotent"),
    [
        ("mcp: {annotations: {idempotentHint: true}}", True),
        ("mcp: {annotations: {idempotentHint: false}}", False),
        ("mcp: {annotations: {readOnlyHint: true}}", False),
        ("mcp: 7", False),
    ],
)
def test_hint_of_a_mastra_tool_counts(hint: str, idempotent: bool) -> None:
    assert read("mastra", hint)[0].idempotent is idempotent


@pytest.mark.parametrize("form", FORMS)
def test_tool_that_is_switched_off_is_disabled(form: str) -> None:
    tool, told = read(form, "isEnabled: false")
    assert tool.disabled
    assert [each.path for each in told] == ["agents.a.tools.t.isEnabled"]
    asked, _ = read(form, "isEnabled: ({runContext}) => runContext.context.paid")
    assert (asked.disabled, asked.gates) == (False, ("isEnabled",))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "approval"),
    [
        ("true", (True, False)),
        ("!0", (True, False)),
        ("'always'", (True, False)),
        ("false", (False, False)),
        ("undefined", (False, False)),
        ("({n}) => n > 5", (True, True)),
        ("globalThis.policy", (True, True)),
        ("policies[name]", (True, True)),
    ],
)
def test_approvals_are_known_or_asked(form: str, value: str, approval: tuple[bool, bool]) -> None:
    name = "requireApproval" if form == "mastra" else "needsApproval"
    tool, told = read(form, f"{name}: {value}")
    assert (tool.needs_approval, tool.approval_asked) == approval
    assert not tool.disabled
    assert [each.severity for each in told] == [Severity.WARNING] * approval[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["requiresHuman", "allowList", "permissions", "auth", "denyFor", "guard", "policy"]
)
def test_unknown_setting_that_may_restrict_disables_the_tool(form: str, name: str) -> None:
    tool, told = read(form, f"{name}: ['x']")
    assert tool.disabled
    assert [(each.severity, each.path) for each in told] == [
        (Severity.ERROR, f"agents.a.tools.t.{name}")
    ]


@pytest.mark.parametrize("form", FORMS)
def test_other_unknown_setting_is_told(form: str) -> None:
    tool, told = read(form, "emoji: 'x'")
    assert not tool.disabled
    (warning,) = told
    assert warning.severity is Severity.WARNING
    assert warning.reason == "Caisson does not know this setting of a tool: what it says is lost"


def test_settings_that_cannot_be_honoured_disable_the_tool() -> None:
    for form, setting in [
        ("mastra", "transform: {display: {output: () => 1}}"),
        ("openai-agents", "allowedCallers: ['programmatic']"),
        ("ai-sdk", "experimental_toToolResultContent: () => []"),
    ]:
        tool, told = read(form, setting)
        assert tool.disabled, setting
        assert [each.severity for each in told] == [Severity.ERROR]


GATES = [
    ("ai-sdk", "toModelOutput: () => 1, contextSchema: z.object({})", ""),
    ("mastra", "toModelOutput: () => 1, outputSchema: z.object({})", ""),
    ("openai-agents", "inputGuardrails: [{name: 'g', run: () => 1}], timeoutMs: 5", ""),
    ("ai-sdk", "", "toolsContext: {t: {}}, experimental_refineToolInput: {t: (i) => i}"),
]


@pytest.mark.parametrize(("form", "tool", "agent"), GATES)
def test_settings_that_the_sandbox_asks_are_listed(form: str, tool: str, agent: str) -> None:
    found, told = read(form, tool, agent)
    names = [
        part.split(":")[0].strip() for part in (tool or agent).replace("}, ", "\n").split("\n")
    ]
    assert set(names) <= {*found.gates, *"".join(names).split(", ")}
    assert found.gates
    assert not told


def test_agents_of_the_ai_sdk_approve_by_map_or_function() -> None:
    named, _ = read("ai-sdk", "", "toolApproval: {t: 'user-approval'}")
    assert (named.needs_approval, named.approval_asked) == (True, True)
    freed, _ = read("ai-sdk", "needsApproval: true", "toolApproval: {t: 'approved'}")
    assert (freed.needs_approval, freed.approval_asked) == (True, True)
    other, _ = read("ai-sdk", "", "toolApproval: {}")
    assert not other.needs_approval
    asked, _ = read("ai-sdk", "", "toolApproval: () => 'approved'")
    assert (asked.needs_approval, asked.approval_asked) == (True, True)
    every, _ = read("mastra", "", "defaultOptions: {requireToolApproval: true}")
    assert (every.needs_approval, every.approval_asked) == (True, False)


SEEN = [
    ("async (input) => 1", False),
    ("async () => 1", False),
    ("async (input, { messages }) => messages.length", True),
    ("async (input, { messages: m }) => m.length", True),
    ("async (input, { toolCallId }) => toolCallId", False),
    ("async (input, { toolCallId, ...rest }) => rest", True),
    ("async (input, options) => options.toolCallId", False),
    ("async (input, options) => options.messages", True),
    ("async (input, options) => options[input.name]", True),
    ("async (input, options) => helper(input, options)", True),
    ("async (...all) => helper(...all)", True),
    ("async function (input) { return arguments[1]; }", True),
    ("async function (input, { abortSignal } = {}) { return 1; }", False),
    ("helper", True),
]


@pytest.mark.parametrize(("execute", "sees"), SEEN, ids=[each[0] for each in SEEN])
def test_conversation_is_sent_only_to_tools_that_may_look_at_it(execute: str, sees: bool) -> None:
    for form, expected in (("ai-sdk", sees), ("mastra", sees), ("openai-agents", False)):
        tool, _ = read(form, f"execute: {execute}")
        assert tool.sees_messages is expected, form


PARSES = [
    ("z.object({n: z.coerce.number()})", True),
    ("jsonSchema({type: 'object'})", False),
    ("jsonSchema({type: 'object'}, {validate: (value) => ({success: true, value})})", True),
    ("{type: 'object', properties: {}}", False),
]


@pytest.mark.parametrize(("schema", "parses"), PARSES, ids=[each[0] for each in PARSES])
def test_schemas_that_parse_decide_on_inputs(schema: str, parses: bool) -> None:
    tool, _ = read("ai-sdk", f"inputSchema: {schema}")
    assert tool.input_schema is not None
    assert tool.parses_input is parses


def test_strict_is_what_the_tool_says() -> None:
    assert read("ai-sdk", "strict: true")[0].strict
    assert not read("ai-sdk", "strict: false")[0].strict
    assert read("ai-sdk", "strict: (() => true)()")[0].strict
    assert read("openai-agents", "strict: null")[0].strict
    assert not read("openai-agents", "strict: false")[0].strict


def test_strict_that_is_not_known_is_told() -> None:
    tool, told = read("ai-sdk", "strict: globalThis.isStrict()")
    assert not tool.strict
    assert [(each.severity, each.path) for each in told] == [
        (Severity.WARNING, "agents.a.tools.t.strict")
    ]


MADE = {
    "mastra": (
        "createTool({id: 't', description: 'd', inputSchema: z.object({}), execute: fetch_})",
        "tools: {t}",
    ),
    "openai-agents": (
        "tool({name: 't', description: 'd', parameters: z.object({}), execute: fetch_})",
        "tools: [t]",
    ),
}


def changed(form: str, change: str, *, inside: bool = False) -> tuple[ToolSpec, list[Diagnostic]]:
    """A tool that is changed after its construction, or ``inside`` the function that makes it."""
    made, tools = MADE[form]
    inner, outer = (change, "") if inside else ("", change)
    manifest = manifest_of(
        f"{HEADS[form]} const fetch_ = async () => fetch('https://a.example');"
        f" const make = () => {{ const t = {made}; {inner} return t; }};"
        f" const t = {'make()' if inside else made}; {outer}"
        f' export const a = new Agent({{name: "a", instructions: "i", model: "m", {tools}}});'
    )
    told = [each for each in manifest.diagnostics if ".tools" in each.path]
    return manifest.agents["a"].tools["t"], told


def test_approval_set_by_the_function_that_makes_a_tool_counts() -> None:
    for form, name in (("mastra", "requireApproval"), ("openai-agents", "needsApproval")):
        tool, _ = changed(form, f"t.{name} = true;", inside=True)
        assert (tool.needs_approval, tool.gates) == (True, (name,))
        assert not changed(form, "", inside=True)[0].needs_approval


def test_guardrail_pushed_to_a_tool_is_asked() -> None:
    guard = "t.inputGuardrails.push({name: 'g', run: () => 1});"
    for inside in (True, False):
        assert changed("openai-agents", guard, inside=inside)[0].gates == ("inputGuardrails",)
    assert changed("openai-agents", "t.inputGuardrails.push();")[0].gates == ()


def test_tool_with_any_member_set_is_asked_for_all_of_them() -> None:
    tool, told = changed("mastra", "t[globalThis.name] = () => 1;")
    assert tool.gates == ("...",)
    assert tool.unread_schema is not None
    assert "its members are set at an unknown time" in [each.reason for each in told]


@pytest.mark.parametrize("form", MADE)
def test_reach_of_an_execute_that_may_be_replaced_is_not_known(form: str) -> None:
    known, _ = changed(form, "")
    assert known.reach is not None
    assert known.reach.hosts == ("a.example",)
    tool, _ = changed(form, "if (globalThis.x) t.execute = other;")
    assert (tool.disabled, tool.reach) == (False, None)


CLIENT_SIDE = {
    "ai-sdk": "tools: {t: tool({description: 'd', inputSchema: z.object({a: z.string()}), %s})}",
    "mastra": "tools: {t: createTool({id: 't', description: 'd', inputSchema: z.object({}), %s})}",
    "lightfast": "tools: {t: createTool({description: 'd', inputSchema: z.object({}), %s})}",
}


def without_execute(form: str, tool: str = "") -> tuple[ToolSpec, list[Diagnostic]]:
    """The tool of a form, which has no ``execute``."""
    whole = FORMS[form].split("tools:")[0] + CLIENT_SIDE[form] % tool
    end = "});" if form != "lightfast" else "})};"
    manifest = manifest_of(HEADS[form] + whole + end)
    told = [each for each in manifest.diagnostics if ".tools.t" in each.path]
    return manifest.agents["a"].tools["t"], told


@pytest.mark.parametrize("form", CLIENT_SIDE)
def test_tool_without_execute_is_run_by_the_client(form: str) -> None:
    tool, told = without_execute(form)
    assert (tool.client_side, tool.disabled, tool.reach) == (True, False, None)
    assert tool.input_schema is not None
    assert [each.severity for each in told] == [Severity.INFO]


def test_setting_that_nothing_asks_of_a_clients_tool_is_told() -> None:
    tool, told = without_execute("ai-sdk", "toModelOutput: () => 1, needsApproval: true")
    assert (tool.client_side, tool.needs_approval, tool.gates) == (True, True, ())
    assert any("nothing asks `toModelOutput`" in each.reason for each in told)


def test_tool_of_a_provider_is_none_of_the_client() -> None:
    tool, _ = without_execute("ai-sdk", "type: 'provider-defined'")
    assert (tool.client_side, tool.disabled) == (False, True)
