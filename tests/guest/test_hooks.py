"""Hooks in the sandbox: called as by the AI SDK; those that misbehave are bounded and told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Ran, Sandbox

MIB = 1024 * 1024
HEAD = """import { ToolLoopAgent, tool, NoSuchToolError } from "ai"; import { z } from "zod";
import { openai } from "@ai-sdk/openai";
const inputSchema = z.object({ a: z.coerce.number() });
const add = tool({ description: "d", inputSchema, execute: () => 1 });
"""
USER = {"role": "user", "content": "Hello"}
FILE = {"type": "file", "mediaType": "image/*"}
GIVEN: dict[str, Any] = {
    "step": 0,
    "instructions": ["Be brief."],
    "instructionsAreOwn": True,
    "messages": [USER],
    "initialMessages": 1,
    "steps": [],
    "tools": ["add"],
    "settings": {},
}


def hook(sandbox: Sandbox, name: str, code: str, more: str = "", **given: Any) -> Ran:
    """Call a hook of an agent whose code is given."""
    limits = replace(Limits(), fuel=3_000_000_000, heap_bytes=64 * MIB)
    loaded = sandbox.load(
        f"{HEAD}export const main = new ToolLoopAgent({{ model: openai('gpt-x'), "
        f"instructions: 'Be brief.', tools: {{ add }}, {name}: {code}, {more} }});"
    )
    return loaded.hook("main", name, {**GIVEN, **given}, limits=limits)


def value(ran: Ran) -> Any:
    assert isinstance(ran.value, dict), ran.outcome.failure
    return ran.value["value"]


@pytest.mark.parametrize(
    ("returned", "changes"),
    [
        ("undefined", None),
        ("{}", {}),
        ("{ system: { role: 'system', content: 'x' } }", {"instructions": ["x"]}),
        ("{ model: 'anthropic/claude' }", {"model": {"id": "anthropic/claude"}}),
        ("{ model: openai('gpt-y') }", {"model": {"provider": "openai", "id": "gpt-y"}}),
        ("{ temperature: 0, topK: undefined, x: undefined }", {"settings": {"temperature": 0}}),
        ("{ unknown: 1, 'toolchoice': 'none' }", {"lost": ["unknown", "toolchoice"]}),
        ("{ activeTools: [], toolChoice: 'none' }", {"activeTools": [], "toolChoice": "none"}),
        (
            "{ providerOptions: { openai: { reasoningEffort: 'low' } } }",
            {"settings": {"providerOptions": {"openai": {"reasoningEffort": "low", "user": "u"}}}},
        ),
    ],
)
def test_changes_of_a_step_are_told(sandbox: Sandbox, returned: str, changes: Any) -> None:
    settings = {"providerOptions": {"openai": {"reasoningEffort": "high", "user": "u"}}}
    ran = hook(sandbox, "prepareStep", f"() => ({returned})", settings=settings)
    assert value(ran) == changes


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("({ messages }) => ({ messages })", None),
        ("({ messages }) => ({ messages: [...messages] })", None),
        ("({ messages }) => ({ messages: structuredClone(messages) })", "clone"),
        ("({ messages }) => ({ messages: messages.slice(-1) })", [{"ref": 1}]),
        ("({ messages }) => { messages[0].content = 'x'; return { messages }; }", "changed"),
    ],
)
def test_messages_are_told_by_their_places(sandbox: Sandbox, code: str, told: Any) -> None:
    messages = [USER, {"role": "user", "content": [FILE]}]
    found = value(hook(sandbox, "prepareStep", code, messages=messages))
    if told == "clone":  # a file has no bytes here: which one it is cannot be known
        told = [{"ref": 0}, messages[1]]
    if told == "changed":
        told = [{"role": "user", "content": "x"}, {"ref": 1}]
    assert found == ({} if told is None else {"messages": told})


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ("{ tools: { add } }", "it sets `tools`, which Caisson does not change for a step"),
        ("{ toolOrder: ['add'] }", "it sets `toolOrder`"),
        ("{ model: { doStream() {} } }", "its `model` cannot be used: it is an object that does"),
        ("{ model: 5 }", "its `model` cannot be used"),
        ("{ instructions: 7 }", "its instructions cannot be used: they are no text"),
        ("{ messages: 'x' }", "its `messages` are no list"),
        ("{ messages: [() => 1] }", "one of its messages is no object"),
        ("{ messages: [{ role: 'user', content: new Date() }] }", "holds what JSON cannot"),
        ("{ activeTools: [() => 1] }", "its `activeTools` holds what JSON cannot express"),
        ("{ temperature: NaN }", "its `temperature` holds what JSON cannot express"),
        ("{ runtimeContext: { user: 'Eve' } }", "it changes `runtimeContext`"),
    ],
)
def test_what_cannot_be_honoured_is_told(sandbox: Sandbox, returned: str, problem: str) -> None:
    ran = hook(sandbox, "prepareStep", f"() => ({returned})")
    assert isinstance(ran.value, dict), ran.outcome.failure
    assert problem in str(ran.value["problem"])


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("() => { for (;;); }", "FUEL_EXHAUSTED", ""),
        ("() => new Promise(() => {})", "NEVER_SETTLED", ""),
        ("() => { throw new RangeError('no user'); }", "THROWN", "no user"),
        ("() => ({ get model() { throw new RangeError('got'); } })", "THROWN", "got"),
        ("() => ({ system: 'x'.repeat(10 * 1024 * 1024) })", "OUTPUT_TOO_LARGE", ""),
        ("() => ({ activeTools: Array(1e6).fill('add') })", "THROWN", "more than 20000 values"),
        ("async () => { await fetch('https://example.com'); }", "CAPABILITY_DENIED", "fetch"),
        ("(o) => ({ system: o.options.user.name })", "THROWN", "TypeError"),
        ("5", "THROWN", "not a function"),
    ],
)
def test_hooks_that_misbehave_are_bounded(
    sandbox: Sandbox, code: str, kind: str, told: str
) -> None:
    ran = hook(sandbox, "prepareStep", code)
    assert ran.kind == kind
    assert ran.outcome.failure is not None
    assert told in f"{ran.outcome.failure.name}: {ran.outcome.failure.message}"


def test_answer_of_a_proxy_is_read_as_the_sdk_reads_it(sandbox: Sandbox) -> None:
    code = "() => new Proxy({}, { get: (object, key) => key === 'system' ? 'P' : undefined })"
    assert value(hook(sandbox, "prepareStep", code)) == {"instructions": ["P"]}


@pytest.mark.parametrize(
    ("conditions", "stops"),
    [
        ("() => true", True),
        ("[() => false, async () => 1]", True),
        ("[]", False),
        ("({ steps }) => steps.length > 0 && steps[0].toolResults[0].output === 3", True),
        ("({ steps }) => steps[0].usage.totalTokens > 100", False),
    ],
)
def test_conditions_are_asked_together(sandbox: Sandbox, conditions: str, stops: bool) -> None:
    usage = {"input": 11, "output": 7, "cached": 0, "cacheWrite": 0, "reasoning": 0}
    call = {"id": "c", "tool": "add", "input": {"a": "1"}}
    shown = {"type": "json", "value": 3}
    step = {
        "step": 0,
        "text": "",
        "calls": [call],
        "results": [{"id": "c", "tool": "add", "shown": shown, "output": 3}],
        "finishReason": "tool-calls",
        "usage": usage,
        "model": "openai/gpt-x",
    }
    assert value(hook(sandbox, "stopWhen", conditions, steps=[step])) is stops


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ("{ ...call, tools: { add: tool({ ...add }) } }", "it makes new tools"),
        ("{ ...call, stopWhen: () => true }", "it changes `stopWhen`"),
        ("{ ...call, prepareStep: () => ({}) }", "it changes `prepareStep`"),
        ("{ ...call, messages: [] }", "it gives both a `prompt` and `messages`"),
        ("{ prompt: 'Hi', model: call.model, tools: call.tools }", "it changes `stopWhen`"),
        ("7", "it returns no object"),
    ],
)
def test_calls_that_cannot_be_made_are_told(sandbox: Sandbox, returned: str, problem: str) -> None:
    ran = hook(sandbox, "prepareCall", f"(call) => ({returned})")
    assert isinstance(ran.value, dict), ran.outcome.failure
    assert problem in str(ran.value["problem"])


def test_call_is_prepared_with_the_context_of_the_request(sandbox: Sandbox) -> None:
    more = "callOptionsSchema: z.object({ user: z.string() }), temperature: 1"
    code = (
        "({ options: { user }, temperature, ...call }) => ({ ...call, prompt: user + call.prompt })"
    )
    settings = f"{{ model: 'm', prepareCall: {code}, {more} }}"
    loaded = sandbox.load(f"{HEAD}export const main = new ToolLoopAgent({settings});")
    ran = loaded.hook("main", "prepareCall", GIVEN, context={"user": "Ada"})
    assert value(ran) == {
        "messages": [{"role": "user", "content": "AdaHello"}],
        "settings": {"temperature": None},
    }
    refused = loaded.hook("main", "prepareCall", GIVEN)
    assert refused.kind == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("({ toolCall }) => ({ ...toolCall, input: '{}' })", {"tool": "plus", "input_text": "{}"}),
        ("() => null", None),
        ("({ error }) => NoSuchToolError.isInstance(error) ? null : 1", None),
    ],
)
def test_repair_is_told(sandbox: Sandbox, code: str, call: Any) -> None:
    asked = {"id": "c", "tool": "plus", "input_text": "x", "problem": "p"}
    assert value(hook(sandbox, "repairToolCall", code, call=asked)) == call


def test_hook_that_is_not_there_is_told(sandbox: Sandbox) -> None:
    loaded = sandbox.load(f"{HEAD}export const main = new ToolLoopAgent({{ model: 'm' }});")
    assert value(loaded.hook("main", "prepareStep", GIVEN)) is None
    assert loaded.hook("main", "processInput", GIVEN).kind == "TOOL_NOT_FOUND"


def test_setting_that_is_no_function_fails_as_in_the_sdk(sandbox: Sandbox) -> None:
    ran = hook(sandbox, "prepareCall", "'none'")
    assert ran.outcome.failure is not None
    assert "not a function" in ran.outcome.failure.message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("prepareCall", "(o) => { delete o.tools.add; return o; }"),
        ("prepareCall", "(o) => { o.tools.add.needsApproval = true; return o; }"),
        ("prepareStep", "() => { add.execute = () => 2; }"),
        ("prepareStep", "() => { main.tools.more = add; }"),
        ("stopWhen", "() => { add.needsApproval = () => true; }"),
    ],
    ids=["removed", "approval", "code", "added", "condition"],
)
def test_tools_that_a_hook_changes_in_place_are_refused(
    sandbox: Sandbox, name: str, code: str
) -> None:
    ran = hook(sandbox, name, code)
    assert isinstance(ran.value, dict), ran.outcome.failure
    assert ran.value["problem"].startswith("it changes the agent's `tools` in place")
