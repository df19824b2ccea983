"""The part of a program that its agents need keeps whatever has an effect on it, and little else.

Each program has statements that no sandbox could evaluate, beside an effect on what a tool reads.
Node is the judge: the tool returns what it returns in Node without these statements.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from services.executor.bundle.needed.blanks import without
from services.executor.bundle.process.slice_source import slice_source
from services.executor.errors import BundleError
from services.toolrunner.domain import Limits
from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox
from tests.npm import node, node_environment
from tests.repeats import sampled

__all__ = ["sandbox"]

FUEL = 3_000_000_000
JUDGE_TIMEOUT_S = 60
# What costs too much, alone or beside something; `kept` may be needed by the tool.
TROUBLES = {
    "loop": "while (true) {}",
    "count": "var count = 0; for (var i = 0; i < 1e12; i++) count += i;",
    "memory": "var huge = Array.from({ length: 5e9 }, (_, i) => [i]);",
    "constant": "const table = (() => { const all = []; for (;;) all.push(1); return all; })();",
    "class": "class Costly { static { for (;;) {} } }",
    "call": "function forever() { for (;;) {} } forever();",
    "new": "var server = new (class { constructor() { for (;;) {} } })();",
    "await": "var later = (function () { for (;;) {} })(), after = later;",
    "list": "var one = 1, two = (() => { for (;;) {} })(), three = two;",
    "sequence": "var x1, x2; x1 = 1, (() => { for (;;) {} })(), x2 = 2;",
}
# Code before, an effect, and what the tool reads.
EFFECTS = {
    "assignment": ("let kept = 1;", "kept = 2;", "kept"),
    "member": ("const kept = {};", "kept.x = 2;", "kept.x"),
    "deep member": ("const kept = { a: {} };", "kept.a.b = 3;", "kept"),
    "update": ("let kept = 1;", "kept++;", "kept"),
    "delete": ("const kept = { a: 1, b: 2 };", "delete kept.a;", "kept"),
    "destructuring": ("let kept, rest;", "[kept, ...rest] = [1, 2, 3];", "[kept, rest]"),
    "receiver": ("const kept = [];", "kept.push(4);", "kept"),
    "argument": ("const kept = {}; const fill = (o) => { o.x = 1; };", "fill(kept);", "kept"),
    "in function": ("const kept = []; function add(v) { kept.push(v); }", "add(5);", "kept"),
    "in nested function": (
        "const kept = []; const add = (v) => kept.push(v); function twice(v) { add(v); add(v); }",
        "twice(5);",
        "kept",
    ),
    "by method": (
        "const kept = []; class Adder { add(v) { kept.push(v); } } const adder = new Adder();",
        "adder.add(6);",
        "kept",
    ),
    "in constructor": (
        "const kept = []; class Adder { constructor(v) { kept.push(v); } }",
        "const made = new Adder(7);",
        "kept",
    ),
    "alias": ("const kept = []; const also = kept;", "also.push(8);", "kept"),
    "holder": ("const kept = []; const holder = { kept };", "holder.kept.push(9);", "kept"),
    "returned": ("const kept = []; const all = () => kept;", "all().push(1);", "kept"),
    "Object.assign": ("const kept = {};", "Object.assign(kept, { y: 1 });", "kept"),
    "defineProperty": (
        "const kept = {};",
        "Object.defineProperty(kept, 'z', { value: 3, enumerable: true });",
        "kept",
    ),
    "prototype": (
        "class Kept {}",
        "Kept.prototype.hello = function () { return 'hello'; };",
        "new Kept().hello()",
    ),
    "static": ("class Kept {}", "Kept.all = [1];", "Kept.all"),
    "static block": ("const kept = [];", "class Other { static { kept.push(2); } }", "kept"),
    "static field": ("const kept = [];", "class Other { static x = kept.push(2); }", "kept"),
    "loop": ("const kept = [];", "for (const n of [1, 2]) kept.push(n);", "kept"),
    "condition": ("let kept = 1;", "if (kept === 1) { kept = 2; } else { kept = 3; }", "kept"),
    "try": ("let kept = 1;", "try { kept = missing(); } catch { kept = 'caught'; }", "kept"),
    "switch": ("let kept = 1;", "switch (kept) { case 1: kept = 5; }", "kept"),
    "called at once": ("const kept = [];", "(() => { const v = 3; kept.push(v); })();", "kept"),
    "called at once, returning": (
        "",
        "const kept = (() => { const list = []; list.push(1); return list; })();",
        "kept",
    ),
    "closure": (
        "let kept; let put; (() => { let at = 0; put = (v) => { at += v; }; kept = () => at; })();",
        "put(4);",
        "kept()",
    ),
    "callback": ("const kept = [];", "[1, 2].forEach((n) => kept.push(n));", "kept"),
    "wrapped": (
        "const kept = []; const log = (f) => (v) => { kept.push(v); return f(v); };",
        "const square = log((v) => v * v); square(3);",
        "kept",
    ),
    "global": ("", "globalThis.kept = 3;", "kept"),
    "global in function": ("function put() { globalThis.kept = 4; }", "put();", "kept"),
    "built-in prototype": ("", "Array.prototype.kept = function () { return 6; };", "[].kept()"),
    "map": ("const kept = new Map();", "kept.set('a', 1);", "[...kept]"),
    "named function": (
        "const name = (f, n) => Object.defineProperty(f, 'name', { value: n }); function kept() {}",
        "name(kept, 'other');",
        "kept.name",
    ),
    "decorator helper": (
        (
            "const decorate = (cs, target) => cs.reduce((t, c) => c(t) || t, target);"
            " let Kept = class {};"
        ),
        "Kept = decorate([(c) => { c.tag = 7; return c; }], Kept);",
        "Kept.tag",
    ),
    "sequence": ("let kept, more;", "kept = 1, more = 2, kept += more;", "kept"),
    "pattern in a sequence": ("let kept, more;", "more = 1, ({ kept } = { kept: 2 });", "kept"),
    "object in a sequence": ("let kept, more;", "more = 1, { kept } = { kept: 3 };", "kept"),
    "list": ("var kept = [];", "var a = 1, b = kept.push(2), c = 3;", "kept"),
    "hoisted": (
        "var kept = hoisted(); function hoisted() { return inner; } ",
        "var inner = 3;",
        "kept === undefined",
    ),
    "shadowed": ("let kept = 1; function f(kept) { kept = 9; }", "kept = 2; f(1);", "kept"),
    "getter": (
        "const kept = {}; const state = { n: 1 };",
        "Object.defineProperty(kept, 'n', { get: () => state.n }); state.n = 5;",
        "kept.n",
    ),
}
AGENT = (
    "{{ name: 'a', system: 's', model: 'openai/x', tools: {{ t: {{ execute: () => ({read}) }} }} }}"
)
HELPERS = """
var names = Object.getOwnPropertyNames;
var __esm = (fn, res) => function __init() {
  return fn && (res = (0, fn[names(fn)[0]])(fn = 0)), res;
};
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[names(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
"""
RUNTIME = """
var __esmMin = (fn, res, err) => () => {
  if (err) throw err[0];
  try { return fn && (res = fn(fn = 0)), res; } catch (e) { throw err = [e], e; }
};
var __commonJSMin = (cb, mod) => () =>
  (mod || (cb((mod = { exports: {} }).exports, mod), cb = null), mod.exports);
"""
FORMS = {
    "esm": "{body}\nexport const agent = {agent};\n",
    "esm list": "{body}\nconst main = {agent}, spare = 1;\nexport {{ main as agent, spare }};\n",
    "cjs": "{body}\nexports.agent = {agent};\n",
    "module.exports": "{body}\nmodule.exports = {{ agent: {agent} }};\n",
    "umd": "(function (root, factory) {{ typeof exports === 'object' ? factory(exports)"
    " : factory(root.x = {{}}); }})"
    "(this, function (exports) {{ 'use strict';\n{body}\nexports.agent = {agent};\n}});\n",
    "called at once": "module.exports = (() => {{\n{body}\nreturn {{ agent: {agent} }};\n}})();\n",
    "commonjs wrapper": HELPERS.replace("{", "{{").replace("}", "}}")
    + 'var require_index = __commonJS({{ "index.js"(exports, module) {{\n{body}\n'
    "module.exports = {{ agent: {agent} }};\n}} }});\nmodule.exports = require_index();\n",
    "esm wrapper": HELPERS.replace("{", "{{").replace("}", "}}")
    + 'var agent;\nvar init_index = __esm({{ "index.js"() {{\n{body}\nagent = {agent};\n}} }});\n'
    "init_index();\nmodule.exports = {{ agent }};\n",
    "commonjs wrapper in parentheses": RUNTIME.replace("{", "{{").replace("}", "}}")
    + "var require_index = __commonJSMin(((exports, module) => {{\n{body}\n"
    "module.exports = {{ agent: {agent} }};\n}}));\nmodule.exports = require_index();\n",
    "esm wrapper in parentheses": RUNTIME.replace("{", "{{").replace("}", "}}")
    + "var agent;\nvar init_index = __esmMin((() => {{\n{body}\nagent = {agent};\n}}));\n"
    "init_index();\nmodule.exports = {{ agent }};\n",
}
TROUBLE = "/*trouble*/"
JUDGE = """
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const out = {};
for (const [name, file] of Object.entries(JSON.parse(readFileSync(process.argv[2])))) {
  const found = file.endsWith(".mjs") ? await import(file) : require(file);
  out[name] = JSON.parse(JSON.stringify(await found.agent.tools.t.execute() ?? null));
  delete Array.prototype.kept;
  delete globalThis.kept;
}
console.log(JSON.stringify(out));
"""


def program(form: str, effect: str, trouble: str) -> str:
    before, change, read = EFFECTS[effect]
    body = "\n".join([trouble, before, trouble_of(trouble, 2), change, trouble_of(trouble, 3)])
    return FORMS[form].format(body=body, agent=AGENT.format(read=read))


def trouble_of(trouble: str, number: int) -> str:
    """Return the trouble once more, declaring other names."""
    for name in ("count", "huge", "table", "Costly", "forever", "server", "later", "after", "one"):
        trouble = trouble.replace(f" {name}", f" {name}{number}").replace(
            f"{name}(", f"{name}{number}("
        )
    return trouble.replace(f"{number}{number}", str(number))


def cases() -> list[tuple[str, str]]:
    return [(form, effect) for form in FORMS for effect in EFFECTS]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what Node says of each program without trouble."""
    folder = tmp_path_factory.mktemp("programs")
    files = {}
    for number, (form, effect) in enumerate(cases()):
        file = folder / f"{number}.{'mjs' if is_module(form) else 'cjs'}"
        file.write_text(program(form, effect, ""))
        files[f"{form} {effect}"] = str(file)
    (folder / "files.json").write_text(json.dumps(files))
    (folder / "judge.mjs").write_text(JUDGE)
    printed = subprocess.run(
        [node(), str(folder / "judge.mjs"), str(folder / "files.json")],
        env=node_environment(),
        timeout=JUDGE_TIMEOUT_S,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    found: dict[str, object] = json.loads(printed)
    return found


def is_module(form: str) -> bool:
    return form.startswith("esm") and "wrapper" not in form


def part_of(text: str, *, module: bool) -> str:
    return without(text, slice_source(text.encode(), is_module=module))


@sampled(4, "form")
@pytest.mark.parametrize(("form", "effect"), cases())
def test_effect_stays(sandbox: Sandbox, judged: dict[str, object], form: str, effect: str) -> None:
    names = list(TROUBLES)
    trouble = TROUBLES[names[cases().index((form, effect)) % len(names)]]
    text = program(form, effect, trouble)
    part = part_of(text, module=is_module(form))
    assert [len(line) for line in part.split("\n")] == [len(line) for line in text.split("\n")]
    loaded = sandbox.load(part, module=is_module(form), limits=Limits(fuel=FUEL))
    assert loaded.call("t", agent="agent").value == judged[f"{form} {effect}"]


@sampled(4, "form")
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("form", FORMS)
def test_trouble_is_left_out(sandbox: Sandbox, form: str, trouble: str) -> None:
    text = program(form, "in function", TROUBLES[trouble])
    part = part_of(text, module=is_module(form))
    loaded = sandbox.load(part, module=is_module(form), limits=Limits(fuel=FUEL))
    assert loaded.call("t", agent="agent").value == [5]


@pytest.mark.parametrize(
    "guard",
    [
        "if (!globalThis.ok) throw new Error('no');",
        "process.exit(1);",
        "assert(globalThis.ok);",
        "function check(v) { if (!v) throw new Error('no'); } check(globalThis.ok);",
        "(() => { if (!globalThis.ok) { throw new Error('no'); } })();",
    ],
)
@pytest.mark.parametrize("form", ["esm", "cjs", "umd", "called at once"])
def test_what_ends_the_program_stays(form: str, guard: str) -> None:
    head = "import assert from 'node:assert';" if is_module(form) else ""
    body = f"{TROUBLES['loop']}\n{guard}"
    text = head + FORMS[form].format(body=body, agent=AGENT.format(read="1"))
    part = part_of(text, module=is_module(form))
    assert guard in part
    assert TROUBLES["loop"] not in part


def test_what_only_other_exports_need_is_left_out() -> None:
    text = (
        "const rows = load(1e12);\nconst used = 1;\n"
        f"export const agent = {AGENT.format(read='used')};\n"
        "export const db = rows;\nfunction also() { return rows; }\n"
        "export { also as more, used };\n"
    )
    assert "rows" not in part_of(text, module=True)


def test_unneeded_modules_of_a_bundle_are_left_out() -> None:
    text = HELPERS + (
        'var require_a = __commonJS({ "a.js"(exports) { exports.f = () => 1; costly(); } });\n'
        'var require_b = __commonJS({ "b.js"(exports) { var a = require_a(); costly(a.f()); } });\n'
        'var require_c = __commonJS({ "c.js"(exports) { var a = require_a(); a.f = () => 2; } });\n'
        "require_b();\nrequire_c();\nvar a = require_a();\n"
        f"exports.agent = {AGENT.format(read='a.f()')};\n"
    )
    part = part_of(text, module=False)
    assert "require_b" not in part
    assert "costly" not in part
    assert "require_c();" in part


def test_module_whose_function_is_elsewhere_stays() -> None:
    text = RUNTIME + (
        "var agent, run = () => { agent = " + AGENT.format(read="1") + "; };\n"
        "var init_index = __esmMin(run);\ninit_index();\nmodule.exports = { agent };\n"
    )
    part = part_of(text, module=False)
    assert "var init_index = __esmMin(run);\ninit_index();" in part


@pytest.mark.parametrize("text", ["with (x) { f(); }\nexports.agent = {};", "exports.a = (;"])
def test_unclear_program_is_refused(text: str) -> None:
    with pytest.raises(BundleError):
        slice_source(text.encode(), is_module=False)


def test_deep_and_long_programs_are_bounded(tmp_path: Path) -> None:
    deep = "(" * 3000 + "1" + ")" * 3000
    text = f"var deep = {deep};\n" + "f();" * 20_000 + "\nexports.agent = {};\n"
    assert "f()" in text
    found = slice_source(text.encode(), is_module=False)
    assert found.omitted > 0
