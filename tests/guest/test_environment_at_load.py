"""Every way to read the environment while a program loads gives what Node gives."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Sandbox
from tests.npm import node

ENV = {"K": "v", "EMPTY": "", "API_URL": "http://a.example:1", "_odd": "x=y", "toString": "mine"}
# Each is an expression, or the body of a function after a semicolon; Node is the judge.
FORMS = (
    "process.env.K",
    "process.env['K']",
    "process.env[`K`]",
    "process.env.MISSING ?? 'none'",
    "process.env.EMPTY || 'default'",
    "process?.env?.K",
    "globalThis.process?.env.K",
    "globalThis['process'].env.K",
    "typeof process !== 'undefined' && process.env && process.env.K",
    "typeof process === 'undefined' ? 'browser' : 'node'",
    "(() => { const { K } = process.env; return K; })()",
    "(() => { const { MISSING = 'd', K: renamed } = process.env; return [MISSING, renamed]; })()",
    "(() => { const { K, ...rest } = process.env; return [K, Object.keys(rest).sort()]; })()",
    "(() => { const { env } = process; return env.K; })()",
    "(({ env: { K } }) => K)(process)",
    "({ ...process.env }).K",
    "Object.assign({}, process.env).K",
    "Object.keys(process.env).sort()",
    "Object.values(process.env).sort()",
    "Object.entries(process.env).sort()",
    "Object.fromEntries(Object.entries(process.env).filter(([key]) => key === 'K'))",
    "Object.getOwnPropertyNames(process.env).sort()",
    "Reflect.ownKeys(process.env).sort()",
    "(() => { const all = []; for (const k in process.env) all.push(k); return all.sort(); })()",
    "JSON.parse(JSON.stringify(process.env))",
    "structuredClone(process.env)",
    "new Map(Object.entries(process.env)).get('K')",
    "'K' in process.env",
    "'MISSING' in process.env",
    "'hasOwnProperty' in process.env",
    "Object.hasOwn(process.env, 'K')",
    "Object.hasOwn(process.env, 'MISSING')",
    "Object.prototype.hasOwnProperty.call(process.env, 'K')",
    "process.env.hasOwnProperty('EMPTY')",
    "Reflect.has(process.env, 'K')",
    "Reflect.get(process.env, 'K')",
    "Object.getOwnPropertyDescriptor(process.env, 'K')",
    "Object.getOwnPropertyDescriptor(process.env, 'MISSING') ?? null",
    "process.env._odd",
    "process.env.toString",
    "typeof process.env.valueOf",
    "process.env[Symbol.toStringTag] ?? null",
    "Object.prototype.toString.call(process.env)",
    "Object.isExtensible(process.env)",
    "Object.isFrozen(process.env)",
    "process.env === process.env",
    "import.meta?.env?.K ?? null",
    "env.K",
    "namespace.env.K",
    "whole.env.K",
    "env === process.env",
    "requireOf('process').env.K",
    "requireOf('node:process').env === process.env",
    "process.getBuiltinModule('process').env.K",
    "((name, fallback) => process.env[name] ?? fallback)('K', 1)",
    "((name) => { if (!process.env[name]) throw new Error(`${name} is missing`); })('MISSING')",
    "new (class { constructor({ key = process.env.K } = {}) { this.key = key; } })().key",
    "new Proxy(process.env, {}).K",
    "Object.create(process.env).K",
    "[process.env].map(({ K }) => K)",
    "Array.from(Object.keys(process.env)).includes('K')",
    "process.env.NUMBER = 7, process.env.NUMBER",
    "process.env.UNSET = undefined, process.env.UNSET",
    "process.env.NULL = null, typeof process.env.NULL",
    "process.env.GONE = 'x', delete process.env.GONE, 'GONE' in process.env",
    "delete process.env.NEVER_THERE",
    "process.env.OBJECT = { toString: () => 'text' }, process.env.OBJECT",
    "process.env.SYMBOL = Symbol('s')",
    "process.env[Symbol('s')] = 1",
    "Object.defineProperty(process.env, 'D', { value: 'd' })",
    "Object.defineProperty(process.env, 'D', { get() { return 1; } })",
    "Object.defineProperty(process.env, 'D', { value: 5, ...FULL }).D",
    "process.env.K ||= 'other', process.env.K",
    "process.env.NEW ??= 'other', process.env.NEW",
    "Object.assign(process.env, { ADDED: 'a' }).ADDED",
    "Object.preventExtensions(process.env)",
)
HEADS = {
    "esm": (
        'import { env } from "node:process"; import * as namespace from "process";'
        'import whole from "node:process"; import { createRequire } from "node:module";'
        'const requireOf = createRequire("file:///bundle.js");'
    ),
    "cjs": (
        'const { env } = require("node:process"); const namespace = require("process");'
        'const whole = require("node:process"); const requireOf = require;'
    ),
}
TAILS = {
    "esm": "export const agents = {main: {tools: {t: {execute: () => found}}}};",
    "cjs": "exports.agents = {main: {tools: {t: {execute: () => found}}}};",
}


def program(form: str) -> str:
    """Return a program that makes every read while it loads, and a tool that returns them."""
    full = "const FULL = { writable: true, enumerable: true, configurable: true };"
    lines = [HEADS[form], full, "const found = {};"]
    for text in FORMS:
        if form == "cjs" and "import.meta" in text:
            continue
        expression = f"({text})"
        lines.append(
            f"try {{ found[{json.dumps(text)}] = {expression} ?? null; }} catch (error) {{"
            f" found[{json.dumps(text)}] = [error.name, error.code ?? null, error.message]; }}"
        )
    return "\n".join([*lines, TAILS[form]])


def in_node(source: str, form: str, folder: Path) -> object:
    """Return what the program finds in Node with this environment and nothing else."""
    bundle = folder / f"bundle.{'mjs' if form == 'esm' else 'cjs'}"
    bundle.write_text(source)
    judge = folder / "judge.mjs"
    judge.write_text(
        # The starter of this node sets a variable of its own.
        f"delete process.env.LC_CTYPE; const loaded = await import({json.dumps(bundle.as_uri())});"
        "const { agents } = loaded.agents ? loaded : loaded.default;"
        "console.log(JSON.stringify(agents.main.tools.t.execute()));"
    )
    done = subprocess.run(
        [node(), str(judge)], env=ENV, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("form", HEADS)
def test_reads_at_load_are_those_of_node(sandbox: Sandbox, form: str, tmp_path: Path) -> None:
    source = program(form)
    loaded = sandbox.load(source, module=form == "esm", env=ENV)
    found = loaded.call("t", context={"env": ENV}).value
    expected = in_node(source, form, tmp_path)
    assert found == expected


@pytest.mark.parametrize(
    ("text", "names", "all_env"),
    [
        ("process.env.K", {"K"}, False),
        ("const { K, L = 1 } = process.env", {"K", "L"}, False),
        ("'K' in process.env", {"K"}, False),
        ("Object.hasOwn(process.env, 'K')", {"K"}, False),
        ("process.env.K = 'x'", {"K"}, False),
        ("delete process.env.K", {"K"}, False),
        ("({ ...process.env })", set(), True),
        ("Object.keys(process.env)", set(), True),
        ("JSON.stringify(process.env)", {"toJSON"}, True),
        ("for (const name in process.env);", set(), True),
        ("const later = () => process.env.K", set(), False),
        ("const held = process.env", set(), False),
        ("await new Promise((r) => setTimeout(r, 1)); process.env.K", {"K"}, False),
        ("for (let i = 0; i < 300; i++) process.env['N' + i]", None, True),
        ("process.env['x'.repeat(5000)]", set(), True),
        ("globalThis.fetch", set(), False),
    ],
)
def test_host_is_told_what_a_load_reads(
    sandbox: Sandbox, text: str, names: set[str] | None, all_env: bool
) -> None:
    reads = sandbox.load(text + ";export const agents = {};").reads
    assert reads.all_env is all_env
    assert names is None or reads.env == names
    assert not reads.fetches


def test_host_is_told_of_reads_before_a_load_fails(sandbox: Sandbox) -> None:
    loaded = sandbox.load("if (!process.env.K) throw new Error('no K');")
    assert loaded.ran.kind == "LOAD_FAILED"
    assert loaded.reads.env == {"K"}


def test_host_is_told_of_a_fetch(sandbox: Sandbox) -> None:
    source = "await fetch('https://a.example/').catch(() => {}); export const agents = {};"
    assert sandbox.load(source).reads.fetches


def test_value_that_the_program_wrote_stays_in_calls(sandbox: Sandbox) -> None:
    source = (
        "process.env.K = 'its own';"
        "export const agents = {main: {tools: {t: {execute: () => process.env.K}}}};"
    )
    loaded = sandbox.load(source, env={"K": "given"})
    assert loaded.call("t", context={"env": {"K": "given"}}).value == "its own"


def replies(call: dict[str, object]) -> dict[str, object] | None:
    """Answer a request with a body that never ends after its first bytes."""
    asked = call["input"]
    assert isinstance(asked, dict)
    if asked["op"] != "request":
        return None
    body: dict[str, object] = {"data": "aGk=", "done": True}
    if str(asked["url"]).endswith("/endless"):
        body = {"id": call["id"], "data": "aGk=", "done": False}
    return {"output": {"status": 200, "headers": [], "body": body}}


def test_load_waits_for_requests_and_ends_streams(sandbox: Sandbox) -> None:
    source = """
      const later = fetch("https://a.example/x").then((answer) => answer.text())
        .then(() => fetch("https://a.example/y")).then((answer) => answer.text());
      const endless = await fetch("https://a.example/endless");
      const reader = endless.body.getReader();
      const first = await reader.read();
      const rest = reader.read().then(() => "more", (error) => error.name);
      const execute = async () => [
        await later, new TextDecoder().decode(first.value), await rest,
        await fetch("https://a.example/z").then((answer) => answer.status, (error) => error.name),
      ];
      export const agents = { main: { tools: { t: { execute } } } };
    """
    loaded = sandbox.load(source, granted={"fetch": replies})
    assert loaded.ran.outcome.failure is None
    assert [call["id"] for call in loaded.ran.asked] == [1, 2, 3, 4]
    assert loaded.call("t").value == ["hi", "hi", "TypeError", "CapabilityDeniedError"]
    called = loaded.call("t", granted={"fetch": replies})
    assert called.value == ["hi", "hi", "TypeError", 200]
    assert [call["id"] for call in called.asked] == [5]


def test_call_has_its_own_count_of_requests(sandbox: Sandbox) -> None:
    source = """
      for (let i = 0; i < 3; i++) await fetch("https://a.example/x");
      const execute = async () => {
        let made = 0;
        try { for (;;) { await fetch("https://a.example/x"); made++; } }
        catch (error) { return [made, error.name]; }
      };
      export const agents = { main: { tools: { t: { execute } } } };
    """
    loaded = sandbox.load(source, granted={"fetch": replies})
    limits = Limits(host_calls=2)
    called = loaded.call("t", granted={"fetch": replies}, limits=limits)
    assert called.value == [2, "LimitExceededError"]
