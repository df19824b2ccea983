"""Variables that are addresses or paths are told apart from keys; reads at load are listed."""

from __future__ import annotations

import pytest

from services.executor.bundle.index.concrete import tolerant_tree
from services.executor.bundle.reach.address_uses import AddressUses
from services.executor.bundle.reach.load_env import names_read_at_load
from services.executor.bundle.reach.load_time import LoadTime

ADDRESSES = (
    "fetch(`${process.env.NAME}/orders`)",
    "fetch(process.env.NAME + '/orders')",
    "fetch(process.env.NAME)",
    "fetch(process.env['NAME'])",
    "fetch(`https://${process.env.NAME}/admin`)",
    "fetch('https://' + process.env.NAME)",
    "new URL('/x', process.env.NAME)",
    "new URL(process.env.NAME)",
    "new Client({ baseURL: process.env.NAME })",
    "new Client({ host: process.env.NAME, port: 1 })",
    "createClient({ url: process.env.NAME ?? '' })",
    "const base = process.env.NAME; fetch(`${base}?q=1`)",
    "const { NAME } = process.env; fetch(`${NAME}/x`)",
    "const { NAME: base } = process.env; const to = `${base}/x`; fetch(to)",
    "const { NAME = 'http://localhost:3000' } = process.env; fetch(`${NAME}/x`)",
    "const base = process.env.NAME ?? 'http://localhost:3000'",
    "const base = process.env.NAME || `https://api.example/v1`",
    "const base = process.env.NAME.replace(/\\/$/, ''); axios.get(`${base}/x`)",
    "let base; base = process.env.NAME; fetch(base + '/x')",
    "class C { constructor() { this.baseUrl = process.env.NAME; } }",
    "fs.readFileSync(process.env.NAME, 'utf8')",
    "path.join(process.env.NAME, 'x')",
    "const apiUrl = process.env.NAME; make({ apiUrl })",
)
OTHERS = (
    "fetch('https://a.example', { headers: { authorization: `Bearer ${process.env.NAME}` } })",
    "fetch('https://a.example', { headers: { 'x-key': process.env.NAME } })",
    "const key = process.env.NAME; headers.set('x-key', key)",
    "new Exa(process.env.NAME)",
    "new Client({ apiKey: process.env.NAME })",
    "if (!process.env.NAME) throw new Error('NAME is missing')",
    "const key = process.env.NAME ?? ''",
    "fetch(`https://a.example/x?key=${process.env.NAME}`)",
    "console.log(`NAME: ${process.env.NAME}`)",
    "// fetch(`${process.env.NAME}/x`)",
)


@pytest.mark.parametrize("text", ADDRESSES)
def test_address_is_recognised(text: str) -> None:
    assert AddressUses(tolerant_tree(text), text).has("NAME")


@pytest.mark.parametrize("text", OTHERS)
def test_other_uses_are_no_address(text: str) -> None:
    assert not AddressUses(tolerant_tree(text), text).has("NAME")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("const a = process.env.A ?? ''; const b = process.env['B'];", ["A", "B"]),
        ("const { A, B: b, C = 'x' } = process.env;", ["A", "B", "C"]),
        ("const c = new Client({ key: process.env.A });", ["A"]),
        ("(() => { const a = process.env.A; })();", ["A"]),
        ("(function () { return process.env?.A; })();", ["A"]),
        ("const f = () => process.env.A; function g() { return process.env.B; }", []),
        ("class C { m() { return process.env.A; } }", []),
        ("// process.env.A\nconst text = 'process.env.B';", []),
        ('import { env } from "node:process"; const a = env.A, f = () => env.B;', ["A"]),
        ('import{x,env as e}from"process";const a=e.A??e["B"];', ["A", "B"]),
        ('import own from "process"; own.env.A; other.own.env.B;', ["A"]),
        ('import * as own from "node:process"; own.env?.A;', ["A"]),
        ("if (process.env.NODE_ENV !== 'production') run(process.env.DEBUG);", []),
        (
            'import p from "process"; import { env } from "node:process"; p.env.A; env.B;',
            ["A", "B"],
        ),
        ('import p, { env as e } from "process"; p.env.A; e.B;', ["A", "B"]),
        ('import { env } from "process"; const { A, B = "x" } = env;', ["A", "B"]),
        ('const a = require("node:process").env.A;', ["A"]),
        ('const p = require("process"); p.env.A; const { B } = p.env;', ["A", "B"]),
        ('var import_p = __toESM(require("node:process")); import_p.default.env.A;', ["A"]),
        ('const { env } = require("process"); use(env.A, env["B"]);', ["A", "B"]),
        ('const e = createRequire(import.meta.url)("process").env; e.A;', ["A"]),
        ('const a = process.getBuiltinModule("process").env.A;', ["A"]),
        ('const { env: e } = await import("node:process"); e.A;', ["A"]),
        ('const a = (await import("process")).env.A;', ["A"]),
        ("const env = process.env; const a = env.A; f(env.lower); const g = () => env.B;", ["A"]),
        ("(() => { const e = process.env; e.A; })(); (() => { e.B; })();", ["A"]),
        ("const { env } = process; env.A;", ["A"]),
        ("const { argv, env: { A, B: b } } = process;", ["A", "B"]),
        ("const p = globalThis.process; p.env.A;", ["A"]),
        ("const has = 'A' in process.env;", ["A"]),
        ("process.env.A = '1'; delete process.env.B; process.env.C ??= '1';", ["C"]),
        ("process.env.A === '1'; x = process.env.B == null;", ["A", "B"]),
        ("const need = (name) => process.env[name]; need('A'); () => need('B');", ["A"]),
        ("function need(name, or) { return process.env[name] ?? or; } need('A', 1);", ["A"]),
        ("function other(a, name) { return process.env[name]; } other('A', 'B');", ["B"]),
        ("const s = z.object({ A: z.string(), B: z.string() }); s.parse(process.env);", ["A", "B"]),
        ("z.object({ A: z.string() }).strict().safeParse(process.env);", ["A"]),
        ("cleanEnv(process.env, { A: str(), lower: str() });", ["A"]),
        ("createEnv({ server: { A: z.string() }, runtimeEnv: process.env });", ["A"]),
        ("() => cleanEnv(process.env, { A: str() });", []),
        ("for (const n of ['A', \"B\"]) out[n] = process.env[n];", ["A", "B"]),
        ("const l = ['A', 'B']; const o = l.map((n) => process.env[n]);", ["A", "B"]),
        ("const o = ['A', other].filter(n => !process.env[n]).join();", ["A"]),
        ("const has = ['A'].every(function (n) { return process.env?.[n]; });", ["A"]),
        ("() => ['A'].map((n) => process.env[n]);", []),
        ("['A'].map((other, n) => process.env[n]);", []),
        ("(function (n) { return process.env[n]; })('A');", ["A"]),
        ("x = function({v:e,name:t}){return e??process.env[t]}({v:1,name:'A'});", ["A"]),
        ("(({ name }) => process.env[name])({ name: 'A', other: 'B' });", ["A"]),
        ("(({ name: n }) => process.env[n])({ name: other });", [""]),
        ("((other, n) => process.env[n])('A', name);", [""]),
        ("const a = process.env[`${prefix}_KEY`]; process.env['A'];", ["", "A"]),
        ("const a = process.env[name]; const b = process.env['A' + name];", [""]),
        ("const a = () => process.env[`${prefix}_KEY`]; process.env[name()] = 'A';", []),
    ],
)
def test_reads_at_load_are_listed(text: str, names: list[str]) -> None:
    found = names_read_at_load(LoadTime(tolerant_tree(text), text))
    assert [name for name, _ in found] == names


def test_many_names_are_cut() -> None:
    text = ";".join(f"use(process.env.NAME_{at})" for at in range(50))
    assert len(names_read_at_load(LoadTime(tolerant_tree(text), text))) == 12
