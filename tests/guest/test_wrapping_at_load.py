"""Statements that were to change tools, and failed: those tools do not run as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.guest.top_levels import Statement, bundled

TOOLS = """
const tools = { t: { execute: () => 'ran' }, other: { execute: () => 'ran' } };
const free = { f: { execute: () => 'ran' } };
const registry = new Map([['t', tools.t]]);
const log = (...all) => {}, logger = { info() {}, child: { warn() {} } };
const policies = () => JSON.parse(process.env.POLICIES);
const guard = (execute, policy) => (input) => { if (policy.t) return execute(input); };
export const agents = { main: { tools }, rest: { tools: free } };
"""


def load(sandbox: Sandbox, source: str) -> Loaded:
    """Load a program as a worker does for the second time."""
    return sandbox.load(source, recovers=True)


ALL = {
    "function of tools": "function guardAll(all) { const policy = policies();"
    " for (const each of Object.values(all)) each.execute = guard(each.execute, policy); }"
    " guardAll(tools);",
    "function of an object with them": "const all = ({ tools }) => { const policy = policies();"
    " for (const key in tools) tools[key] = { execute: guard(tools[key].execute, policy) }; };"
    " all({ tools });",
    "function without arguments": "const guardAll = () => { const policy = policies();"
    " Object.values(tools).forEach((each) => { each.execute = guard(each.execute, policy); }); };"
    " guardAll();",
    "function that calls another one": "function wrap(each) { each.execute = guard(each.execute,"
    " policies()); } function guardAll() { for (const k of Object.keys(tools)) wrap(tools[k]); }"
    " guardAll();",
    "agents": "function secure(all) { const policy = policies(); for (const agent of"
    " Object.values(all)) for (const each of Object.values(agent.tools)) each.execute = policy; }"
    " secure({ main: agents.main });",
    "missing function": "guardAll(tools);",
    "missing method": "registry.guardAll();",
    "method of an object": "const guards = { apply(all) { all.t.execute = policies(); } };"
    " guards.apply(tools);",
    "class": "class Guards { apply(all) { all.t.execute = policies(); } }"
    " new Guards().apply(tools);",
    "loop": "for (const each of Object.values(tools)) each.execute ="
    " guard(each.execute, policies());",
    "loop over keys": "for (const key in tools) tools[key] = wrap(tools[key], policies());",
    "loop by index": "const list = Object.values(tools);"
    " for (let i = 0; i < list.length; i++) list[i].execute = guard(list[i].execute, policies());",
    "while": "let rest = Object.values(tools); while (rest.length) { const each = rest.pop();"
    " each.execute = guard(each.execute, policies()); }",
    "forEach": "Object.values(tools).forEach((each) => { each.execute = wrap(each.execute); });",
    "forEach of a function": "const wrap = (each) => { each.execute = guard(each.execute,"
    " policies()); }; Object.values(tools).forEach(wrap);",
    "map of entries": "Object.entries(tools).map(([key, each]) => { tools[key] = policies(); });",
    "assign": "Object.assign(tools, wrapped(tools));",
    "define": "Object.defineProperty(tools, 't', { value: wrapped(tools.t) });",
    "block": "{ const policy = policies(); tools.t.execute = guard(tools.t.execute, policy); }",
    "condition": "if (true) { tools.t.execute = guard(tools.t.execute, policies()); }",
    "alias in a block": "{ const all = tools; const policy = policies(); all.t = policy; }",
    "try": "try { guardAll(tools); } finally { log(); }",
    "sequence": "0, guardAll(tools), 1;",
    "awaited": "const guardAll = async (all) => { all.t.execute = policies(); };"
    " await guardAll(tools);",
    "awaited without end": "const guardAll = async (all) => { await new Promise(() => {});"
    " all.t.execute = null; }; await guardAll(tools);",
    "chain": "guards().of(tools).apply();",
    "optional call": "globalThis.guards.all?.(tools);",
    "function of another module": "(0, globalThis.guards.all)(tools);",
    "template": "guards`${tools}`;",
    "value that is not used": "const guardAll = (all) => { const policy = policies();"
    " for (const each of Object.values(all)) each.execute = guard(each.execute, policy);"
    " return true; }; const ok = guardAll(tools);",
    "global": "globalThis.everything = tools; guardAll(globalThis.everything);",
    "new": "class Guard { constructor(all) { const policy = policies();"
    " all.t.execute = policy; } } new Guard(tools);",
    "text before it": "'/'.length, /[/]['(]/.test('}'), guardAll(/* ) */ tools);",
}
HARMLESS = {
    "no arguments": "missing.thing();",
    "condition": "if (agents) { missing.thing(); }",
    "console": "console.log(tools, missing.thing());",
    "logger": "logger.info('tools', tools, missing.thing());",
    "logger's child": "logger.child.warn(tools, missing.thing);logger.child.warn({ tools },"
    " missing());",
    "server": "const app = { agents, listen() { throw new TypeError('no'); } }; app.listen(3000);",
    "program": "const program = { agents, parse() { null.x; } }; program.parse(process.argv);",
    "function that only reads": "const main = async () => { const names = Object.keys(tools);"
    " await missing.run(names); }; await main();",
    "own call": "const run = (agent, text) => { if (!text) return missing.thing();"
    " return missing.query(agent, text); }; await run(agents.main, 'hello');",
    "function of a library's module": "const exported = {}, run = (agent) => missing.query(agent);"
    " Object.defineProperty(exported, 'run', { get: () => run, enumerable: true });"
    " await (0, exported.run)(agents.main); await exported.run(agents.main);",
    "method of an agent": "agents.main.generate = async () => { await missing.query(); };"
    " await agents.main.generate('hello');",
    "value": "const answer = ((agent) => missing.query(agent))(agents.main);",
    "handler": "const app = { get(path, handle) { missing.thing(); } };"
    " app.get('/', async () => { await tools.t.execute({}); });",
    "another object": "const other = { a: { execute() {} } };"
    " for (const each of Object.values(other)) each.execute = missing(each);",
    "name of a member": "missing.tools(missing.agents);",
    "text": "missing('tools', `agents`, /tools/); // tools",
}


@pytest.mark.parametrize("name", ALL)
def test_what_was_to_be_wrapped_does_not_run_unwrapped(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, TOOLS + ALL[name])
    failure = loaded.call("t").failure
    assert failure.kind.name == "LOAD_FAILED", failure
    assert "bundle.js:" in failure.message
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.parametrize("name", HARMLESS)
def test_statement_that_changes_no_tool_takes_none_away(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, TOOLS + HARMLESS[name])
    assert loaded.ran.outcome.incomplete is not None
    assert loaded.call("t").value == "ran"
    assert loaded.call("f", agent="rest").value == "ran"


def test_one_tool_is_wrapped_alone(sandbox: Sandbox) -> None:
    loaded = load(sandbox, TOOLS + "guardOne(tools.t, 'strict');")
    assert loaded.call("t").kind == "LOAD_FAILED"
    assert loaded.call("other").value == "ran"


@pytest.mark.parametrize(
    "made",
    [
        "export const later = { tools: { t: { ...raw } } };",
        "export const later = { tools: { t: { execute: (input) => raw.execute(input) } } };",
        "export const later = { tools: { t: { execute: raw.execute } } };",
        "export const later = { tools: Object.fromEntries([['t', raw]]) };",
    ],
)
def test_what_is_made_of_it_later_does_not_run(sandbox: Sandbox, made: str) -> None:
    source = "const raw = { execute: () => 'ran' }; guardAll([raw]);" + made
    assert load(sandbox, source).call("t", agent="later").kind == "LOAD_FAILED"


def test_factories_that_were_to_be_wrapped_do_not_run(sandbox: Sandbox) -> None:
    source = """
      const tools = { t: (context) => ({ execute: () => 'ran' }) };
      export const agents = { main: { tools } };
      guardAll(tools);
    """
    assert load(sandbox, source).call("t").kind == "LOAD_FAILED"


def test_statement_whose_reach_has_no_end_takes_every_tool(sandbox: Sandbox) -> None:
    source = TOOLS + "const many = Array.from({ length: 30000 }, () => ({})); guardAll(many);"
    assert load(sandbox, source).call("t").kind == "LOAD_FAILED"


@pytest.mark.parametrize(
    ("head", "tool"),
    [
        ("import { createTool } from 'lightfast/tool';", "createTool"),
        ("import { tool as make } from 'ai';", "make"),
        ("import { createTool } from '@mastra/core/tools';", "createTool"),
        ("import { tool as make } from '@openai/agents';", "make"),
    ],
)
@pytest.mark.parametrize("made", ["raw", "{ ...raw }"])
def test_tools_of_frameworks_that_were_to_be_wrapped_do_not_run(
    sandbox: Sandbox, head: str, tool: str, made: str
) -> None:
    source = f"""{head}
      import {{ z }} from "zod";
      const inputSchema = z.object({{}});
      const parameters = inputSchema, execute = () => 'ran';
      const raw = {tool}({{ name: "t", inputSchema, parameters, execute }});
      guardAll({{ all: [raw] }});
      export const agents = {{ main: {{ tools: {{ t: {made} }} }} }};
    """
    assert load(sandbox, source).call("t").kind == "LOAD_FAILED"


QUICK = ["function without arguments", "agents", "loop", "forEach of a function", "new", "awaited"]


class Wrapping(Statement):
    """A program with tools, and the statement that was to change them."""

    @property
    def source(self) -> str:
        """The whole program, as a module."""
        return TOOLS + self.text


def test_nothing_runs_unwrapped_in_any_form_of_a_bundle(
    sandbox: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    names = list(ALL) if request.config.getoption("--soak") else QUICK
    statements = [Wrapping(ALL[name], awaits="await guardAll" in ALL[name]) for name in names]
    for name, forms in zip(names, bundled(statements, tmp_path), strict=True):
        for form, source in forms.items():
            module = form in {"source", "esm", "esm minified"}
            loaded = sandbox.load(source, module=module, recovers=True)
            assert loaded.call("t").kind == "LOAD_FAILED", (name, form)
            assert loaded.call("f", agent="rest").value == "ran", (name, form)
