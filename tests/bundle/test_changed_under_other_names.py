"""What is set on an agent through lists, maps, functions and classes is never left out.

Node says what each program makes of its agent's instructions; the manifest says the same, asks
the sandbox for them, or has the agent disabled.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from services.executor.agent_parts import AgentPart, HookName
from services.executor.domain import AgentSpec
from tests.bundle.reading import manifest_of
from tests.npm import node

IMPORT = 'import { Agent } from "@openai/agents";\n'
# The class as far as these programs go: it keeps its definition.
CLASS = "class Agent { constructor(given) { Object.assign(this, given); } }\n"
SHOW = "\nconsole.log(JSON.stringify({ system: main.instructions, tools: main.tools.length }));"
MAIN = 'const main = new Agent({ name: "m", instructions: "Be kind.", model: "m", tools: [] });\n'
# How a program gets at its agent, with EACH for what it then does with `x`.
WAYS = {
    "list": "const all = [main]; for (const x of all) EACH;",
    "index": "const all = [0, main]; { const x = all[1]; EACH; }",
    "let": "const all = []; all[0] = main; for (const x of all) EACH;",
    "pushed": "const all = []; all.push(main); all.forEach((x) => { EACH; });",
    "values": "const all = { main }; Object.values(all).forEach((x) => { EACH; });",
    "entries": "const all = { main }; for (const [key, x] of Object.entries(all)) EACH;",
    "for-in": "const all = { main }; for (const key in all) { const x = all[key]; EACH; }",
    "nested": (
        "const all = { deep: { list: [main] } }; const { deep } = all; const x "
        "= deep.list[0]; EACH;"
    ),
    "spread": "const some = [main]; const all = [...some, ...[]]; for (const x of all) EACH;",
    "chained": "const [x] = [main].concat([]).filter(Boolean).slice(); EACH;",
    "map": 'const all = new Map([["m", main]]); { const x = all.get("m"); EACH; }',
    "map-set": 'const all = new Map(); all.set("m", main); for (const [key, x] of all) EACH;',
    "map-each": 'const all = new Map([["m", main]]); all.forEach((x) => { EACH; });',
    "set": "const all = new Set([main]); for (const x of all) EACH;",
    "while": "const all = [main]; let i = 0; while (i < all.length) { const x = all[i++]; EACH; }",
    "reduce": "[main].reduce((made, x) => { EACH; return made; }, 0);",
    "mapped": "const all = [main].map((x) => { EACH; return x; });",
    "function": "function harden(x) { EACH; return x; }\nconst hard = harden(main);",
    "default": "const harden = (x = main) => { EACH; }; harden(main);",
    "of-list": "function harden(list) { for (const x of list) EACH; } harden([main]);",
    "options": (
        "function harden({ agents }) { agents.forEach((x) => { EACH; }); } "
        "harden({ agents: [main] });"
    ),
    "rest": "function harden(first, ...rest) { for (const x of rest) EACH; } harden(1, main);",
    "arguments": "function harden() { const x = arguments[0]; EACH; } harden(main);",
    "passed-on": (
        "const set = (x) => { EACH; }; function harden(list) { list.forEach(set); } harden([main]);"
    ),
    "call": "function harden(x) { EACH; } harden.call(null, main);",
    "apply": "function harden(x) { EACH; } harden.apply(null, [main]);",
    "getter": "const get = () => main; { const x = get(); EACH; }",
    "async": "const get = async () => [main]; for (const x of await get()) EACH;",
    "promise": "const [x] = await Promise.all([main]); EACH;",
    "method": "const helper = { harden(x) { EACH; } }; helper.harden(main);",
    "registry": (
        "const all = { list: [main], each() { return this.list; } }; for "
        "(const x of all.each()) EACH;"
    ),
    "class": "class All { constructor(x) { EACH; } } new All(main);",
    "field": (
        "class All { list = [main]; fix() { for (const x of this.list) EACH; } } new All().fix();"
    ),
    "this": (
        "class All { constructor(list) { this.list = list; } } const all = new "
        "All([main]); const x = all.list[0]; EACH;"
    ),
    "static": "class All { static main = main; } { const x = All.main; EACH; }",
    "frozen": "const [x] = Object.freeze([main]); EACH;",
    "chosen": "const x = process.env.NEVER ? null : main; EACH;",
}
CHANGES = {
    "set": 'x.instructions = "Own."',
    "computed": '["instructions"].forEach((name) => { x[name] = "Own."; })',
    "assign": 'Object.assign(x, { instructions: "Own." })',
    "define": 'Object.defineProperty(x, "instructions", { value: "Own." })',
    "reflect": 'Reflect.set(x, "instructions", "Own.")',
    "pattern": '[x.instructions] = ["Own."]',
    "tools": "x.tools = [1]",
    "pushed": "x.tools.push(1)",
}
READS = ("console.error(x.name)", "x.tools.map((each) => each.name)", "use(x.tools)")


def agent_of(source: str) -> AgentSpec:
    return manifest_of(f"{IMPORT}{source}\nexport {{ main }};").agents["main"]


def in_node(sources: list[str]) -> list[dict[str, object]]:
    """Return what Node makes of the agent of each program."""
    bodies = [f"await (async () => {{ {each}{SHOW} }})();" for each in sources]
    script = CLASS + "\n".join(bodies)
    command = [node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_set_under_another_name_counts(way: str) -> None:
    sources = [MAIN + WAYS[way].replace("EACH", change) for change in CHANGES.values()]
    judged = in_node(sources)
    assert len(judged) == len(sources)
    for change, source, right in zip(CHANGES, sources, judged, strict=True):
        agent = agent_of(source)
        asked = {each.part for each in agent.asked}
        is_told = agent.system == right["system"] and len(agent.tools) == right["tools"]
        is_asked = not asked.isdisjoint({AgentPart.INSTRUCTIONS, AgentPart.TOOLS})
        assert agent.disabled or is_asked or is_told, change
        assert right["system"] == "Own." or right["tools"] == 1, change


@pytest.mark.parametrize("way", WAYS)
def test_agents_that_are_only_read_stay_known(way: str) -> None:
    for read in READS:
        agent = agent_of(MAIN + WAYS[way].replace("EACH", read))
        assert agent.system == "Be kind.", read
        assert not agent.asked, read
        assert not agent.disabled, read


def test_guards_that_a_loop_adds_are_asked_or_disable_the_agent() -> None:
    guard = "x.inputGuardrails.push({ name: 'no', execute: async () => ({}) })"
    for way in WAYS.values():
        agent = agent_of(MAIN + way.replace("EACH", guard))
        asked = {hook.name for hook in agent.hooks}
        assert agent.disabled or HookName.INPUT_GUARDRAILS in asked, way


def test_agents_in_literals_are_followed() -> None:
    made = 'new Agent({ name: "m", instructions: "Be kind.", model: "m" })'
    source = f"{IMPORT}export const agents = {{ main: {made}, other: {made} }};\n"
    agents = manifest_of(f'{source}agents.main.instructions = "Own.";').agents
    assert [each.part for each in agents["main"].asked] == [AgentPart.INSTRUCTIONS]
    assert not agents["other"].asked
