"""Programs that end themselves as they load: no tool runs without what the rest restricts it by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.guest.top_levels import Statement, bundled
from tests.repeats import some

TOOLS = """
const policy = { deny: [] };
const tools = {
  t: { inputGuardrails: [], execute: () => policy.deny.length > 0 ? 'held' : 'ran' },
  other: { execute: () => 'ran' },
};
class Base { run() { return 'ran'; } }
const made = new Base();
const free = { f: { execute: () => 'ran' }, m: { execute: () => made.run() } };
const held = (execute) => () => 'held';
const guarded = (tool) => ({ ...tool, execute: held(tool.execute) });
function guardAll(all) { for (const each of Object.values(all)) each.execute = held(each.execute); }
const check = () => { if (!globalThis.KEY) throw new Error('KEY is required'); };
export const agents = { main: { tools }, rest: { tools: free } };
"""
ENDS = {
    "throw": "throw new Error('KEY is required');",
    "throw of a text": "throw 'KEY is required';",
    "guard": "if (!globalThis.KEY) throw new Error('KEY is required');",
    "guard in a block": "{ const key = globalThis.KEY; if (!key) { throw new Error('no key'); } }",
    "guard in a function called at once": "(() => { if (!globalThis.KEY) throw Error('no'); })();",
    "guard of a value": "const key = (() => { throw new Error('KEY is required'); })();",
    "call of a guard": "check();",
    "assertion": "import assert from 'node:assert'; assert(globalThis.KEY, 'KEY is required');",
    "exit": "process.exit(1);",
    "exit in a condition": "globalThis.KEY || process.exit(1);",
    "exit in a function": "const end = (code) => process.exit(code); end(1);",
    "exit while making a value": "const config = globalThis.KEY ?? process.exit(1);",
    "abort": "process.abort();",
    "kill": "process.kill(process.pid);",
    "kill with a signal": "process.kill(process.pid, 'SIGTERM');",
}
AWAITED = {
    "awaited guard": "const later = async () => { throw new Error('no key'); }; await later();",
    "guard after an await": "await null; if (!globalThis.KEY) throw new Error('KEY is required');",
}
# Not an end: the rest of the program runs.
GOES_ON = {
    "unhandled rejection": "Promise.reject(new Error('no'));",
    "call that rejects": "const main = async () => { throw new Error('no'); }; main();",
    "awaited without end": "await new Promise(() => {});",
    "awaited run without end": "const run = async () => { await new Promise(() => {}); };"
    " await run(agents.main);",
    "interval": "setInterval(() => {}, 1000);",
    "kill of another process": "process.kill(4711);",
    "question whether it is there": "process.kill(process.pid, 0);",
}
RESTRICTS = {
    "needsApproval": "tools.t.needsApproval = true;",
    "needsApproval by key": "tools['t']['needsApproval'] = () => true;",
    "needsApproval in a loop": "for (const each of Object.values(tools))"
    " each.needsApproval = true;",
    "needsApproval by a computed key": "const name = 't'; tools[name].needsApproval = true;",
    "isEnabled": "tools.t.isEnabled = () => false;",
    "wrapper": "tools.t = guarded(tools.t);",
    "wrapper of execute": "tools.t.execute = held(tools.t.execute);",
    "wrapper in a function": "guardAll(tools);",
    "wrapper in a declaration": "const count = (() => { guardAll(tools); return 2; })();",
    "wrapper in a condition": "if (tools.t) { tools.t = guarded(tools.t); }",
    "new tools": "agents.main.tools = { t: guarded(tools.t), other: tools.other };",
    "delete": "delete tools.t;",
    "delete of execute": "delete tools.t.execute;",
    "assign": "Object.assign(tools.t, { needsApproval: true });",
    "define": "Object.defineProperty(tools.t, 'needsApproval', { value: true });",
    "list of what is denied": "policy.deny.push('t');",
    "new list of what is denied": "policy.deny = ['t'];",
}
# What runs it would change nothing of here, so only a program that ended shows it.
CLOSES = {
    "guardrail": "tools.t.inputGuardrails.push({ name: 'g', run: () => ({}) });",
    "list of guardrails": "tools.t.inputGuardrails = [{ name: 'g', run: () => ({}) }];",
    "guardrail of its agent": "agents.main.hooks = {}; agents.main.hooks.before.push(check);",
    "prototype": "Object.setPrototypeOf(tools.t, { needsApproval: true });",
}
HARMLESS = {
    "nothing": "",
    "function": "function more() { guardAll(tools); }",
    "function in a variable": "const more = () => { guardAll(tools); },"
    " most = function () { more(); };",
    "class": "class Strict extends Base { run() { guardAll(tools); } }",
    "another tool": "tools.late = { execute: () => 'late' };",
    "another tool by a function": "tools.late = guarded({ execute: () => 'late' });",
    "another agent": "agents.late = { tools: { t: { execute: () => 'late' } } };",
    "object of the agents": "class App { constructor(given) { this.given = given; } }"
    " const app = new App({ agents });",
    "log": "console.log('agents', agents, tools);",
    "server": "import http from 'node:http'; http.createServer(() => {}).listen(3000);",
    "run": "async function run(agent) { return agent.tools; } await run(agents.main);",
    "interval": "setInterval(() => { console.log(tools); }, 1000);",
    "alias": "const same = tools, list = [tools.t];",
    "number": "let count = 0; count += tools.length;",
    "schema": "const schema = { type: 'object', properties: { t: tools.t.inputSchema } };",
}
PAIRS = [(end, rest) for rest in [*RESTRICTS, *CLOSES] for end in [*ENDS, *AWAITED]]


def load(sandbox: Sandbox, text: str) -> Loaded:
    """Load a program as a worker does for the second time."""
    return sandbox.load(TOOLS + text, recovers=True)


def is_held(loaded: Loaded, tool: str = "t", agent: str = "main") -> bool:
    """Whether a tool does not do what it did before it was to be restricted."""
    ran = loaded.call(tool, agent=agent)
    return ran.outcome.failure is not None or ran.value != "ran"


@pytest.mark.parametrize(("end", "rest"), some(PAIRS, 7))
def test_tool_that_the_rest_restricts_is_closed(sandbox: Sandbox, end: str, rest: str) -> None:
    loaded = load(sandbox, {**ENDS, **AWAITED}[end] + "\n" + {**RESTRICTS, **CLOSES}[rest])
    failure = loaded.call("t").failure
    assert failure.kind.name in {"LOAD_FAILED", "NEEDS_APPROVAL"}, failure
    assert "bundle.js:" in failure.message
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.parametrize("rest", RESTRICTS)
def test_rest_of_a_program_that_goes_on_holds(sandbox: Sandbox, rest: str) -> None:
    for goes_on in GOES_ON.values():
        assert is_held(load(sandbox, goes_on + "\n" + RESTRICTS[rest])), goes_on


@pytest.mark.parametrize("rest", HARMLESS)
def test_rest_that_restricts_nothing_closes_nothing(sandbox: Sandbox, rest: str) -> None:
    for name in some([*ENDS, *AWAITED], 5):
        loaded = load(sandbox, {**ENDS, **AWAITED}[name] + "\n" + HARMLESS[rest])
        assert loaded.ran.outcome.incomplete is not None
        assert loaded.call("t").value == "ran", name
        assert loaded.call("other").value == "ran", name
        assert loaded.call("f", agent="rest").value == "ran", name


def test_method_that_is_replaced_later_is_not_called(sandbox: Sandbox) -> None:
    assert (
        load(sandbox, "Base.prototype.run = () => 'held';").call("m", agent="rest").value == "held"
    )
    loaded = load(sandbox, "process.exit(1); Base.prototype.run = () => 'held';")
    assert loaded.call("m", agent="rest").kind == "LOAD_FAILED"


def test_variables_that_the_rest_makes_answer_nothing(sandbox: Sandbox) -> None:
    early = "export const first = { tools: { t: { execute: () => denied?.t ? 'held' : 'ran' } } };"
    for made in ("var denied = list();", "var denied; denied = { t: true, ...more };"):
        loaded = load(sandbox, early + "process.exit(1);" + made)
        assert loaded.call("t", agent="first").kind == "LOAD_FAILED", made
    for given in ("var denied = { t: true };", "var denied; denied = { 't': tools };"):
        loaded = load(sandbox, early + "process.exit(1);" + given)
        assert is_held(loaded, agent="first"), given


def test_sentence_says_that_the_program_ended(sandbox: Sandbox) -> None:
    message = load(sandbox, "process.exit(1);\nguardAll(tools);").call("t").failure.message
    assert "did not run, since the program had ended" in message
    assert "process.exit(1)" in message


def test_rest_that_is_too_long_to_read_closes_all(sandbox: Sandbox) -> None:
    rest = "f('%s');\n" % ("x" * 1000) * 1200
    assert load(sandbox, "process.exit(1);\n" + rest).call("t").kind == "LOAD_FAILED"


class Ended(Statement):
    """A program with tools that ends itself, with what comes after that."""

    @property
    def source(self) -> str:
        """The whole program, as a module."""
        return TOOLS + self.text


def test_closed_in_every_form_of_a_bundle(sandbox: Sandbox, tmp_path: Path) -> None:
    rests = some([*RESTRICTS], 4)
    ends = some([*ENDS], 4)
    names = [(end, rest) for end in ends for rest in rests]
    programs: list[Statement] = [Ended(f"{ENDS[end]}\n{RESTRICTS[rest]}") for end, rest in names]
    for name, forms in zip(names, bundled(programs, tmp_path), strict=True):
        for form, source in forms.items():
            module = form in {"source", "esm", "esm minified"}
            loaded = sandbox.load(source, module=module, recovers=True)
            assert is_held(loaded), (name, form)
            assert loaded.call("f", agent="rest").value == "ran", (name, form)


MADE = "const agents = { main: { tools: { t: { execute: () => 'ran' } } } };"
REACHED = 'Object.defineProperty(exports, "agents", { enumerable: true, get: () => agents });'


@pytest.mark.parametrize(
    "form",
    [
        "(() => { BODY EXPORT })();",
        "!function () { 'use strict'; BODY EXPORT }();",
        "BODY\nEXPORT",
        "var program = (function (exports) { BODY return exports; })({});",
        "/* é */ 'use strict'; const program = (() => { BODY return { agents }; })();",
        "var program = (() => { let agents; (() => { BODY })(); return { agents }; })();",
    ],
)
def test_function_around_everything_gives_what_was_made(sandbox: Sandbox, form: str) -> None:
    exported = "exports.agents = agents;" if "(exports)" in form else ""
    made = MADE.removeprefix("const ") if "let agents" in form else MADE
    for end in ("throw new Error('no');", "process.exit(1);", "missing.thing();"):
        body = made + exported + end
        source = form.replace("BODY", body).replace("EXPORT", REACHED)
        loaded = sandbox.load(source, module=False, recovers=True)
        incomplete = loaded.ran.outcome.incomplete
        assert incomplete is not None, (form, end)
        assert [each.key for each in incomplete.agents] == ["main"], (form, end)
        assert loaded.call("t").value == "ran", (form, end)


def test_value_of_a_function_around_everything_is_held_too(sandbox: Sandbox) -> None:
    body = MADE + "throw new Error('no'); agents.main.tools.t.needsApproval = true;"
    source = f"var program = (() => {{ {body} return {{ agents }}; }})();"
    assert is_held(sandbox.load(source, module=False, recovers=True))


LEFT = "const agents = { main: { tools: { t: { execute: () => 'ran' } } } }; END"
AROUND = {
    "assigned": "module.exports = (() => { BODY return { agents }; })();",
    "assigned, a function": "module.exports = (function () { BODY return { agents }; }());",
    "one export": "exports.agents = (() => { BODY return agents; })();",
    "taken apart": "const { agents } = (() => { BODY return { agents }; })();"
    " exports.agents = agents;",
    "taken apart, renamed": "var { agents: a } = (() => { BODY return { agents }; })();"
    " module.exports = { agents: a };",
    "taken apart, a list": "const [agents] = (() => { BODY return [agents]; })();"
    " exports.agents = agents;",
    "a member": "const agents = (() => { BODY return { agents }; })().agents;"
    " exports.agents = agents;",
    "set later": "let x; x = (() => { BODY return { agents }; })(); module.exports = x;",
    "between others": "var a = 1, x = (() => { BODY return { agents }; })(), b = 2;"
    " module.exports = x;",
    "in a variable outside": "var x; (() => { BODY x = { agents }; })(); module.exports = x;",
    "in a function": "module.exports = (() => { return (() => { BODY return { agents }; })();"
    " })();",
    "called with this": "module.exports = (() => { BODY return { agents }; }).call(this);",
    "given an object": "module.exports = (function (e) { BODY e.agents = agents; return e; })({});",
    "universal": "(function (root, factory) { if (typeof module === 'object' && module.exports)"
    " module.exports = factory(); else root.x = factory(); })"
    "(this, function () { BODY return { agents }; });",
    "universal, minified": '!function(e,t){"object"==typeof exports&&"object"==typeof module?'
    "module.exports=t():e.x=t()}(this,(()=>(()=>{ BODY return { agents }; })()));",
    "universal, with exports": "(function(g,f){typeof exports==='object'&&typeof module!="
    "='undefined'?f(exports):f(g.x={})})(this,function(exports){ BODY exports.agents=agents; });",
    "universal, of another root": "!function(t,e){'object'==typeof exports?module.exports=e():"
    "t.x=e()}('undefined'!=typeof self?self:this,(function(){ BODY return { agents }; }));",
    "module, exported": "export const { agents } = (() => { BODY return { agents }; })();",
    "module, default": "export default (() => { BODY return { agents }; })();",
    "module, passed on": "const x = (() => { BODY return { agents }; })();"
    " export const agents = x.agents;",
    "module, in an object": "const made = (() => { BODY return { agents }; })();"
    " export default { id: 'a', version: 1, agents: made.agents };",
}  # fmt: skip
LEFT_BY = {
    "throw": "throw new Error('no');",
    "guard": "if (!process.env.KEY) throw new Error('KEY is required');",
    "exit": "process.exit(1);",
    "failure": "missing.thing();",
    "value": "const value = missing.thing;",
}


@pytest.mark.parametrize("form", AROUND)
def test_function_that_was_left_half_way_gives_what_it_returns(sandbox: Sandbox, form: str) -> None:
    for name in some([*LEFT_BY], 2):
        end = LEFT_BY[name]
        source = AROUND[form].replace("BODY", LEFT.replace("END", end))
        loaded = sandbox.load(source, module=form.startswith("module"), recovers=True)
        assert loaded.ran.outcome.incomplete is not None, name
        assert loaded.call("t").value == "ran", name
        held = source.replace(end, f"{end} agents.main.tools.t.needsApproval = true;")
        closed = sandbox.load(held, module=form.startswith("module"), recovers=True)
        assert is_held(closed), name


def test_value_of_a_part_that_ended_is_not_made(sandbox: Sandbox) -> None:
    for part in (
        "const x = (() => { throw new Error('no'); })();",
        "const { x } = (() => { throw 1; })();",
    ):
        early = "export const first = { tools: { t: { execute: () => x?.t ? 'held' : 'ran' } } };"
        assert load(sandbox, early + part).call("t", agent="first").kind == "LOAD_FAILED", part
