"""A function that is most of a program fails statement by statement wherever it is written.

What the program catches of it must be caught here as well: Node is the judge.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.npm import node, node_environment
from tests.repeats import some

TIMEOUT_S = 60
# Most of a program is not what is around it, so the text is longer than that.
LONG = "const text = '" + 1_500 * "x" + "';"
MADE = LONG + " const agents = { main: { tools: { t: { execute: () => 'ran' } } } }; END"
FORMS = {
    "webpack, runtime": "(() => { var m = {}; var x = {}; (() => { BODY x.agents = agents; })();"
    " module.exports = x; })();",
    "webpack, getter": "(() => { var e = {}; BODY"
    " Object.defineProperty(e, 'agents', { get: () => agents }); module.exports = e; })();",
    "webpack, exports one by one": "(() => { var x = {}; (() => { BODY x.agents = agents; })();"
    " var t = exports; for (var i in x) t[i] = x[i]; })();",
    "ncc": "(() => { var m = ({ 1: ((module, exports) => { BODY module.exports = { agents }; }) });"
    " var c = {}; function r(id) { var has = c[id]; if (has !== undefined) return has.exports;"
    " var module = c[id] = { exports: {} }; var threw = true; try { m[id].call(module.exports,"
    " module, module.exports, r); threw = false; } finally { if (threw) delete c[id]; }"
    " return module.exports; } module.exports = r(1); })();",
    "browserify": "(function () { function r(e, n, t) { function o(i) { if (!n[i]) {"
    " var p = n[i] = { exports: {} }; e[i][0].call(p.exports, function (r) {"
    " return o(e[i][1][r] || r); }, p, p.exports, r, e, n, t); } return n[i].exports; }"
    " for (var i = 0; i < t.length; i++) module.exports = o(t[i]); return o; } return r; })()"
    "({ 1: [function (require, module, exports) { BODY module.exports = { agents }; }, {}] },"
    " {}, [1]);",
    "parcel": "(function () { function all() { BODY return { agents }; }"
    " module.exports = all(); })();",
    "esbuild, CommonJS": "var wrap = (cb, mod) => () => (mod ||"
    " (0, cb[Object.keys(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports);"
    " var it = wrap({ 'a.js'(exports, module) { BODY module.exports = { agents }; } });"
    " module.exports = it();",
    "AMD or CommonJS": "(function (f) { if (typeof exports === 'object') { module.exports = f(); }"
    " else if (typeof define === 'function' && define.amd) { define([], f); } })"
    "(function () { BODY return { agents }; });",
    "async": "module.exports = {}; (async () => { BODY module.exports.agents = agents; })();",
    "condition": "if (typeof module !== 'undefined') {"
    " module.exports = (() => { BODY return { agents }; })(); }",
    "condition, no block": "if (typeof exports === 'object')"
    " module.exports = (() => { BODY return { agents }; })();",
    "block": "{ const x = (() => { BODY return { agents }; })(); module.exports = x; }",
    "try with finally": "try { module.exports = (() => { BODY return { agents }; })(); }"
    " finally { globalThis.x = 1; }",
    "choice": "module.exports = typeof window === 'undefined' ?"
    " (() => { BODY return { agents }; })() : null;",
    "and": "typeof module === 'object' &&"
    " (module.exports = (() => { BODY return { agents }; })());",
    "or": "module.exports = globalThis.none || (() => { BODY return { agents }; })();",
    "by its name": "function main() { BODY return { agents }; } module.exports = main();",
    "by a variable": "const main = () => { BODY return { agents }; }; module.exports = main();",
    "method": "const app = { main() { BODY return { agents }; } }; module.exports = app.main();",
    "static method": "class App { static main() { BODY return { agents }; } }"
    " module.exports = App.main();",
    "void": "void function () { BODY module.exports = { agents }; }();",
    "Object.assign": "Object.assign(exports, (() => { BODY return { agents }; })());",
    "spread": "module.exports = { ...(() => { BODY return { agents }; })() };",
    "part of an object": "module.exports = { agents: (() => { BODY return agents; })() };",
    "argument": "const id = (x) => x; module.exports = id((() => { BODY return { agents }; })());",
    "argument that is called": "const run = (f) => f();"
    " module.exports = run(() => { BODY return { agents }; });",
    "module, choice": "const made = typeof window === 'undefined' ?"
    " (() => { BODY return { agents }; })() : null; export const agents = made.agents;",
    "module, awaited": "export const { agents } = await (async () => { BODY return { agents };"
    " })();",
    "module, in a variable outside": "let agents; await (async () => { BODY2 agents = made; })();"
    " export { agents };",
    "module, by its name": "function main() { BODY return { agents }; }"
    " export const { agents } = main();",
    "module, part of an object": "export default { agents: (() => { BODY return agents; })() };",
    "module, frozen": "export default Object.freeze((() => { BODY return { agents }; })());",
}
ENDS = {
    "throw": "throw new Error('no');",
    "guard": "if (!process.env.KEY) throw new Error('KEY is required');",
    "exit": "process.exit(1);",
    "failure": "missing.thing();",
    "value": "const value = missing.thing;",
    "failure after a catch": "try { missing.thing(); } catch {} missing.thing();",
}


def program(form: str, end: str, rest: str = "") -> str:
    """Return a program that fails in its largest function."""
    made = MADE.replace("END", f"{end} {rest}")
    renamed = made.replace("const agents", "const made").replace("agents.main", "made.main")
    return FORMS[form].replace("BODY2", renamed).replace("BODY", made)


def load(sandbox: Sandbox, form: str, end: str, rest: str = "") -> Loaded:
    """Load a program as a worker does for the second time."""
    text = program(form, ENDS[end], rest)
    return sandbox.load(text, module=form.startswith("module"), recovers=True)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_made_before_the_failure_runs(sandbox: Sandbox, form: str) -> None:
    for end in some([*ENDS], 3):
        loaded = load(sandbox, form, end)
        assert loaded.ran.outcome.incomplete is not None, end
        assert loaded.call("t").value == "ran", end


@pytest.mark.parametrize("form", FORMS)
def test_tool_that_the_rest_restricts_is_held(sandbox: Sandbox, form: str) -> None:
    for end in some([*ENDS], 3):
        loaded = load(sandbox, form, end, "agents.main.tools.t.needsApproval = true;")
        assert loaded.call("t").outcome.failure is not None, end


BODY = LONG + " missing.thing(); late();"
LATE = (
    "let is; const late = () => { is = 'late'; }; exports.tools = { is: { execute: () => is } };"
    " exports.agents = { main: exports };"
)
CAUGHT = {
    "try": LATE + "try { (() => { BODY })(); } catch (e) { is = e.name; }",
    "try, by its name": LATE
    + "function main() { BODY } try { main(); } catch (e) { is = e.name; }",
    "try in a helper": LATE + "const attempt = (f) => { try { f(); } catch (e) { is = e.name; } };"
    " attempt(() => { BODY });",
    "try in a function": LATE + "function main() { BODY } function start() { try { main(); }"
    " catch (e) { is = e.name; } } start();",
    "promise": LATE + "Promise.resolve().then(() => { BODY }).catch((e) => { is = e.name; });",
    "executor of a promise": LATE + "new Promise(() => { BODY }).catch((e) => { is = e.name; });",
    "async": LATE + "(async () => { BODY })().catch((e) => { is = e.name; });",
    "async, by its name": LATE + "async function main() { BODY }"
    " main().catch((e) => { is = e.name; });",
    "async in a variable": LATE + "const it = (async () => { BODY })();"
    " it.catch((e) => { is = e.name; });",
    "async given away": LATE + "const told = (it) => it.catch((e) => { is = e.name; });"
    " told((async () => { BODY })());",
    "try around an await": LATE + "(async () => { try { await (async () => { BODY })(); }"
    " catch (e) { is = e.name; } })();",
    "try in the function": LATE + "(() => { " + LONG.replace("text", "more") + " try { BODY }"
    " catch (e) { is = e.name; } })();",
}


@pytest.mark.parametrize("name", CAUGHT)
def test_what_a_program_catches_it_catches(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    source = CAUGHT[name].replace("BODY", BODY)
    (tmp_path / "program.cjs").write_text(source)
    judge = (
        "const { tools } = require('./program.cjs'); setTimeout(() => console.log(JSON.stringify("
        "Object.fromEntries(Object.entries(tools).map(([key, t]) => [key, t.execute()])))), 20);"
    )
    told = subprocess.run(
        [node(), "-e", judge],
        cwd=tmp_path,
        env=node_environment(),
        timeout=TIMEOUT_S,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    loaded = sandbox.load(source, module=False, recovers=True)
    said = json.loads(told)
    assert said["is"] == "ReferenceError"
    assert {key: loaded.call(key).value for key in said} == said
