"""Settings that only the sandbox can say are obeyed as those in the source are."""

from __future__ import annotations

import json

import pytest

from services.executor.agent_parts import HookName, StepCount
from services.executor.bundle.intake.agent_answers import Answered, UntoldPartError, answered
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.clients import OWN_PROCESS
from services.executor.domain import AgentSpec, Severity, ToolChoice, ToolChoiceMode
from services.executor.schemas.scripted import LocalSchemas
from tests.bundle.reading import manifest_of
from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox

__all__ = ["sandbox"]

MASTRA = """import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
const schema = { description: "d", inputSchema: z.object({}) };
const made = (id) => createTool({ id, ...schema, execute: () => 1 });
const tools = { read: made("read"), wipe: made("wipe") };
"""


def program(options: str) -> str:
    """Return an agent with default options."""
    return (
        f"{MASTRA}export const main = new Agent({{ id: 'm', name: 'm', instructions: 'i', "
        f"model: 'openai/m', tools, defaultOptions: {options} }});"
    )


async def resolved(sandbox: Sandbox, options: str) -> AgentSpec:
    """Return an agent whose default options are a function, as the sandbox makes it whole."""
    return (await answer(sandbox, f"() => ({options})")).agent


async def answer(sandbox: Sandbox, options: str) -> Answered:
    """Return what the sandbox said of an agent whose default options are a function."""
    source = program(options)
    agent = manifest_of(source).agents["main"]
    assert not agent.disabled
    ran = sandbox.load(source).parts("main", "settings")
    schemas = AnsweredSchemas(LocalSchemas())
    found = await answered(agent, agent.unknown, json.dumps(ran.value), schemas, OWN_PROCESS)
    assert not found.agent.unknown
    return found


async def test_settings_of_a_function_are_used(sandbox: Sandbox) -> None:
    agent = await resolved(
        sandbox,
        "{ maxSteps: 3, modelSettings: { temperature: 0.2, maxRetries: 1 }, toolChoice: 'none', "
        "activeTools: ['read'], onFinish() {}, memory: { thread: 't' } }",
    )
    assert agent.settings == {"temperature": 0.2, "maxRetries": 1}
    assert (agent.max_steps, agent.stop_conditions) == (3, (StepCount(3),))
    assert agent.tool_choice == ToolChoice(ToolChoiceMode.NONE)
    assert agent.active_tools == ("read",)
    assert not any(tool.needs_approval for tool in agent.tools.values())


@pytest.mark.parametrize("value", ["true", "async () => true", "new Date(0)"])
async def test_approval_of_every_call_is_obeyed(sandbox: Sandbox, value: str) -> None:
    agent = await resolved(sandbox, f"{{ requireToolApproval: {value} }}")
    assert [(tool.needs_approval, tool.approval_asked) for tool in agent.tools.values()] == [
        (True, False),
        (True, False),
    ]


@pytest.mark.parametrize(
    "setting",
    [
        "errorProcessors: [{ id: 'p', processAPIError() {} }]",
        "get errorProcessors() { throw new Error('x'); }",
        "prepareCall: () => ({})",
        "structuredOutput: { schema: z.object({ a: z.string() }) }",
        "needsConsent: true",
        "allowedTools: () => []",
        "toolChoice: () => 'none'",
        "toolChoice: { type: 'sometimes' }",
        "activeTools: 'read'",
        "activeTools: ['read', () => 1]",
        "maxSteps: 'many'",
        "modelSettings: { temperature: NaN }",
        "modelSettings: { temperature: 'hot' }",
        "system: 'Be rude.'",
        "instructions: () => 'Be rude.'",
    ],
)
async def test_setting_that_cannot_be_honoured_stops_the_agent(
    sandbox: Sandbox, setting: str
) -> None:
    with pytest.raises(UntoldPartError):
        await resolved(sandbox, f"{{ {setting} }}")


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("stopWhen: () => true", HookName.STOP_WHEN),
        ("stopWhen: [() => true]", HookName.STOP_WHEN),
        ("inputProcessors: [{ id: 'p', processInput() {} }]", HookName.PROCESS_INPUT),
        ("prepareStep: () => ({})", HookName.PROCESS_INPUT),
        ("outputProcessors: [new (class Filter {})()]", HookName.PROCESS_OUTPUT),
        ("get inputProcessors() { throw new Error('x'); }", HookName.PROCESS_INPUT),
    ],
)
async def test_hook_that_only_the_sandbox_tells_is_called(
    sandbox: Sandbox, setting: str, name: HookName
) -> None:
    (hook,) = (await resolved(sandbox, f"{{ {setting} }}")).hooks
    written = setting.removeprefix("get ").replace("(", ":").split(":")[0]
    assert (hook.name, hook.path) == (name, f"agents.main.{written}")


async def test_nothing_is_no_restriction(sandbox: Sandbox) -> None:
    agent = await resolved(
        sandbox, "{ inputProcessors: [], requireToolApproval: false, prepareStep: undefined }"
    )
    assert (agent.settings, agent.active_tools, agent.max_steps) == ({}, None, None)
    assert not any(tool.needs_approval for tool in agent.tools.values())


LOST = [
    ("emoji: 'x'", "emoji", "Caisson does not know this setting: what it says is lost"),
    ("emoji: () => 1", "emoji", "Caisson does not know this setting: what it says is lost"),
    (
        "providerOptions: { openai: { reasoningEffort: 'low', user: 'u' } }",
        "providerOptions.openai.user",
        "Caisson does not send it: it is only listed in the manifest",
    ),
]


@pytest.mark.parametrize(("setting", "path", "reason"), LOST)
async def test_setting_that_no_run_uses_is_told_as_in_source(
    sandbox: Sandbox, setting: str, path: str, reason: str
) -> None:
    found = await answer(sandbox, f"() => ({{ {setting}, temperature: 1 }})")
    assert [(each.severity, each.path, each.reason) for each in found.diagnostics] == [
        (Severity.WARNING, f"agents.main.{path}", reason)
    ]
    source = program(f"{{ {setting}, temperature: 1 }}")
    static = {(each.path, each.reason) for each in manifest_of(source).diagnostics}
    assert (f"agents.main.{path}", reason) in static


async def test_setting_that_is_only_told_has_the_word_of_the_table(sandbox: Sandbox) -> None:
    found = await answer(sandbox, "() => ({ onFinish() {}, memory: { thread: 't' } })")
    static = manifest_of(program("{ onFinish() {}, memory: { thread: 't' } }")).diagnostics
    told = {(each.severity, each.path, each.reason) for each in found.diagnostics}
    assert {path for _, path, _ in told} == {"agents.main.memory", "agents.main.onFinish"}
    assert told <= {(each.severity, each.path, each.reason) for each in static}
