"""A variable of the environment is a value of the deployment: told by its name, never guessed."""

from __future__ import annotations

import pytest

from services.executor.agent_parts import AgentPart, ValueSource
from services.executor.domain import Severity
from tests.bundle.reading import manifest_of

# What is read while the bundle loads is a diagnostic of its own.
LOADS = "is read while the bundle loads"
AGENT = "export const a = {{ model: 'm', tools: {{}}, system: {} }};"


def read(expression: str, before: str = "") -> tuple[str, list[tuple[Severity, str]]]:
    manifest = manifest_of(before + AGENT.format(expression))
    found = (d for d in manifest.diagnostics if LOADS not in d.reason)
    told = [(d.severity, d.reason) for d in found]
    return manifest.agents["a"].system, told


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("process.env.PROMPT ?? 'default'", ""),
        ("process.env.PROMPT || 'default'", ""),
        ("process.env['PROMPT'] || 'default'", ""),
        ("globalThis.process.env.PROMPT ?? 'default'", ""),
        ("import.meta.env.PROMPT ?? 'default'", ""),
        ("env.PROMPT ?? 'default'", "const env = process.env;"),
        ("PROMPT", "const { PROMPT = 'default' } = process.env;"),
        ("process.env.PROMPT ? 'set' : 'default'", ""),
        ("process.env.PROMPT === 'x' ? 'set' : 'default'", ""),
        ("!process.env.PROMPT ? 'default' : 'set'", ""),
        ("f(process.env.PROMPT)", "const f = (x) => x ?? 'default';"),
        ("({ a: 'default', ...(process.env.PROMPT && { a: 'set' }) }).a", ""),
    ],
)
def test_default_is_used_and_reported(expression: str, before: str) -> None:
    system, told = read(expression, before)
    assert system == "default"
    assert {severity for severity, _ in told} == {Severity.INFO}
    assert any("env.PROMPT`" in reason for _, reason in told)
    assert any("the sandbox is asked for it in each run" in reason for _, reason in told)


@pytest.mark.parametrize(
    "expression",
    ["process.env.PROMPT", "`a ${process.env.PROMPT}`", "'a' + process.env.PROMPT"],
)
def test_variable_without_default_is_unknown(expression: str) -> None:
    system, told = read(expression)
    assert system == ""
    assert [severity for severity, _ in told] == [Severity.INFO]
    assert "the sandbox is asked for it in each run" in told[0][1]
    assert "`process.env.PROMPT` is a value of the deployment" in told[0][1]


CHOSEN = """import {{ Agent, tool }} from "@openai/agents";
const parameters = {{ type: "object", properties: {{}} }};
const made = (name) => tool({{ name, description: "d", parameters, execute: () => process.env.K }});
const one = made("one"), two = made("two");
let text; if (process.env.PRO) text = "pro"; else text = "free";
const first = new Agent({{ name: "a", instructions: "a", model: "m" }});
const second = new Agent({{ name: "b", instructions: "b", model: "m" }});
export const main = {};
"""
ALL = {AgentPart.INSTRUCTIONS, AgentPart.MODEL, AgentPart.SETTINGS, AgentPart.TOOLS}
GIVEN = 'new Agent({{ name: "a", instructions: {}, model: "m", tools: {} }})'


@pytest.mark.parametrize(
    ("made", "parts"),
    [
        (GIVEN.format('"a"', "[one]"), set()),
        (GIVEN.format("text", "[one]"), {AgentPart.INSTRUCTIONS}),
        (GIVEN.format('"a"', "process.env.PRO ? [one] : [two]"), {AgentPart.TOOLS}),
        (GIVEN.format('"a"', "[one, ...(process.env.PRO ? [two] : [])]"), {AgentPart.TOOLS}),
        ("process.env.PRO ? first : second", ALL),
        ('process.env.PRO === "1" ? first : second', ALL),
    ],
)
def test_what_a_variable_chooses_is_asked_in_runs_that_are_granted_it(
    made: str, parts: set[AgentPart]
) -> None:
    asked = manifest_of(CHOSEN.format(made)).agents["main"].asked
    assert {each.part for each in asked} == parts
    assert {each.source for each in asked} <= {ValueSource.DYNAMIC}


@pytest.mark.parametrize(("size", "is_asked"), [(10, False), (12_000, True)])
def test_value_that_is_too_large_to_be_read_counts_as_chosen(size: int, is_asked: bool) -> None:
    tools = "const tools = { t: { description: 'd', execute() {}, more: [" + "0," * size + "] } };"
    text = tools + "export const a = { model: 'm', tools, system: process.env.PROMPT ?? 'x' };"
    agent = manifest_of(text).agents["a"]
    assert any(each.part is AgentPart.TOOLS for each in agent.asked) == is_asked
