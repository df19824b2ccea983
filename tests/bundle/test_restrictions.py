"""What restricts an agent or a tool is honoured, or takes it out of use with an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.executor.bundle.frameworks.mastra.settings import DEFAULT_OPTIONS
from services.executor.bundle.frameworks.registry import FRAMEWORKS, framework_named
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Level,
    Setting,
    sounds_restricting,
)
from services.executor.domain import AgentSpec, Diagnostic, Manifest, Severity, ToolSpec
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

HEADS = {
    "ai-sdk": 'import { ToolLoopAgent, tool } from "ai";\nimport { z } from "zod";\n',
    "lightfast": LIGHTFAST_IMPORTS,
    "mastra": 'import { Agent } from "@mastra/core/agent";\n'
    'import { createTool } from "@mastra/core/tools";\nimport { z } from "zod";\n',
    "openai-agents": 'import { Agent, tool } from "@openai/agents";\nimport { z } from "zod";\n',
}
# A function that nothing but running it can tell the meaning of.
SECRET = "(...given) => globalThis.decide(given)"


def source(framework: str, settings: str = "", tool: str = "") -> str:
    """A bundle of one agent with two tools; ``settings`` and ``tool`` go into the definitions."""
    head = HEADS[framework]

    def made(name: str) -> str:
        schema = "parameters" if framework == "openai-agents" else "inputSchema"
        own = {"mastra": f'id: "{name}", ', "openai-agents": f'name: "{name}", '}.get(framework, "")
        maker = "tool" if framework in ("ai-sdk", "openai-agents") else "createTool"
        return (
            f'{maker}({{ {own}description: "Does.", {schema}: z.object({{}}), execute: () => 1,\n'
            f"  {tool} }})"
        )

    tools = f"read: {made('read')}, wipe: {made('wipe')}"
    listed = f"[{made('read')}, {made('wipe')}]" if framework == "openai-agents" else f"{{{tools}}}"
    text = "system" if framework == "lightfast" else "instructions"
    config = f'name: "M", {text}: "Be kind.", model: "openai/m", tools: {listed},\n {settings}'
    if framework == "lightfast":
        made_agent = f"createAgent({{{config}}})"
        return f"{head}export default createLightfast({{ agents: {{ main: {made_agent} }} }});"
    kind = "ToolLoopAgent" if framework == "ai-sdk" else "Agent"
    return f"{head}export const main = new {kind}({{{config}}});"


def read(framework: str, settings: str = "", tool: str = "") -> tuple[AgentSpec, Manifest]:
    manifest = manifest_of(source(framework, settings, tool))
    agent = manifest.agents["main"]
    assert agent.framework == framework
    return agent, manifest


def at(manifest: Manifest, path: str) -> list[Diagnostic]:
    return [each for each in manifest.diagnostics if each.path == path]


def held(agent: AgentSpec) -> list[str]:
    """The places for which an agent cannot run as it is: refused, or to be asked of the sandbox."""
    asked = [each.path for each in agent.unknown if not each.otherwise]
    return [*(each.path for each in agent.refusals), *asked]


def asking(agent: AgentSpec) -> list[str]:
    return [key for key, tool in agent.tools.items() if tool.needs_approval]


@pytest.mark.parametrize("framework", HEADS)
def test_plain_agent_is_not_restricted(framework: str) -> None:
    agent, manifest = read(framework)
    assert (agent.disabled, asking(agent)) == (False, [])
    assert not any(tool.disabled for tool in agent.tools.values())
    assert all(each.severity is Severity.INFO for each in manifest.diagnostics)


@pytest.mark.parametrize(
    ("setting", "keys"),
    [
        ("toolApproval: { wipe: 'user-approval' }", ["wipe"]),
        ("toolApproval: { wipe: { type: 'user-approval' } }", ["wipe"]),
        ("toolApproval: { wipe: 'denied', read: 'approved' }", ["wipe"]),
        ("toolApproval: { wipe: 'not-applicable', read: undefined }", []),
        (f"toolApproval: {{ wipe: {SECRET} }}", ["wipe"]),
        ("toolApproval: { wipe: globalThis.status }", ["wipe"]),
        ("toolApproval: { wipe: 'a status of tomorrow' }", ["wipe"]),
        (f"toolApproval: {SECRET}", ["read", "wipe"]),
        ("toolApproval: globalThis.approvals", ["read", "wipe"]),
        ("toolApproval: { ...globalThis.approvals, read: 'approved' }", ["read", "wipe"]),
        ("toolApproval: { [globalThis.key]: 'user-approval' }", ["read", "wipe"]),
        ("toolApproval: undefined", []),
    ],
)
@pytest.mark.parametrize("framework", ["ai-sdk", "lightfast"])
def test_approvals_of_an_agent_apply_to_the_tools_they_name(
    framework: str, setting: str, keys: list[str]
) -> None:
    agent, manifest = read(framework, setting)
    assert (asking(agent), agent.disabled) == (keys, False)
    told = [each for each in manifest.diagnostics if "approval" in each.reason]
    assert bool(told) == bool(keys)


@pytest.mark.parametrize(
    "options",
    DEFAULT_OPTIONS,
)
@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("true", ["read", "wipe"]),
        (SECRET, ["read", "wipe"]),
        ("globalThis.x", ["read", "wipe"]),
        ("false", []),
        ("undefined", []),
    ],
)
def test_approval_of_every_call_is_read_at_every_level(
    options: str, value: str, keys: list[str]
) -> None:
    agent, _ = read("mastra", f"{options}: {{ maxSteps: 3, requireToolApproval: {value} }}")
    assert (asking(agent), agent.disabled) == (keys, False)


def rows(*levels: Level) -> Iterator[tuple[str, Level, str, Setting]]:
    for framework in FRAMEWORKS:
        for level, settings in framework.settings.levels():
            for name, setting in settings.items() if level in levels else ():
                yield framework.name, level, name, setting


def names(handling: Handling, *levels: Level) -> list[object]:
    """A parameter for each framework and level, with the names that are handled so."""
    found: dict[tuple[str, Level], list[str]] = {}
    for framework, level, name, setting in rows(*levels):
        if setting.handling is handling:
            found.setdefault((framework, level), []).append(name)
    return [
        pytest.param(*key, each, id=f"{key[0]}-{key[1].value}".replace(" ", "-"))
        for key, each in found.items()
    ]


def written(framework: str, level: Level, settings: str) -> str:
    """Write settings where those of a level stand."""
    if (framework, level) == ("mastra", Level.MODEL):
        return f"defaultOptions: {{ modelSettings: {{ {settings} }} }}"
    if level is Level.OPTIONS:
        return f"defaultOptions: {{ {settings} }}"
    return f"modelSettings: {{ {settings} }}" if level is Level.MODEL else settings


OF_AGENTS = (Level.AGENT, Level.OPTIONS, Level.MODEL)


@pytest.mark.parametrize(("framework", "level", "settings"), names(Handling.REFUSING, *OF_AGENTS))
def test_agent_with_a_setting_that_cannot_be_honoured_is_disabled(
    framework: str, level: Level, settings: list[str]
) -> None:
    for name in settings:
        agent, manifest = read(framework, written(framework, level, f"{name}: {SECRET}"))
        (told,) = at(manifest, f"agents.main.{name}")
        assert [each.path for each in agent.refusals] == [f"agents.main.{name}"], name
        assert told.severity is Severity.ERROR
        assert told.line > 3
        for nothing in ("undefined", "null", "[]", "false"):
            agent, manifest = read(framework, written(framework, level, f"{name}: {nothing}"))
            assert not agent.disabled, (name, nothing)


@pytest.mark.parametrize(("framework", "level", "settings"), names(Handling.TOLD, *OF_AGENTS))
def test_setting_that_is_not_used_is_told(
    framework: str, level: Level, settings: list[str]
) -> None:
    table = framework_named(framework)
    assert table is not None
    agent, manifest = read(
        framework, written(framework, level, ", ".join(f"{name}: 1" for name in settings))
    )
    known = dict(table.settings.levels())[level]
    assert not agent.disabled, agent.refusals
    for name in settings:
        if known[name].severity is None:
            continue  # its reader says it, of what it lists
        assert [each.severity for each in at(manifest, f"agents.main.{name}")] == [
            known[name].severity
        ], name


@pytest.mark.parametrize(("framework", "level", "settings"), names(Handling.REFUSING, Level.TOOL))
def test_tool_with_a_setting_that_cannot_be_honoured_is_disabled(
    framework: str, level: Level, settings: list[str]
) -> None:
    for name in settings:
        agent, manifest = read(framework, tool=f"{name}: {SECRET}")
        assert all(tool.disabled for tool in agent.tools.values())
        assert not agent.disabled
        (told,) = at(manifest, f"agents.main.tools.wipe.{name}")
        assert told.severity is Severity.ERROR


def words(text: str) -> list[str]:
    return text.split()


RESTRICTING = words(
    """needsConsent approve requiresApproval permissions allowedTools allowList denyTools guard
    guardrails policy policies scope scopes auth authorize restrictTo limits rateLimit safeMode
    safety moderation filter contentFilter redactOutput confirmBefore consent enabled enable
    requireLogin readOnly onlyWhen blocklist forbidden maxCost budget quota timeoutMs stopOn abortIf
    humanInTheLoop verifyWith validateInput accessControl disallowedTools PII_filter
    requireUserConfirmation"""
)
HARMLESS = words(
    """flavour tags category title icon color owner team version kind displayName locale greeting
    examples prompts persona emoji homepage gateway capabilities minimal banner mindset maxim
    costCenter checkpointer bank"""
)


@pytest.mark.parametrize("framework", HEADS)
@pytest.mark.parametrize("value", ["true", "false", "[]", SECRET])
def test_unknown_setting_that_sounds_restricting_closes(framework: str, value: str) -> None:
    unknown = RESTRICTING
    settings = ", ".join(f"{name}: {value}" for name in unknown[:10])
    agent, manifest = read(framework, settings)
    assert [each.path for each in agent.refusals] == [f"agents.main.{n}" for n in unknown[:10]]
    for name in unknown[10:13]:
        agent, manifest = read(framework, tool=f"{name}: {value}")
        assert all(tool.disabled for tool in agent.tools.values()), name
        assert at(manifest, f"agents.main.tools.wipe.{name}")[0].severity is Severity.ERROR


def test_names_that_sound_restricting() -> None:
    assert [name for name in RESTRICTING if not sounds_restricting(name)] == []
    assert [name for name in HARMLESS if sounds_restricting(name)] == []


@pytest.mark.parametrize("framework", HEADS)
def test_other_unknown_settings_are_warned_of(framework: str) -> None:
    settings = "flavour: 'mint', tags: ['a'], gone: undefined"
    agent, manifest = read(framework, settings, settings)
    assert not agent.disabled
    assert not any(tool.disabled for tool in agent.tools.values())
    for path in ("agents.main", "agents.main.tools.wipe"):
        for name in ("flavour", "tags"):
            (told,) = at(manifest, f"{path}.{name}")
            assert told.severity is Severity.WARNING
            assert "what it says is lost" in told.reason
        assert not at(manifest, f"{path}.gone")


@pytest.mark.parametrize("framework", HEADS)
@pytest.mark.parametrize(
    "setting",
    [
        "toolChoice: globalThis.choice",
        "toolChoice: 'sometimes'",
        "toolChoice: { type: 'function' }",
        "toolChoice: { type: 'tool', toolName: 'gone' }",
        "temperature: globalThis.heat",
        "temperature: 'hot'",
        "stopSequences: [1]",
        "timeout: { stepMs: 5 }",
        "timeout: { tools: { wipeMs: 5 } }",
        "timeout: -1",
        "timeout: 'soon'",
        "timeout: globalThis.soon",
    ],
)
def test_setting_of_queries_that_cannot_be_read_is_never_left_out(
    framework: str, setting: str
) -> None:
    level = {"mastra": Level.OPTIONS, "openai-agents": Level.MODEL}.get(framework, Level.AGENT)
    agent, _ = read(framework, written(framework, level, setting))
    (path,) = held(agent)
    assert path.startswith(f"agents.main.{setting.split(':')[0]}")


@pytest.mark.parametrize("value", ["globalThis.names", "'wipe'", "[1]", "[globalThis.name]", "{}"])
@pytest.mark.parametrize("name", ["activeTools", "experimental_activeTools"])
def test_active_tools_that_cannot_be_read_open_nothing(name: str, value: str) -> None:
    agent, _ = read("ai-sdk", f"{name}: {value}")
    assert agent.active_tools == ()
    assert [path.partition("[")[0] for path in held(agent)] == ["agents.main.activeTools"]


@pytest.mark.parametrize(
    ("framework", "name"),
    [
        ("mastra", "defaultOptions"),
        ("mastra", "defaultGenerateOptionsLegacy"),
        ("openai-agents", "modelSettings"),
    ],
)
@pytest.mark.parametrize("value", [SECRET, "globalThis.options", "make()", "3"])
def test_options_that_cannot_be_read_are_asked_for(framework: str, name: str, value: str) -> None:
    agent, _ = read(framework, f"{name}: {value}")
    assert held(agent) == [f"agents.main.{name}"]
    assert {each.part.value for each in agent.unknown} == {"settings"}


@pytest.mark.parametrize("framework", HEADS)
@pytest.mark.parametrize(
    "more", ["...globalThis.more", "[globalThis.name]: 1", "...(globalThis.x ? { a: 1 } : {})"]
)
def test_parts_that_cannot_be_followed_disable_the_agent(framework: str, more: str) -> None:
    agent, manifest = read(framework, more)
    assert agent.disabled
    assert at(manifest, "agents.main")[0].severity is Severity.ERROR


@pytest.mark.parametrize("value", ["globalThis.tools", "42", "makeTools()"])
def test_agent_never_runs_without_unknown_tools(value: str) -> None:
    manifest = manifest_of(
        HEADS["ai-sdk"] + "export const main = new ToolLoopAgent({ model: 'm/m', "
        f"instructions: 'i', tools: {value} }});"
    )
    assert held(manifest.agents["main"]) == ["agents.main.tools"]


def test_tool_that_may_be_replaced_is_asked_for() -> None:
    manifest = manifest_of(
        HEADS["ai-sdk"] + "const t = () => tool({ description: 'd', inputSchema: z.object({}), "
        "execute: () => 1 });\nexport const main = new ToolLoopAgent({ model: 'm/m', "
        "instructions: 'i', tools: { a: t(), ...globalThis.more, b: t() } });"
    )
    agent = manifest.agents["main"]
    assert {key: tool.disabled for key, tool in agent.tools.items()} == {"b": False}
    assert held(agent) == ["agents.main.tools", "agents.main.tools.a"]


def switched(value: str) -> ToolSpec:
    agent, _ = read("openai-agents", tool=f"isEnabled: {value}")
    return agent.tools["wipe"]


def test_tool_that_is_switched_off_is_not_offered() -> None:
    assert switched("false").disabled
    assert not switched("true").disabled
    assert not switched(SECRET).disabled  # each call asks it


@pytest.mark.parametrize(
    ("model", "is_refused"),
    [
        ("wrapLanguageModel({ model: openai('a'), middleware: guard })", True),
        ("wrapLanguageModel({ model: openai('a'), middleware: [log(), guard] })", True),
        ("wrapLanguageModel({ model: openai('a'), middleware: globalThis.more })", True),
        ("wrapLanguageModel({ model: openai('a'), middleware: [] })", False),
        ("wrapLanguageModel({ model: openai('a') })", False),
        ("[openai('b'), wrapLanguageModel({ model: openai('a'), middleware: guard })]", True),
        ("() => wrapLanguageModel({ model: openai('a'), middleware: guard })", True),
        ("withGuardrails(openai('a'))", True),
        ("withTracing(openai('a'))", False),
    ],
)
def test_middleware_of_a_model_is_not_passed_over(model: str, is_refused: bool) -> None:
    head = HEADS["ai-sdk"] + (
        'import { wrapLanguageModel } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'
        'import { log, withTracing, withGuardrails } from "guards";\n'
        "const guard = { wrapGenerate: async ({ doGenerate }) => redacted(await doGenerate()) };\n"
    )
    made = f"new ToolLoopAgent({{ instructions: 'i', model: {model} }})"
    agent = manifest_of(f"{head}export const main = {made};").agents["main"]
    assert [each.path for each in agent.refusals] == ["agents.main.model"] * is_refused


def test_tool_of_a_provider_that_runs_beside_the_agent_is_told_as_such() -> None:
    manifest = manifest_of(
        """import { Agent, shellTool, computerTool, webSearchTool } from "@openai/agents";
import { ToolLoopAgent } from "ai";
import { openai } from "@ai-sdk/openai";
export const a = new Agent({ name: "A", instructions: "i", model: "m", tools: [
  shellTool({ shell: { run: async () => ({}) } }), computerTool({ computer: {} }),
  webSearchTool({ userLocation: {} }) ] });
export const b = new ToolLoopAgent({ model: "m/m", tools: {
  shell: openai.tools.localShell({ execute: async () => 1 }), web: openai.tools.webSearch({}) } });
"""
    )
    told = {each.path: each.reason for each in manifest.diagnostics if "offer it" in each.reason}
    here = {path for path, reason in told.items() if "in the agent's own process" in reason}
    there = {path for path, reason in told.items() if "at the model's provider" in reason}
    assert here == {"agents.a.tools[0]", "agents.a.tools[1]", "agents.b.tools.shell"}
    assert there == {"agents.a.tools[2]", "agents.b.tools.web"}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [("z.array(z.object({ s: z.string() }))", "array"), ("z.string()", "string")],
)
def test_output_of_a_tool_may_have_any_type(schema: str, kind: str) -> None:
    agent, manifest = read("mastra", tool=f"outputSchema: {schema}")
    output = agent.tools["wipe"].output_schema
    assert output is not None
    assert output["type"] == kind
    assert not [each for each in manifest.diagnostics if "outputSchema" in each.path]
