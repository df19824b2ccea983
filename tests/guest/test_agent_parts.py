"""Parts of agents that misbehave: each is bounded and told, and keeps no other from being told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Ran, Sandbox

MIB = 1024 * 1024
HEAD = """import { Agent, tool } from "@openai/agents"; import { ToolLoopAgent } from "ai";
import { z } from "zod";
const add = tool({ name: "add", description: "d", parameters: z.object({}), execute: () => 1 });
"""


def asked(sandbox: Sandbox, agent: str, *parts: str, **more: Any) -> Ran:
    """Ask for parts of the agent ``main`` whose settings are given."""
    loaded = sandbox.load(f"{HEAD}export const main = {agent};")
    return loaded.parts("main", *(parts or ("instructions", "description")), **more)


def openai(instructions: str, more: str = "") -> str:
    return f'new Agent({{ name: "m", instructions: {instructions}, {more} }})'


@pytest.mark.parametrize(
    ("instructions", "error"),
    [
        ("() => { throw new RangeError('no user'); }", "RangeError: no user (at instructions"),
        ("async () => { throw 'plain'; }", "plain"),
        ("() => 42", "they are no text and no message, but a number"),
        ("() => ({ get content() { throw new Error('got'); } })", "no text and no message"),
        ("() => [[[[[['deep']]]]]]", "they are no text and no message, but an array"),
        ("() => Array(2000).fill('x')", "they are more than 1000 texts"),
        ("() => new Proxy({}, { get: () => 7 })", "they are no text and no message"),
        ("(run) => run.context.user.name", "TypeError: "),
        ("() => { const a = []; for (;;) a.push('x'.repeat(1e6) + a.length); }", "out of memory"),
        ("async () => { await fetch('https://example.com'); }", "CapabilityDeniedError"),
    ],
)
def test_failing_instructions_are_told(sandbox: Sandbox, instructions: str, error: str) -> None:
    agent = openai(instructions, "handoffDescription: 'Helps'")
    answer = asked(sandbox, agent, limits=replace(Limits(), heap_bytes=64 * MIB)).value
    assert isinstance(answer, dict)
    assert error in answer["instructions"]["error"]
    assert answer["description"] == {"value": "Helps"}


@pytest.mark.parametrize(
    ("instructions", "kind"),
    [
        ("() => { for (;;); }", "FUEL_EXHAUSTED"),
        ("() => new Promise(() => {})", "NEVER_SETTLED"),
        ("() => 'x'.repeat(10 * 1024 * 1024)", "OUTPUT_TOO_LARGE"),
    ],
)
def test_endless_instructions_meet_a_limit(sandbox: Sandbox, instructions: str, kind: str) -> None:
    limits = replace(Limits(), fuel=3_000_000_000, heap_bytes=64 * MIB)
    assert asked(sandbox, openai(instructions), limits=limits).kind == kind


@pytest.mark.parametrize(
    ("tools", "error"),
    [
        ("Object.fromEntries([...Array(501)].map((_, i) => [`t${i}`, add]))", "more than 500"),
        ("'many'", None),
    ],
)
def test_tools_that_are_none_are_told(sandbox: Sandbox, tools: str, error: str | None) -> None:
    agent = f"new ToolLoopAgent({{ model: 'm/m', tools: {tools} }})"
    answer = asked(sandbox, agent, "tools", "model").value
    assert isinstance(answer, dict)
    assert answer["model"] == {"value": [{"id": "m/m"}]}
    if error is None:
        assert answer["tools"] == {"value": []}
    else:
        assert error in answer["tools"]["error"]


def test_what_is_no_tool_is_told_and_leaves_the_others(sandbox: Sandbox) -> None:
    tools = "add, a: null, b: undefined, c: 7, get d() { throw new Error('no'); }"
    answer = asked(sandbox, f"new ToolLoopAgent({{ model: 'm/m', tools: {{ {tools} }} }})", "tools")
    assert isinstance(answer.value, dict)
    good, *others = answer.value["tools"]["value"]
    assert good["key"] == "add"
    assert others == [
        {"key": "a", "fault": "it is null, and no tool"},
        {"key": "b", "fault": "it is undefined, and no tool"},
        {"key": "c", "fault": "it is a number, and no tool"},
        {"key": "d", "fault": "it cannot be looked at: no"},
    ]


def test_tools_of_a_package_that_is_not_there_are_told(sandbox: Sandbox) -> None:
    source = f"{HEAD}import {{ tools }} from 'no-such-package';\n"
    loaded = sandbox.load(
        f"{source}export const main = new ToolLoopAgent({{ model: 'm', tools }});"
    )
    answer = loaded.parts("main", "tools").value
    assert isinstance(answer, dict)
    assert "no-such-package" in answer["tools"]["error"]


def test_last_tool_of_a_name_is_the_one_that_is_called(sandbox: Sandbox) -> None:
    """As the OpenAI Agents SDK has it, whose model reads of that one only."""
    other = "tool({ name: 'add', description: 'e', parameters: z.object({}), execute: () => 2 })"
    loaded = sandbox.load(
        f"{HEAD}export const main = {openai(repr('x'), f'tools: [add, {other}]')};"
    )
    assert loaded.call("add", {}).value == 2


def test_schema_that_fails_leaves_the_other_tools(sandbox: Sandbox) -> None:
    bad = "{ description: 'b', execute() {}, get inputSchema() { throw new Error('no'); } }"
    agent = f"new ToolLoopAgent({{ model: 'm/m', tools: {{ add, bad: {bad} }} }})"
    answer = asked(sandbox, agent, "tools").value
    assert isinstance(answer, dict)
    good, failed = answer["tools"]["value"]
    assert good["inputSchema"]["jsonSchema"]["type"] == "object"
    assert failed["problem"] == "the tool has no input schema"


def test_settings_are_plain_data(sandbox: Sandbox) -> None:
    settings = """{ temperature: 0.5, seed: NaN, nested: { a: [1, undefined, () => 1] },
      when: new Date(0), call() {}, get thrown() { throw new Error('x'); }, big: 1n }"""
    answer = asked(sandbox, openai("'x'", f"modelSettings: {settings}"), "settings").value
    assert isinstance(answer, dict)
    assert answer["settings"] == {
        "value": {"temperature": 0.5, "nested": {"a": [1, None, None]}},
        "code": ["seed", "nested", "when", "call", "thrown", "big"],
    }


def test_unknown_agent_is_named(sandbox: Sandbox) -> None:
    loaded = sandbox.load(f"{HEAD}export const main = {openai(repr('x'))};")
    failure = loaded.parts("other", "instructions").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert 'no agent "other"; it has: main' in failure.message


def test_environment_of_the_run_is_seen(sandbox: Sandbox) -> None:
    agent = openai("() => `Shop ${process.env.SHOP}.`")
    answer = asked(sandbox, agent, context={"env": {"SHOP": "Books"}}).value
    assert isinstance(answer, dict)
    assert answer["instructions"] == {"value": ["Shop Books."]}


@pytest.mark.parametrize("instructions", ["async () => ''", "({ requestContext }) => undefined"])
def test_mastra_refuses_functions_that_give_no_instructions(
    sandbox: Sandbox, instructions: str
) -> None:
    source = 'import { Agent } from "@mastra/core/agent";\n'
    agent = f"new Agent({{ name: 'm', model: 'm/m', instructions: {instructions} }})"
    loaded = sandbox.load(f"{source}export const main = {agent};")
    answer = loaded.parts("main", "instructions").value
    assert isinstance(answer, dict)
    assert "Instructions are required" in answer["instructions"]["error"]
