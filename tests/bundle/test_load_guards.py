"""Reads of the environment at load, in each way, and whether the load fails without the value."""

from __future__ import annotations

import pytest

from services.executor.domain import Severity
from tests.bundle.reading import manifest_of

AGENT = """
export const a = {
  model: "m", system: "s",
  tools: { t: { description: "d", inputSchema: { type: "object" }, execute: () => 1 } },
};
"""
PATH = "env.ACME_KEY"
# Each reads ACME_KEY into `key`.
READS = {
    "member": "const key = process.env.ACME_KEY;",
    "text": 'const key = process.env["ACME_KEY"];',
    "pattern": "const { ACME_KEY: key } = process.env;",
    "alias": "const env = process.env; const key = env.ACME_KEY;",
    "import": 'import { env } from "node:process"; const key = env.ACME_KEY;',
    "renamed import": 'import { env as e } from "process"; const key = e.ACME_KEY;',
    "default import": 'import p from "node:process"; const key = p.env.ACME_KEY;',
    "namespace": 'import * as p from "node:process"; const key = p.env["ACME_KEY"];',
    "global": "const key = globalThis.process?.env?.ACME_KEY;",
    "require": 'const key = require("node:process").env.ACME_KEY;',
    "default": 'const key = process.env.ACME_KEY ?? "";',
    "default of or": 'const key = process.env.ACME_KEY || "";',
    "let": "let key; key = process.env.ACME_KEY;",
    "in a call": "const key = (() => process.env.ACME_KEY)();",
}
GUARDS = {
    "throw": 'if (!key) throw new Error("no key");',
    "throw in a block": 'if (!key) { console.error("no key"); throw Error("no key"); }',
    "exit": "if (!key) { process.exit(1); }",
    "undefined": "if (key === undefined || key === '') throw new Error('no key');",
    "assert": 'console.assert; assert(key, "no key");',
    "else": 'if (key) { console.log("ok"); } else { throw new Error("no key"); }',
    "or": 'const used = key || (() => { throw new Error("no key"); })();',
    "function": 'function fail() { throw new Error("no key"); } const used = key || fail();',
}
# Whole programs that fail to load without ACME_KEY.
NEEDS = [
    "process.env.ACME_KEY || process.exit(1);",
    "const key = process.env.ACME_KEY ?? fail('ACME_KEY'); function fail(n) { throw Error(n); }",
    "if (typeof process.env.ACME_KEY === 'undefined') throw new Error('no');",
    "if (!process.env.ACME_KEY?.trim()) throw new Error('no');",
    "if (!process.env.ACME_KEY || !process.env.OTHER) throw new Error('no');",
    (
        "const u = process.env.ACME_KEY ? new URL(process.env.ACME_KEY) : no();"
        " function no() { throw Error(); }"
    ),
    "z.object({ ACME_KEY: z.string(), B: z.string().optional() }).parse(process.env);",
    "const s = z.object({ ACME_KEY: z.string().min(1) }); const env = s.parse(process.env);",
    (
        "const s = z.object({ ACME_KEY: z.string() }); const r = s.safeParse(process.env);"
        " if (!r.success) { console.error(r.error); process.exit(1); }"
    ),
    "const env = cleanEnv(process.env, { ACME_KEY: str(), B: str({ default: 'x' }) });",
    "const env = createEnv({ server: { ACME_KEY: z.string() }, runtimeEnv: process.env });",
    "v.parse(v.object({ ACME_KEY: v.string() }), process.env);",
    (
        "const need = (n) => { const v = process.env[n]; if (!v) throw Error(n); return v; };"
        " const key = need('ACME_KEY');"
    ),
    "for (const n of ['ACME_KEY', 'B']) if (!process.env[n]) throw new Error(n);",
    (
        "const missing = ['ACME_KEY'].filter((n) => !process.env[n]);"
        " if (missing.length > 0) throw new Error(missing.join());"
    ),
    "if (['ACME_KEY'].some((n) => !process.env[n])) process.exit(1);",
    "['ACME_KEY'].forEach((n) => { if (!process.env[n]) throw new Error(n); });",
    (
        "function load() { const key = process.env.ACME_KEY; if (!key) throw Error(); return key; }"
        " const config = load();"
    ),
    "const load = () => { if (!process.env.ACME_KEY) throw Error(); }; load();",
    (
        "class Config { constructor() { this.key = process.env.ACME_KEY; if (!process.env.ACME_KEY)"
        " throw Error(); } } const config = new Config();"
    ),
    "async function main() { if (!process.env.ACME_KEY) throw Error(); } main();",
    (
        "var init = __esm({ 'src/config.ts'() { key = process.env.ACME_KEY;"
        " if (!key) throw 1; } }); init();"
    ),
    "var m={123:(e,t,r)=>{let n=process.env.ACME_KEY;if(!n)throw Error('no');t.k=n}};r(123);",
]
# Programs that read ACME_KEY while they load, and load without it.
WITHOUT = [
    *READS.values(),
    "const key = process.env.ACME_KEY || 'none';",
    "if (process.env.ACME_KEY === 'off') throw new Error('off');",
    "if (process.env.ACME_KEY) throw new Error('it must not be set');",
    "if (!process.env.ACME_KEY && !process.env.OTHER) throw new Error('one of both');",
    "try { if (!process.env.ACME_KEY) throw new Error('no'); } catch { console.warn('no'); }",
    "const client = new Client({ apiKey: process.env.ACME_KEY });",
    "if (!process.env.ACME_KEY) console.warn('no key');",
    "z.object({ ACME_KEY: z.string().optional() }).parse(process.env);",
    "z.object({ ACME_KEY: z.string() }).safeParse(process.env);",
    "z.object({ ACME_KEY: z.string().default('x') }).parse(process.env);",
    "cleanEnv(process.env, { ACME_KEY: str({ default: 'x' }) });",
    "const get = (n, or) => process.env[n] ?? or; const key = get('ACME_KEY', 'x');",
    "const key = process.env.ACME_KEY; if (globalThis.other) throw new Error('other');",
    "const key = process.env.ACME_KEY; const f = () => { if (!key) throw new Error('later'); };",
    "const get = () => process.env.ACME_KEY; console.log(get());",
]
LATER = [
    "const f = () => process.env.ACME_KEY;",
    "function f() { if (!process.env.ACME_KEY) throw new Error('later'); }",
    "const tools = { execute() { return process.env.ACME_KEY; } };",
    "class Client { get() { return process.env.ACME_KEY; } }",
    "class Client { constructor() { this.key = process.env.ACME_KEY; } }",
    "const f = () => g(); const g = () => process.env.ACME_KEY;",
    "// process.env.ACME_KEY",
]


def told(source: str) -> list[tuple[Severity, str, int]]:
    """Return what the manifest tells of ACME_KEY."""
    found = manifest_of(source + AGENT).diagnostics
    return [
        (each.severity, each.reason, each.line) for each in found if each.path == "env.ACME_KEY"
    ]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("guard", GUARDS)
def test_guard_in_each_way_says_that_the_load_fails(read: str, guard: str) -> None:
    ((severity, reason, line),) = told(f"{READS[read]}\n{GUARDS[guard]}\n")
    assert (severity, line) == (Severity.WARNING, 1)
    assert "which fails in line 2 without it: " in reason
    assert "grant it with --secret ACME_KEY@HOST, or --env ACME_KEY if it is no secret" in reason


@pytest.mark.parametrize("source", NEEDS)
def test_value_that_the_load_needs_is_a_warning(source: str) -> None:
    ((severity, reason, _),) = told(source)
    assert severity is Severity.WARNING
    assert "which fails in line 1 without it" in reason


@pytest.mark.parametrize("source", WITHOUT)
def test_value_that_the_load_can_do_without_is_a_note(source: str) -> None:
    ((severity, reason, _),) = told(source)
    assert severity is Severity.INFO
    assert reason.startswith("ACME_KEY is read while the bundle loads: grant it with --secret")


@pytest.mark.parametrize("source", LATER)
def test_value_that_only_calls_read_is_not_told(source: str) -> None:
    assert told(source) == []


@pytest.mark.parametrize(
    ("source", "option"),
    [
        ("const base = process.env.ACME; fetch(`${base}/x`);", "--env ACME"),
        ("const base = process.env.ACME ?? 'http://localhost:3000';", "--env ACME"),
        ("const client = new Client({ baseURL: process.env.ACME });", "--env ACME"),
        ("const region = process.env.ACME_REGION;", "--env ACME_REGION"),
        ("const url = process.env.ACME_URL;", "--env ACME_URL"),
        ("const shop = process.env.ACME;", "--env ACME, or --secret ACME@HOST if it is a key"),
        (
            "const key = process.env.ACME_TOKEN;",
            "--secret ACME_TOKEN@HOST, or --env ACME_TOKEN if it is no secret",
        ),
    ],
)
def test_option_fits_what_the_value_is(source: str, option: str) -> None:
    found = [each for each in manifest_of(source + AGENT).diagnostics if each.path]
    (reason,) = [each.reason for each in found if each.path.startswith("env.")]
    assert f": grant it with {option}. " in reason
