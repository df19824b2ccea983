"""Guardrails and processors in the sandbox: bounded, and closed where they misbehave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Ran, Sandbox

MIB = 1024 * 1024
LIMITS = replace(Limits(), fuel=3_000_000_000, heap_bytes=64 * MIB)
USER = {"role": "user", "content": "Hello"}
USAGE = {"input": 3, "output": 4, "cached": 0, "cacheWrite": 0, "reasoning": 0}
STEP: dict[str, Any] = {
    "step": 0,
    "text": "Done.",
    "calls": [],
    "results": [],
    "finishReason": "stop",
    "usage": USAGE,
    "model": "openai/gpt-x",
}
GIVEN: dict[str, Any] = {
    "step": 0,
    "instructions": ["Help."],
    "instructionsAreOwn": True,
    "messages": [USER],
    "initialMessages": 1,
    "steps": [],
    "tools": [],
    "settings": {},
    "state": {},
    "retries": 0,
}
ANSWERED = {
    **GIVEN,
    "messages": [USER, {"role": "assistant", "content": [{"type": "text", "text": "Done."}]}],
    "answer": {**STEP, "pieces": ["Do", "ne."]},
    "final": True,
}
PROXY = "new Proxy({}, { get() { throw new Error('trap'); } })"


def guardrail(sandbox: Sandbox, code: str) -> Ran:
    """Ask a guardrail of an agent's output whose `execute` is given."""
    loaded = sandbox.load(
        'import { Agent } from "@openai/agents"; export const main = new Agent({ name: "A", '
        f"outputGuardrails: [{{ name: 'g', execute: {code} }}] }});"
    )
    given = {**GIVEN, "steps": [STEP], "text": "Done."}
    return loaded.hook("main", "outputGuardrails", given, limits=LIMITS)


def processor(sandbox: Sandbox, code: str, name: str, given: dict[str, Any] | None = None) -> Ran:
    """Ask the one processor of an agent, whose code is given."""
    setting = "outputProcessors" if name == "processOutput" else "inputProcessors"
    loaded = sandbox.load(
        'import { Agent } from "@mastra/core/agent"; export const main = new Agent({ id: "a", '
        f'name: "A", instructions: "Help.", model: "openai/m", {setting}: [{code}] }});'
    )
    more = ANSWERED if name == "processOutput" else GIVEN
    return loaded.hook("main", name, {**more, **(given or {})}, {"user": "Ada"}, LIMITS)


def value(ran: Ran) -> Any:
    assert isinstance(ran.value, dict), ran.outcome.failure
    return ran.value.get("value", ran.value)


@pytest.mark.parametrize(
    ("code", "tripped"),
    [
        ("async () => ({ tripwireTriggered: false })", None),
        ("async () => ({ tripwireTriggered: true })", {"name": "g", "info": ""}),
        (
            "() => ({ tripwireTriggered: 1, outputInfo: { a: 1 } })",
            {"name": "g", "info": '{"a":1}'},
        ),
        ("({ agentOutput: o }) => ({ tripwireTriggered: o !== 'Done.' })", None),
        (
            "() => ({ tripwireTriggered: true, outputInfo: 'x'.repeat(10 << 20) })",
            {"name": "g", "info": '"' + "x" * 1999},
        ),
        (
            f"() => ({{ tripwireTriggered: true, outputInfo: {PROXY} }})",
            {"name": "g", "info": ""},
        ),
    ],
)
def test_guardrail_tells_whether_it_is_tripped(sandbox: Sandbox, code: str, tripped: Any) -> None:
    assert value(guardrail(sandbox, code)) == {"tripped": tripped}


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("() => { throw new RangeError('no'); }", "THROWN", "RangeError: no"),
        ("() => undefined", "THROWN", "TypeError"),
        (f"() => {PROXY}", "THROWN", "trap"),
        ("() => new Promise(() => {})", "NEVER_SETTLED", "nothing can settle"),
        ("() => { for (;;); }", "FUEL_EXHAUSTED", ""),
        ("() => fetch('https://example.com')", "CAPABILITY_DENIED", "fetch"),
        ("undefined", "THROWN", "not a function"),
    ],
)
def test_guardrail_that_misbehaves_fails(sandbox: Sandbox, code: str, kind: str, told: str) -> None:
    ran = guardrail(sandbox, code)
    assert ran.kind == kind
    assert ran.outcome.failure is not None
    assert told in f"{ran.outcome.failure.name}: {ran.outcome.failure.message}"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("{ id: 'p', processInput: ({ messages }) => messages }", {"state": {"p": {}}}),
        (
            "{ id: 'p', processInput: ({ messages }) => { messages.pop(); return messages; } }",
            {"messages": [], "state": {"p": {}}},
        ),
        (
            "{ id: 'p', processInput: ({ messages, state }) => { state.n = 1; return []; } }",
            {"messages": [], "state": {"p": {"n": 1}}},
        ),
        (
            (
                "{ id: 'p', processInput: ({ messageList, requestContext: c }) => "
                "messageList.addSystem(c.get('user')) }"
            ),
            {"instructions": ["Help.", "Ada"], "state": {"p": {}}},
        ),
        (
            "{ id: 'p', processInput: ({ abort }) => abort('no', { retry: true }) }",
            {"abort": {"reason": "no", "retry": True, "processor": "p"}},
        ),
        (
            "{ id: 'p', processInput: ({ abort }) => abort('x'.repeat(10 << 20)) }",
            {"abort": {"reason": "x" * 2000, "retry": False, "processor": "p"}},
        ),
    ],
)
def test_processor_of_input_says_what_it_changes(sandbox: Sandbox, code: str, said: Any) -> None:
    assert value(processor(sandbox, code, "processInput")) == said


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("7", "is no object"),
        ("{ id: 'p', createRun() {} }", "is a workflow"),
        ("{ id: 'p', processLLMRequest() {} }", "`processLLMRequest`"),
        ("{ id: 'p', judge: new Agent({ id: 'b', model: 'm' }) }", "asks a model of its own"),
        ("new (globalThis.Unknown ?? class { id = 'p'; processAPIError() {} })()", "processAPI"),
        ("{ id: 'p', processInput: () => [1] }", "no object"),
        ("{ id: 'p', processInput: ({ state }) => { state.f = () => 1; } }", "the `state`"),
        (
            (
                "{ id: 'p', processInput: ({ messages }) => messages.map((m) => ({ ...m, "
                "content: { parts: [{ type: 'text', text: () => 1 }] } })) }"
            ),
            "a message holds what JSON cannot express",
        ),
    ],
)
def test_processor_that_cannot_be_honoured_is_told(
    sandbox: Sandbox, code: str, problem: str
) -> None:
    assert problem in value(processor(sandbox, code, "processInput"))["problem"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("() => { throw new RangeError('no'); }", "THROWN"),
        ("() => new Promise(() => {})", "NEVER_SETTLED"),
        ("() => { for (;;); }", "FUEL_EXHAUSTED"),
        (f"() => {PROXY}", "THROWN"),
        ("({ messageList }) => messageList.get.all.ui()", "THROWN"),
    ],
)
@pytest.mark.parametrize("method", ["processOutputStream", "processOutputStep"])
def test_processor_of_output_that_misbehaves_fails(
    sandbox: Sandbox, method: str, code: str, kind: str
) -> None:
    ran = processor(sandbox, f"{{ id: 'p', {method}: {code} }}", "processOutput")
    assert ran.kind == kind


def test_processor_of_the_stream_sees_pieces_and_keeps_its_state(sandbox: Sandbox) -> None:
    code = """{ id: 'p', processOutputStream: ({ part, state, streamParts }) => {
      (state.seen ??= []).push(`${part.type} ${streamParts.length}`);
      return part.type === 'text-delta' && part.payload.text === 'Do' ? null : part;
    } }"""
    said = value(processor(sandbox, code, "processOutput"))
    assert (said["text"], said["waits"]) == ("ne.", False)
    assert said["state"]["p"]["seen"] == [
        "step-start 1",
        "text-start 2",
        "text-delta 3",
        "text-delta 4",
        "text-end 5",
        "finish 6",
        "step-finish 7",
    ]


def test_processor_of_the_stream_cannot_take_calls_away(sandbox: Sandbox) -> None:
    call = {"id": "c", "tool": "find", "input": {}}
    answer = {**ANSWERED["answer"], "calls": [call]}
    code = "{ id: 'p', processOutputStream: ({ part }) => part.type === 'tool-call' ? null : part }"
    said = value(processor(sandbox, code, "processOutput", {"answer": answer, "final": False}))
    assert "drops or changes a call" in said["problem"]


def test_text_waits_for_the_end_where_the_result_is_processed(sandbox: Sandbox) -> None:
    code = "{ id: 'p', processOutputResult: ({ messages }) => messages }"
    assert value(processor(sandbox, code, "processOutput", {"final": False}))["waits"] is True
    assert value(processor(sandbox, code, "processOutput"))["waits"] is False


def test_processor_sees_what_those_before_it_said_of_the_step(sandbox: Sandbox) -> None:
    only = (
        "{ id: 'only', processInputStep: () => ({ activeTools: ['a', 'c'],"
        " toolChoice: 'auto', modelSettings: { temperature: 0 } }) }"
    )
    less = (
        "{ id: 'less', processInputStep: ({ activeTools, toolChoice, modelSettings, systemMessages"
        " }) => ({ activeTools: activeTools.filter((key) => key !== 'c'), systemMessages:"
        " [{ role: 'system', content: JSON.stringify([toolChoice, modelSettings]) }] }) }"
    )
    given = {"tools": ["a", "b", "c"], "settings": {"topP": 1}}
    said = value(processor(sandbox, f"{only}, {less}", "processInputStep", given))
    assert said["activeTools"] == ["a"]
    assert said["instructions"] == ['["auto",{"topP":1,"temperature":0}]']


@pytest.mark.parametrize("name", ["processInput", "processOutput"])
@pytest.mark.parametrize(
    "code",
    [
        "{ id: 'p' }",
        "[{ processInput() {} }]",
        "{ processInputs() {} }",
        "{ processInput: true }",
        "new (class { id = 'p'; processInpt() {} })()",
        "new (class extends (class { processInputs() {} }) { id = 'p'; })()",
    ],
)
def test_processor_without_a_known_method_closes(sandbox: Sandbox, code: str, name: str) -> None:
    ran = processor(sandbox, code, name)
    assert isinstance(ran.value, dict), ran.outcome.failure
    assert "has none of the methods that Caisson runs: processInput, " in ran.value["problem"]


@pytest.mark.parametrize(
    "other", ["processInputs", "processinputstep", "procesOutputResult", "processOutput"]
)
@pytest.mark.parametrize("form", ["{{ {} }}", "new (class {{ {} }})()"])
def test_processor_with_a_misspelt_method_closes(sandbox: Sandbox, form: str, other: str) -> None:
    comma = "" if "class" in form else ","
    code = form.format(f"processInput() {{}}{comma} {other}() {{}}")
    said = value(processor(sandbox, code, "processInput"))
    assert f"has a `{other}`, which is no method of a processor" in said["problem"]


def test_processor_may_have_methods_of_its_own(sandbox: Sandbox) -> None:
    code = "new (class { processInput() {} processMessage() {} processText() {} run() {} })()"
    assert "problem" not in value(processor(sandbox, code, "processInput"))
