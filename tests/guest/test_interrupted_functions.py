"""What a function was to restrict when an error left it while the program loaded does not run."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox

TOOLS = """
import pg from 'pg';
const tools = { t: { execute: () => 'ran' }, other: { execute: () => 'ran' } };
const free = { f: { execute: () => 'ran' } };
const policies = () => JSON.parse(process.env.POLICIES);
const remote = async () => (await fetch('https://policies.example/all')).json();
const guard = (execute, policy) => (input) => { if (policy.t) return execute(input); };
const protect = (all, policy) => {
  for (const each of Object.values(all)) each.execute = guard(each.execute, policy);
};
const first = { tools };
export const agents = { main: first, rest: { tools: free } };
"""

LEFT = {
    "called by its name": "function setUp() { const policy = policies(); protect(tools, policy); }"
    " setUp();",
    "called for a value": "function setUp() { const policy = policies(); protect(tools, policy); }"
    " const done = setUp();",
    "nested": "function read() { return policies(); } function setUp() { const policy = read();"
    " protect(tools, policy); } setUp();",
    "given what it restricts": "const setUp = (all) => { const policy = policies(); protect(all,"
    " policy); }; setUp(tools);",
    "in a local variable": "const setUp = () => { const all = first; const policy ="
    " policies(); protect(all.tools, policy); }; setUp();",
    "in a destructured variable": "const setUp = ({ tools: all }) => { const policy = policies();"
    " protect(all, policy); }; setUp(first);",
    "method": "const app = { tools, setUp() { const policy = policies(); protect(this.tools,"
    " policy); } }; app.setUp();",
    "method of a class": "class App { constructor(all) { this.tools = all; } setUp() { const policy"
    " = policies(); protect(this.tools, policy); } } new App(tools).setUp();",
    "constructor": "class App { constructor(all) { const policy = policies(); protect(all, policy);"
    " } } const app = new App(tools);",
    "static block": "class App { static { const policy = policies(); protect(tools, policy); } }",
    "getter": "const app = { get ready() { const policy = policies(); protect(tools, policy);"
    " return 1; } }; const ready = app.ready;",
    "generator": "function* setUp() { const policy = policies(); protect(tools, policy); yield 1; }"
    " const steps = [...setUp()];",
    "generator that went on": "function* setUp() { yield 1; const policy = policies();"
    " protect(tools, policy); } const steps = [...setUp()];",
    "callback": "const steps = [1].map(() => { const policy = policies(); protect(tools, policy);"
    " return 1; });",
    "arrow without a body": "const setUp = () => protect(tools, policies()); const done = setUp();",
    "loop": "const setUp = () => { for (const each of Object.values(tools)) { each.execute ="
    " guard(each.execute, policies()); } return 1; }; const done = setUp();",
    "earlier part of a loop": "const setUp = () => { for (let i = 0; i < 2; i++) { if (i > 0)"
    " protect(tools, policies()); policies(); } return 1; }; const done = setUp();",
    "table of functions": "const steps = { a: () => { const policy = policies(); protect(tools,"
    " policy); return 1; } }; const done = Object.values(steps).map((step) => step());",
    "rethrown": "const setUp = () => { try { const policy = policies(); protect(tools, policy); }"
    " catch (error) { throw new Error('no policy', { cause: error }); } }; const done = setUp();",
    "rethrown without a cause": "const read = () => { const policy = policies(); protect(tools,"
    " policy); }; const setUp = () => { try { read(); } catch { throw new Error('no policy'); } };"
    " const done = setUp();",
    "finally": "const setUp = () => { try { const policy = policies(); protect(tools, policy); }"
    " finally { console.log(1); } return 1; }; const done = setUp();",
    "after finally": "const setUp = () => { try { policies(); } finally { console.log(1); }"
    " protect(tools, {}); return 1; }; const done = setUp();",
    "async": "const setUp = async () => { const policy = policies(); protect(tools, policy); };"
    " await setUp();",
    "async, not awaited": "const setUp = async () => { const policy = policies(); protect(tools,"
    " policy); }; setUp();",
    "async, later": "const setUp = async () => { await null; const policy = policies();"
    " protect(tools, policy); }; setUp();",
    "async, void": "void (async () => { const policy = policies(); protect(tools, policy); })();",
    "async value": "const ready = (async () => { const policy = policies(); protect(tools, policy);"
    " return 1; })(); await ready;",
    "chain": "const ready = Promise.resolve().then(policies).then((policy) => protect(tools,"
    " policy));",
    "chain of an async function": "const read = async () => policies(); read().then((policy) => {"
    " protect(tools, policy); });",
    "chain with a name": "const read = async () => policies(); const apply = (policy) =>"
    " protect(tools, policy); read().then(apply);",
    "microtask": "queueMicrotask(() => { const policy = policies(); protect(tools, policy); });",
    "event": "import { EventEmitter } from 'node:events'; const events = new EventEmitter();"
    " events.on('up', () => { const policy = policies(); protect(tools, policy); });"
    " const up = events.emit('up');",
    "all": "const done = await Promise.all([1].map(async () => { const policy = policies();"
    " protect(tools, policy); }));",
    "assigns a member": "const setUp = () => { const policy = policies(); tools.t.execute ="
    " guard(tools.t.execute, policy); return 1; }; const done = setUp();",
    "deletes a member": "const setUp = () => { const policy = policies(); if (!policy.t) delete"
    " tools.t; return 1; }; const done = setUp();",
    "replaces an agent's tools": "const setUp = () => { const policy = policies();"
    " first.tools = policy.t ? tools : {}; return 1; }; const done = setUp();",
    "restricts by a helper": "const setUp = () => { policies(); restrict(); return 1; };"
    " const restrict = () => protect(tools, {}); const done = setUp();",
    "default of a parameter": "const setUp = (policy = policies()) => { protect(tools, policy);"
    " return 1; }; const done = setUp();",
}

# What a tool decides by, and was to be set: the tool runs as if there were no restriction.
DECIDES = """
const policy = { deny: [], agent: { level: 'none' } };
let allowed = true, check = () => true, level;
tools.t.execute = () => policy.deny.includes('t') || !allowed || !check() ? 'no' : 'ran';
"""
DECIDED = {
    "list": "const setUp = () => { policies(); policy.deny.push('t'); return 1; };"
    " const done = setUp();",
    "variable": "const setUp = () => { allowed = policies().t; return 1; }; const done = setUp();",
    "function": "const setUp = () => { const policy = policies(); check = () => policy.t; return 1;"
    " }; const done = setUp();",
    "in a block": "const setUp = () => { const all = policies(); if (!all.t) { allowed = false; }"
    " return 1; }; const done = setUp();",
    "async": "const setUp = async () => { const all = policies(); allowed = all.t; }; setUp();",
    "caught": "try { allowed = (await remote()).t; } catch {}",
    "caught in a function": "const setUp = async () => { try { const all = await remote();"
    " allowed = all.t; } catch {} }; await setUp();",
}
UNDECIDED = {
    "its own variable": "const setUp = () => { let allowed = 1; missing.thing(); allowed = 2; };"
    " const done = setUp();",
    "another variable": "const setUp = () => { missing.thing(); level = 2; };"
    " const done = setUp();",
    "before": "const setUp = () => { allowed = 2; missing.thing(); }; const done = setUp();",
}

# Caught by the program, and not what Node would have thrown there.
CAUGHT = {
    "refused request": "try { protect(tools, await remote()); } catch {}",
    "refused request in a block": "try { const policy = await remote(); protect(tools, policy); }"
    " catch (error) { console.warn('no policy', error); }",
    "refused request in a function": "const setUp = async () => { try { const policy = await"
    " remote(); protect(tools, policy); } catch {} }; await setUp();",
    "refused request, caught outside": "const setUp = async () => { const policy = await remote();"
    " protect(tools, policy); }; await setUp().catch(() => {});",
    "refused request, not awaited": "const setUp = async () => { const policy = await remote();"
    " protect(tools, policy); }; setUp().catch(console.error);",
    "refused request in a chain": "remote().then((policy) => protect(tools, policy))"
    ".catch(() => {});",
    "refused request with two handlers": "remote().then((policy) => protect(tools, policy),"
    " () => {});",
    "refused request, settled": "const [policy] = await Promise.allSettled([remote().then((policy)"
    " => protect(tools, policy))]);",
    "not made": "const made = missing.thing(); try { const policy = made.load(); protect(tools,"
    " policy); } catch {}",
    "not made, in a function": "const made = missing.thing(); const setUp = () => { const policy ="
    " made.load(); protect(tools, policy); }; try { setUp(); } catch {}",
}

# What still waits when the load ends, and what a package that is not there does to what it gets.
GAPS = {
    "tick": "process.nextTick(() => { const policy = policies(); protect(tools, policy); });",
    "async, of a timer": "const setUp = async () => { await new Promise((r) => setTimeout(r));"
    " protect(tools, policies()); }; setUp();",
    "timer": "setTimeout(() => { const policy = policies(); protect(tools, policy); });",
    "function of an absent package": "pg.guardAll(tools);",
    "method of its object": "const guards = new pg.Guards(); guards.protect(tools);",
    "its class": "new pg.Guards(tools);",
    "its value": "const done = pg.guardAll(tools);",
}

HARMLESS = {
    "run that fails": "const main = async () => { const names = Object.keys(tools);"
    " protect({}, {}); await missing.run(agents.main); }; main();",
    "what ran before": "const setUp = () => { const all = Object.values(tools); all.forEach((each)"
    " => { each.name = 'x'; }); missing.thing(); return 1; }; const done = setUp();",
    "caught": "const setUp = () => { const policy = policies(); protect(tools, policy); };"
    " try { setUp(); } catch {} missing.thing();",
    "caught promise": "const setUp = async () => { const policy = policies(); protect(tools,"
    " policy); }; setUp().catch(() => {}); missing.thing();",
    "file that is not there": "import { readFileSync } from 'node:fs'; try { protect(tools,"
    " JSON.parse(readFileSync('/etc/policies'))); } catch {} missing.thing();",
    "request for something else": "try { await remote(); } catch {} protect({}, {});"
    " missing.thing();",
    "after the catch": "const setUp = async () => { try { await remote(); } catch {}"
    " Object.assign(tools.other, { name: 'x' }); }; await setUp(); missing.thing();",
    "server": "import http from 'node:http'; const start = async () => { await remote();"
    " http.createServer().listen(3000); }; start(); missing.thing();",
    "answer": "const main = async () => { await remote(); console.log(await"
    " agents.main.generate('hello')); }; main().catch(console.error); missing.thing();",
}


def load(sandbox: Sandbox, source: str) -> Loaded:
    """Load a program as a worker does for the second time."""
    return sandbox.load(TOOLS + source, recovers=True)


@pytest.mark.parametrize("name", [*LEFT, *CAUGHT])
def test_tool_that_was_to_be_restricted_does_not_run(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, {**LEFT, **CAUGHT}[name])
    failure = loaded.call("t").failure
    assert failure.kind.name == "LOAD_FAILED", failure
    assert "bundle.js:" in failure.message
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.parametrize("name", ["refused request in a block", "refused request", "not made"])
def test_restriction_in_a_large_program_counts_as_well(sandbox: Sandbox, name: str) -> None:
    large = "const large = [" + "{ text: `a ${1} try {`, of: /try {/ },\n" * 8000 + "];\n"
    loaded = load(sandbox, large + CAUGHT[name] + "const more = [" + "'}',\n" * 20_000 + "];")
    assert loaded.call("t").kind == "LOAD_FAILED"
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.parametrize("name", DECIDED)
def test_tool_that_decides_by_what_was_not_set_does_not_run(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, DECIDES + DECIDED[name])
    assert loaded.call("t").kind == "LOAD_FAILED"
    assert loaded.call("other").value == "ran"
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.parametrize("name", UNDECIDED)
def test_tool_that_decides_by_something_else_runs(sandbox: Sandbox, name: str) -> None:
    assert load(sandbox, DECIDES + UNDECIDED[name]).call("t").value == "ran"


@pytest.mark.parametrize("name", HARMLESS)
def test_error_in_what_restricts_nothing_takes_no_tool_away(sandbox: Sandbox, name: str) -> None:
    loaded = load(sandbox, HARMLESS[name])
    assert loaded.call("t").value == "ran"
    assert loaded.call("f", agent="rest").value == "ran"


@pytest.mark.xfail(strict=True, reason="only what an exception interrupts is known not to have run")
@pytest.mark.parametrize("name", GAPS)
def test_known_gaps(sandbox: Sandbox, name: str) -> None:
    assert load(sandbox, GAPS[name]).call("t").kind == "LOAD_FAILED"
