"""Programs whose top level fails at one statement, or does what never ends, in each form that
bundlers give them.

Each program has three tools: ``early`` is made before the statement, ``late`` after it without
using it, ``needs`` uses what the statement makes.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.npm import node, node_environment
from tests.real_bundles.build import install_packages

HERE = Path(__file__).parent
TIMEOUT_S = 60
REQUIRE = (
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
)
ESBUILD = ["esm", "esm minified", "cjs", "cjs minified", "iife"]
FORMS = ("source", *ESBUILD)

SOURCE = """
import pg, { Pool, wrap } from "pg";
export const agents = { main: { tools: {} } };
const tools = agents.main.tools;
tools.early = { execute: ({ n }) => [n, 1] };
%s
tools.late = { execute: ({ n }) => [n, 2] };
tools.needs = { execute: ({ n }) => [n, NEEDED] };
"""


@dataclass(frozen=True)
class Statement:
    """One statement of a top level; ``needed`` is an expression of what it makes.

    ``awaits``: it cannot be in a script. ``is_guard``: it ends the program by itself, so that what
    comes after it is never made.
    """

    text: str
    needed: str = "made"
    awaits: bool = False
    is_guard: bool = False

    @property
    def source(self) -> str:
        """The whole program, as a module."""
        return (SOURCE % self.text).replace("NEEDED", self.needed)


FAIL = "missing.thing()"
FAILING = {
    "missing global": Statement(f"const made = {FAIL};"),
    "missing member": Statement("const made = ({}).no.thing;"),
    "not a function": Statement("const none = {}; const made = none.call();", "made.x"),
    "thrown by a function": Statement(
        "function make() { throw new TypeError('no'); } const made = make();"
    ),
    "thrown deep below": Statement(
        "const deep = (n) => { if (n === 0) throw 'text'; return deep(n - 1); };"
        "const made = deep(9);"
    ),
    "var": Statement(f"var made = {FAIL};"),
    "let of several": Statement(f"let one = 1, made = {FAIL}, three = 3;", "[made.x, one, three]"),
    "pattern": Statement(f"const {{ made, other }} = {FAIL};", "made()"),
    "pattern of nothing": Statement("const { made } = undefined;", "made()"),
    "list pattern": Statement("const [made] = 7;", "`${made}`"),
    "assignment": Statement(f"let made = 0; made = {FAIL};", "missing"),
    "expression": Statement(f"{FAIL};", "missing"),
    "sequence": Statement(
        f"globalThis.one = 1, {FAIL}, globalThis.two = 2;", "missing + one + two"
    ),
    "class that extends": Statement(f"class made extends {FAIL} {{}}", "new made().x"),
    "class with a static block": Statement(f"class made {{ static {{ {FAIL}; }} }}", "made.x()"),
    "class with a static field": Statement(
        f"class made {{ static field = {FAIL}; }}", "new made()"
    ),
    "class with a computed key": Statement(f"class made {{ [{FAIL}]() {{}} }}", "new made()"),
    "decorator": Statement(
        "const decorate = (target) => missing(target) ?? target; "
        "let made = class {}; made = decorate(made);",
        "missing",
    ),
    "called function": Statement(f"const made = (() => {{ {FAIL}; return 1; }})();", "missing"),
    "called async function": Statement(f"(async () => {{ {FAIL}; }})();", "missing"),
    "if": Statement(f"if (agents) {{ {FAIL}; }}", "missing"),
    "for": Statement(f"for (const each of [1, 2]) {{ if (each === 2) {FAIL}; }}", "missing"),
    "switch": Statement(f"switch (1) {{ case 1: {FAIL}; }}", "missing"),
    "try with finally": Statement(f"try {{ {FAIL}; }} finally {{ globalThis.x = 1; }}", "missing"),
    "template": Statement(f"const made = `${{{FAIL}}}`;", "made.length.x()"),
    "exported": Statement(f"export const made = {FAIL};"),
    "default": Statement(f"const made = {{}}; export default {FAIL};", "missing"),
    "object of values": Statement(f"const made = {{ a: 1, b: {FAIL} }};", "made.b()"),
    "lazy module of a bundler": Statement(
        "const lazy = (run, mod) => () =>"
        " (mod || run((mod = { exports: {} }).exports, mod), mod.exports);"
        "const bad = lazy((exports) => { exports.x = 1; exports.y = missing(); });"
        "const good = lazy((exports) => { exports.y = 2; });"
        "const made = bad(), fine = good(); tools.fine = { execute: () => fine.y };",
        "[made.x, made.y.z]",
    ),
    "required package in a function": Statement(
        "const load = () => require('nowhere-to-be-found'); const made = load();"
    ),
    "native addon": Statement(
        "const load = () => require('./build/Release/x.node'); const made = load();"
    ),
    "awaited rejection": Statement(
        "const made = await Promise.reject(new Error('no'));", awaits=True
    ),
    "awaited call": Statement(
        "const later = async () => missing(); const made = await later();", awaits=True
    ),
    "awaited without end": Statement("const made = await new Promise(() => {});", awaits=True),
    "awaited with an interval": Statement(
        "setInterval(() => {}, 100); const made = await new Promise(() => {});", awaits=True
    ),
    "for await": Statement(
        "for await (const each of [Promise.reject(new Error('no'))]) each;", "missing", awaits=True
    ),
    "awaited import": Statement("const made = await import('nowhere-to-be-found');", awaits=True),
    "guard": Statement("if (!globalThis.KEY) throw new Error('KEY is required');", is_guard=True),
    "guard in a block": Statement(
        "{ const key = ''; if (!key) throw new Error('no key'); }", is_guard=True
    ),
    "guard with text": Statement("if (!globalThis.KEY) throw 'KEY is required';", is_guard=True),
}

# What Node survives: the results are those of Node, and the load is whole.
SURVIVING = {
    "interval": Statement("const made = 1; setInterval(() => {}, 10);"),
    "timeout": Statement("const made = 1; setTimeout(() => {}, 1e6);"),
    "promise without end": Statement(
        "const made = 1; new Promise(() => {}).then(() => missing());"
    ),
    "caught": Statement("let made; try { missing(); } catch (error) { made = error.name; }"),
    "caught rejection": Statement(
        "const made = await Promise.reject(3).catch((n) => n);", awaits=True
    ),
    "handled rejection": Statement("const made = 1; Promise.reject(1).catch(() => {});"),
    "optional package": Statement(
        "let made; try { made = require('nowhere-to-be-found'); }"
        " catch (error) { made = error.code; }"
    ),
    "optional package in a function": Statement(
        "const load = (name) => { try { return require(name);"
        " } catch (error) { return [error.code, error.message.split('\\n')[0]]; } };"
        "const made = load('nowhere-to-be-found');"
    ),
    "optional import": Statement(
        "const told = (error) => [error.code, error.name];"
        "const made = await import('nowhere-to-be-found').catch(told);",
        awaits=True,
    ),
    "optional file": Statement(
        "const made = await import('./nowhere.js').catch((error) => error.code);", awaits=True
    ),
    "unknown builtin": Statement(
        "let made; try { made = require('node:nowhere');"
        " } catch (error) { made = [error.code, error.message]; }"
    ),
    "resolve": Statement(
        "let made; try { made = require.resolve('nowhere-to-be-found');"
        " } catch (error) { made = error.code; }"
    ),
    "timer that throws nothing": Statement("let made = 0; queueMicrotask(() => { made = 1; });"),
}


def bundled(statements: list[Statement], folder: Path) -> list[dict[str, str]]:
    """Return each program by form; ``folder`` is for files on the way."""
    names = [f"p{number}" for number in range(len(statements))]
    for name, statement in zip(names, statements, strict=True):
        (folder / f"{name}.mjs").write_text(statement.source)
    jobs = [[name, each.awaits] for name, each in zip(names, statements, strict=True)]
    built = _run("bundle_top_levels.mjs", [str(install_packages()), jobs, ESBUILD], folder)
    return [{"source": each.source, **forms} for each, forms in zip(statements, built, strict=True)]


def judged(statements: list[Statement], folder: Path) -> list[list[object]]:
    """Return what Node gives for ``early``, ``late`` and ``needs`` of each program."""
    for number, statement in enumerate(statements):
        lines = statement.source.replace('import pg, { Pool, wrap } from "pg";', REQUIRE)
        (folder / f"j{number}.mjs").write_text(lines)
    judged: list[list[object]] = _run("judge_top_levels.mjs", len(statements), folder)
    return judged


def _run(script: str, given: object, folder: Path) -> Any:
    """Return what a script of Node's prints for ``given``, run in a folder."""
    command = [node(), str(HERE / script), json.dumps(given)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=node_environment(),
        timeout=TIMEOUT_S,
        check=True,
        capture_output=True,
    )
    return json.loads(done.stdout)
