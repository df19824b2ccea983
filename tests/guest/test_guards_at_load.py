"""Top levels that restrict their tools, and fail: no tool runs without what should have held it."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox

TOOL = "export const agents = { main: { tools: { t: { execute: () => 'ran' } } } };\n"
ASKS = "export const agents = { main: { tools: { t: { execute: () => { %s; return 'ran'; } } } } };"
POLICY = "JSON.parse(process.env.POLICY)"


def load(sandbox: Sandbox, source: str) -> Loaded:
    """Load a program as a worker does for the second time."""
    return sandbox.load(source, recovers=True)


@pytest.mark.parametrize(
    "guard",
    [
        "if (!process.env.KEY) process.exit(1);",
        "const end = () => process.exit(); end();",
        "process.env.KEY || process.abort();",
        "import assert from 'node:assert'; assert(process.env.KEY, 'a key is required');",
        "import { ok } from 'node:assert/strict'; ok(process.env.KEY);",
        "const invariant = (yes) => { if (!yes) throw Error('Invariant failed.'); }; invariant();",
    ],
)
def test_program_that_ends_itself_makes_nothing_after_that(sandbox: Sandbox, guard: str) -> None:
    loaded = load(sandbox, guard + "\n" + TOOL)
    assert loaded.image is None
    assert loaded.ran.kind == "LOAD_FAILED"


def test_tool_made_before_the_end_of_its_program_runs(sandbox: Sandbox) -> None:
    assert load(sandbox, TOOL + "process.exit(0);").call("t").value == "ran"


@pytest.mark.parametrize(
    "wrapping",
    [
        "agents.main.tools.t = approved(agents.main.tools.t);",
        'agents["main"].tools["t"] = approved();',
        "0, agents.main.tools = approved(agents.main.tools), 1;",
        "agents.main.tools.t.execute = approved(agents.main.tools.t.execute);",
        "agents.main.tools.t\n  = approved();",
        "agents.main.tools.t &&= approved();",
        "agents.main.tools.t.execute ??= 1; agents.main.tools.t.execute = approved();",
    ],
)
def test_tool_whose_wrapper_failed_does_not_run_without_it(sandbox: Sandbox, wrapping: str) -> None:
    assert load(sandbox, TOOL + wrapping).call("t").kind == "LOAD_FAILED"


@pytest.mark.parametrize(
    "wrapped",
    [
        "let tool = { execute: () => 'ran' }; tool = approved(tool);",
        "var raw = { execute: () => 'ran' }, tool = raw; tool = approved(raw), 1;",
        "let tool = class {}; tool = approved(tool);",
    ],
)
def test_variable_whose_assignment_failed_has_no_former_value(
    sandbox: Sandbox, wrapped: str
) -> None:
    source = wrapped + "export const agents = { main: { tools: { t: tool } } };"
    assert load(sandbox, source).call("t").kind == "LOAD_FAILED"


@pytest.mark.parametrize("failed", ["x = missing();", "a.b.c = missing();", "({}).a = missing();"])
def test_assignments_to_nothing_end_no_load(sandbox: Sandbox, failed: str) -> None:
    head = "const x = 1; const a = {};"
    assert load(sandbox, head + failed + TOOL).call("t").value == "ran"


@pytest.mark.parametrize(
    "asks",
    [
        "if (!allowed) throw 'no'",
        "if (allowed) return 'ran'",
        "if (!(allowed && 1)) throw 'no'",
        "allowed || missing()",
        "const x = allowed ? 1 : 2",
        "if (allowed === 'readonly') throw 'no'",
        "switch (allowed) { case 'readonly': throw 'no'; }",
        "if (allowed !== undefined && allowed !== 'x') return 'ran'",
        "while (allowed) return 'ran'",
        "if (allowed.blocked) throw 'no'",
        "if (allowed?.mode === 'readonly') throw 'no'",
        "if (allowed == 'readonly') throw 'no'",
        "if (!('t' in allowed)) throw 'no'",
        "if (Object.keys(allowed).includes('blocked')) throw 'no'",
        "const { blocked } = allowed; if (blocked === true) throw 'no'",
    ],
)
def test_tool_cannot_ask_a_value_that_was_not_made(sandbox: Sandbox, asks: str) -> None:
    for made in (f"const allowed = {POLICY}.t;", f"let allowed; allowed = {POLICY}.t;"):
        failure = load(sandbox, made + ASKS % asks).call("t").failure
        assert failure.kind.name == "LOAD_FAILED"
        assert (
            "POLICY" in failure.message
            or "JSON" in failure.message
            or "at bundle.js" in (failure.message)
        )


CHECK = "const check = () => { if (!process.env.USER) throw new Error('not allowed'); };"
GUARDS = {
    "call": CHECK + "check();",
    "call of a method": "const guards = { check() { throw new Error('not allowed'); } };"
    " guards.check();",
    "call in a block": CHECK + "{ check(); }",
    "call in a condition": CHECK + "if (true) check();",
    "call in a loop": "const need = (key) => { if (!process.env[key]) throw new Error(key); };"
    " for (const key of ['A', 'B']) need(key);",
    "sequence": CHECK + "0, check(), 1;",
    "void": CHECK + "void check();",
    "awaited": "const check = async () => { throw new Error('not allowed'); }; await check();",
    "thrown deeper": "const no = () => { throw new Error('not allowed'); };"
    " const check = () => no(); check();",
    "class of its own": "class Denied extends Error {} const check = () => { throw new Denied(); };"
    " check();",
    "text": "const check = () => { throw 'not allowed'; }; check();",
    "schema": "import { z } from 'zod'; const s = { parse(x) { throw new z.ZodError([]); } };"
    " s.parse(process.env);",
    "asks what was not made": f"const policy = {POLICY}; const check = (each) => {{"
    " if (each.blocked) throw new Error('blocked'); }; check(policy);",
}
NO_GUARDS = {
    "missing global": "missing.thing();",
    "missing key of a client": "class Client { constructor(key) { if (!key) throw Error('no key');"
    " } } const client = new Client(process.env.KEY);",
    "client made by a function": "class Client { constructor(key) { if (!key) throw Error('no');"
    " } } let client; function init() { client = new Client(process.env.KEY); } init();",
    "file": "import { readFileSync } from 'node:fs'; const read = () => readFileSync('/x.json');"
    " read();",
    "file, told in own words": "import { readFileSync } from 'node:fs'; const read = () => {"
    " try { readFileSync('/x.json'); } catch (cause) { throw new Error('no file', { cause }); } };"
    " read();",
    "network": "const connect = async () => { const r = await fetch('https://db.example');"
    " if (!r.ok) throw new Error('down'); }; await connect();",
    "file passed on": "import { readFileSync } from 'node:fs'; const read = () => {"
    " try { readFileSync('/x.json'); } catch (error) { throw error; } }; read();",
    "setter of a library": "let details; const lib = { setDetails(key) { if (!key)"
    " throw new Error('no key'); details = { key }; } }; lib.setDetails(process.env.KEY);",
    "method that keeps a client": "class App { start(key) { if (!key) throw new Error('no key');"
    " this.client = key; } } const app = new App(); app.start(process.env.KEY);",
    "caught": CHECK + "try { check(); } catch {} missing();",
}


@pytest.mark.parametrize("name", GUARDS)
def test_guard_that_throws_in_a_call_ends_the_program(sandbox: Sandbox, name: str) -> None:
    early = "export const first = { tools: { t: { execute: () => 'ran' } } };\n"
    loaded = load(sandbox, early + GUARDS[name] + "\n" + TOOL)
    assert loaded.call("t", agent="first").value == "ran"
    assert loaded.call("t").kind == "LOAD_FAILED"


@pytest.mark.parametrize("name", NO_GUARDS)
def test_what_fails_without_a_guard_ends_no_program(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, NO_GUARDS[name] + "\n" + TOOL)
    assert loaded.ran.outcome.incomplete is not None
    assert loaded.call("t").value == "ran"
