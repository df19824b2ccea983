"""Agents that exported values hold, and those that exported functions make."""

from __future__ import annotations

import pytest

from services.executor.agent.factories import diagnostics_of, with_arguments
from services.executor.agent_parts import Factory
from services.executor.errors import RequestError
from tests.finding.programs import OPENAI, loaded, read, told
from tests.guest.sandboxed import Sandbox

AI = """import { ToolLoopAgent, tool } from "ai";
const inputSchema = { type: "object", properties: {} };
const own = (n) => tool({ description: "d", inputSchema, execute: async () => n });
const made = (n) =>
  new ToolLoopAgent({ model: "m", instructions: `I am ${n}.`, tools: { own: own(n) } });
"""

# By program, the keys of its agents and what the tool of each gives.
HELD = {
    "a list": ("export const list = [made(1), made(2)];", {"list[0]": 1, "list[1]": 2}),
    "a map": ("export const byName = { x: made(1), y: made(2) };", {"byName.x": 1, "byName.y": 2}),
    "a map in a list in a map": (
        "export const a = { b: [{ c: made(1) }] };",
        {"a.b[0].c": 1},
    ),
    "a map as default": ("export default { x: made(1) };", {"default.x": 1}),
    "an agent that a list holds, too": (
        "export const one = made(1);\nexport const list = [one, made(2)];",
        {"one": 1, "list[1]": 2},
    ),
    "static fields": (
        "export class Team { static lead = made(1); static #own = 1; }",
        {"Team.lead": 1},
    ),
    "fields of an instance": (
        (
            "class Team { lead = made(1); constructor(n) { this.other = made(n); this.n = n; } }\n"
            "export const team = new Team(4);"
        ),
        {"team.lead": 1, "team.other": 4},
    ),
    "a function without parameters": (
        "export function helper() { return made(3); }",
        {"helper()": 3},
    ),
    "an async function": ("export const helper = async () => made(3);", {"helper()": 3}),
    "a function of a map": ("export const make = { helper: () => made(3) };", {}),
    "beside an object of agents": (
        (
            "export const lone = made(1);\nconst kept = made(2);\n"
            "export default { agents: { kept } };"
        ),
        {"kept": 2, "lone": 1},
    ),
}


@pytest.mark.parametrize(("body", "agents"), HELD.values(), ids=HELD.keys())
def test_held_agents_are_read_and_run(sandbox: Sandbox, body: str, agents: dict[str, int]) -> None:
    source = AI + body + "\nexport const first = made(9);\n"
    manifest = read(source)
    assert {key: each.system for key, each in manifest.agents.items()} == {
        "first": "I am 9.",
        **{key: f"I am {value}." for key, value in agents.items()},
    }
    program = loaded(sandbox, source, manifest)
    for key, value in agents.items():
        assert program.call("own", {}, agent=key).value == value


FACTORY = AI + (
    "export function helper({ tone = 'dry', n } = {}) {\n"
    "  const tools = { own: own([tone, n]) };\n"
    "  return new ToolLoopAgent({ model: 'm', instructions: 'Help.', tools });\n"
    "}\n"
    "export const spoken = (tone = 'dry') =>\n"
    "  new ToolLoopAgent({ model: 'm', instructions: `Be ${tone}.`, tools: { own: own(tone) } });\n"
)


def test_arguments_of_a_request_reach_the_function(sandbox: Sandbox) -> None:
    manifest = read(FACTORY)
    program = loaded(sandbox, FACTORY, manifest)
    helper = manifest.agents["helper()"]
    assert helper.factory == Factory(("",), varies=False)
    given = with_arguments(helper, [{"tone": 'a "b" (c)', "n": 1}])
    assert program.call("own", {}, agent=given.key).value == ['a "b" (c)', 1]
    assert program.call("own", {}, agent=helper.key).value == ["dry", None]


def test_the_manifest_has_what_the_function_makes_without_arguments() -> None:
    spoken = read(FACTORY).agents["spoken()"]
    assert (spoken.system, spoken.factory) == ("Be dry.", Factory(("tone",), varies=True))


def test_arguments_that_change_what_was_read_are_refused() -> None:
    agents = read(FACTORY + "export const plain = made(1);").agents
    with pytest.raises(RequestError, match="Arguments change what the agent"):
        with_arguments(agents["spoken()"], ["kind"])
    with pytest.raises(RequestError, match="not made by a function"):
        with_arguments(agents["plain"], [1])
    assert with_arguments(agents["plain"], None) is agents["plain"]


def test_functions_of_the_framework_make_no_agent() -> None:
    source = AI + "export const make = (o) => new ToolLoopAgent(o);\nexport const one = made(1);\n"
    assert list(read(source).agents) == ["one"]


def test_a_function_that_makes_no_agent_fails_its_call(sandbox: Sandbox) -> None:
    program = sandbox.load("export const helper = () => 5;")
    failure = program.call("own", {}, agent="helper()").failure
    assert failure.message == '"helper()" of the bundle returned no agent'


@pytest.mark.parametrize(
    "definition",
    [
        '{ name: "A" }',
        '{ name: "A", mcpServers: [] }',
        '{ name: "A", prompt: { promptId: "p" } }',
        '{ name: "A", outputType: z.object({ a: z.string() }) }',
        '{ name: "A", handoffDescription: "d" }',
    ],
)
@pytest.mark.parametrize("made", ["new Agent", "Agent.create"])
def test_every_instance_of_the_class_is_an_agent(made: str, definition: str) -> None:
    manifest = read(OPENAI + f"export const a = {made}({definition});\n")
    assert (list(manifest.agents), manifest.agents["a"].name) == (["a"], "A")


# What is set after construction, and the instructions and tools that then count; None where only
# running tells.
CHANGES = {
    "set": ('a.instructions = "New.";', "New.", ["own"]),
    "set twice": ('a.instructions = "One."; a.instructions = "Two.";', "Two.", ["own"]),
    "a list set": ("a.tools = [];", "Old.", []),
    "a tool pushed": ("a.tools.push(other);", "Old.", ["own", "other"]),
    "set in a condition": ("if (process.env.X) a.tools = [];", "Old.", None),
    "set in a function": ("function set() { a.tools = []; }\nset();", "Old.", None),
    "pushed in a loop": ("for (const t of [other]) a.tools.push(t);", "Old.", None),
    "under another name": ("const b = a;\nb.tools = [];", "Old.", None),
    "by a function": ("function change(x) { x.tools = []; }\nchange(a);", "Old.", None),
    "by assign": ('Object.assign(a, { instructions: "New." });', "", None),
}


@pytest.mark.parametrize(("change", "system", "tools"), CHANGES.values(), ids=CHANGES.keys())
def test_what_is_set_after_construction_counts(
    change: str, system: str, tools: list[str] | None
) -> None:
    source = OPENAI + (
        'const other = tool({ name: "other", description: "d", parameters, execute: () => 1 });\n'
        'const a = new Agent({ name: "A", instructions: "Old.", tools: [own(1)] });\n'
        f"{change}\nexport {{ a }};\n"
    )
    manifest = read(source)
    assert manifest.agents["a"].system == system
    if tools is None:
        assert manifest.agents["a"].tools == {}
        assert "set at an unknown time" in told(manifest)
    else:
        assert list(manifest.agents["a"].tools) == tools


def test_what_is_set_on_a_tool_counts() -> None:
    source = OPENAI + (
        "const t = own(1);\nt.needsApproval = true;\n"
        'export const a = new Agent({ name: "A", instructions: "i", tools: [t] });\n'
    )
    assert read(source).agents["a"].tools["own"].needs_approval


def test_a_write_below_the_definition_makes_that_part_unknown() -> None:
    source = AI + "const a = made(1);\na.settings.tools = {};\nexport { a };\n"
    manifest = read(source)
    assert (manifest.agents["a"].system, manifest.agents["a"].tools) == ("I am 1.", {})
    assert "`tools` is set at an unknown time" in told(manifest)


def test_handoffs_may_be_set_later_and_refer_to_each_other() -> None:
    source = OPENAI + (
        'export const faq = new Agent({ name: "FAQ", instructions: "i" });\n'
        'export const triage = new Agent({ name: "Triage", instructions: "i", handoffs: [faq] });\n'
        "faq.handoffs = [triage];\n"
    )
    agents = read(source).agents
    assert [link.agent for link in agents["faq"].handoffs] == ["triage"]
    assert [link.agent for link in agents["triage"].handoffs] == ["faq"]


def test_a_run_is_told_of_its_own_agent_alone() -> None:
    source = OPENAI + (
        'export const a = new Agent({ name: "A", instructions: now() });\n'
        'export const team = { a: new Agent({ name: "B", instructions: now() }) };\n'
        "import('./x.js');\n"
    )
    manifest = read(source)
    paths = {each.path for each in diagnostics_of(manifest, manifest.agents["team.a"])}
    assert {path for path in paths if path.startswith("agents.")}
    assert all(path.startswith("agents.team.a") for path in paths if path.startswith("agents."))
    own = {each.path for each in diagnostics_of(manifest, manifest.agents["a"])}
    assert not any(path.startswith("agents.team") for path in own)


def test_search_of_exported_data_ends_with_a_note() -> None:
    data = "export const data = [" + "{ a: 1 }," * 300 + "];\n"
    agents = "export const more = { x: made(1) };\nexport const helper = () => made(2);\n"
    manifest = read(AI + data + agents)
    assert list(manifest.agents) == ["helper()"]
    note = "only the first 400 values that exports hold are searched for agents"
    assert [each.reason for each in manifest.diagnostics if each.reason == note] == [note]
    few = read(AI + data.replace("{ a: 1 },", "1,") + agents)
    assert set(few.agents) == {"more.x", "helper()"}
    assert note not in told(few)


def test_long_list_is_searched_to_the_limit() -> None:
    source = AI + "export const list = [" + "1," * 399 + "made(1), made(2)];\n"
    manifest = read(source)
    assert list(manifest.agents) == ["list[399]"]
    assert "only the first 400 values" in told(manifest)


def test_what_is_set_through_a_name_for_one_of_two_agents_is_told() -> None:
    source = OPENAI + (
        'const base = new Agent({ name: "A", instructions: "Old." });\nlet override;\n'
        'const faq = override ?? base;\nfaq.instructions = "New.";\nexport { faq };\n'
    )
    note = "`faq.instructions` is set on the result of a call, and not followed"
    assert note in told(read(source))
    assert note not in told(read(source.replace("override ?? base", "base")))
