"""Ways to nest calls: ``f(n)`` returns n, after n nested calls or over a value n deep."""

from __future__ import annotations

from typing import Final

CALLS: Final = {
    "plain": "const f = (n) => n === 0 ? 0 : 1 + f(n - 1);",
    "function": (
        "function f(n) { if (n === 0) return 0; const a = n; let b = a - 1; return 1 + f(b); }"
    ),
    "many locals": (
        "function f(n) { const {a, b, ...c} = {a: n, b: 2, d: 3}; const x = [a, b], y = `${a}`, z "
        "= a * 2, w = [x, y, z]; if (a === 0) return 0; for (const k of [1]) { return k + f(a - "
        "1); } }"
    ),
    "spread": "const f = (...a) => a[0] === 0 ? 0 : 1 + f(...[a[0] - 1, 2, 3]);",
    "rest8": (
        "const f = (n, a, b, c, d, e, g, h) => n === 0 ? 0 : 1 + f(n - 1, n, n, n, n, n, n, n);"
    ),
    "method": (
        "const o = {m(n) { return n === 0 ? 0 : 1 + this.m(n - 1); }}; const f = (n) => o.m(n);"
    ),
    "mutual": (
        "const e = (n) => n === 0 ? 0 : 1 + o(n - 1); const o = (n) => n === 0 ? 0 : 1 + e(n - 1); "
        "const f = e;"
    ),
    "map": "const f = (n) => n === 0 ? 0 : 1 + [n - 1].map(f)[0];",
    "map closure": "const f = (n) => n === 0 ? 0 : 1 + [n - 1].map((x) => f(x))[0];",
    "forEach": (
        "const f = (n) => { let s = 0; if (n > 0) [n - 1].forEach((x) => { s = 1 + f(x); }); "
        "return s; };"
    ),
    "filter": (
        "const f = (n) => { let s = 0; if (n > 0) [n - 1].filter((x) => { s = 1 + f(x); return "
        "true }); return s; };"
    ),
    "reduce": "const f = (n) => n === 0 ? 0 : [n - 1].reduce((s, x) => s + f(x), 1);",
    "flatMap": "const f = (n) => n === 0 ? 0 : 1 + [n - 1].flatMap((x) => f(x))[0];",
    "find": (
        "const f = (n) => { let s = 0; if (n > 0) [n - 1].find((x) => { s = 1 + f(x); }); return "
        "s; };"
    ),
    "some": (
        "const f = (n) => { let s = 0; if (n > 0) [n - 1].some((x) => { s = 1 + f(x); }); return "
        "s; };"
    ),
    "sort": (
        "const f = (n) => { let s = 0; if (n > 0) { let c = 0; [2, 1].sort((a, b) => { if (!c++) s "
        "= 1 + f(n - 1); return a - b; }); } return s; };"
    ),
    "toSorted": (
        "const f = (n) => { let s = 0; if (n > 0) { let c = 0; [2, 1].toSorted((a, b) => { if "
        "(!c++) s = 1 + f(n - 1); return a - b; }); } return s; };"
    ),
    "Array.from": "const f = (n) => n === 0 ? 0 : 1 + Array.from([n - 1], (x) => f(x))[0];",
    "typed map": (
        "const f = (n) => n === 0 ? 0 : 1 + new Float64Array([n - 1]).map((x) => f(x))[0];"
    ),
    "Map.forEach": (
        "const f = (n) => { let s = 0; if (n > 0) new Map([[1, n - 1]]).forEach((x) => { s = 1 + "
        "f(x); }); return s; };"
    ),
    "Set.forEach": (
        "const f = (n) => { let s = 0; if (n > 0) new Set([n - 1]).forEach((x) => { s = 1 + f(x); "
        "}); return s; };"
    ),
    "call": "const f = (n) => n === 0 ? 0 : 1 + f.call(null, n - 1);",
    "apply": "const f = (n) => n === 0 ? 0 : 1 + f.apply(null, [n - 1]);",
    "bind": "const f = (n) => n === 0 ? 0 : 1 + f.bind(null, n - 1)();",
    "Reflect.apply": "const f = (n) => n === 0 ? 0 : 1 + Reflect.apply(f, null, [n - 1]);",
    "Reflect.construct": (
        "function C(n) { this.v = n === 0 ? 0 : 1 + Reflect.construct(C, [n - 1]).v; } const f = "
        "(n) => new C(n).v;"
    ),
    "getter": (
        "const o = {get v() { return this.n === 0 ? 0 : 1 + at(this.n - 1).v; }, n: 0}; const at = "
        "(n) => Object.assign(Object.create(o), {n}); const f = (n) => at(n).v;"
    ),
    "setter": (
        "let s = 0; const o = {set v(n) { s++; if (n > 0) this.v = n - 1; }}; const f = (n) => { s "
        "= 0; o.v = n; return s - 1; };"
    ),
    "proxy get": (
        "const at = (n) => new Proxy({}, {get: () => n === 0 ? 0 : 1 + at(n - 1).v}); const f = "
        "(n) => at(n).v;"
    ),
    "proxy apply": (
        "const p = new Proxy((n) => n === 0 ? 0 : 1 + p(n - 1), {}); const f = (n) => p(n);"
    ),
    "proxy trap": (
        "const p = new Proxy(() => 0, {apply: (t, s, [n]) => n === 0 ? 0 : 1 + p(n - 1)}); const f "
        "= (n) => p(n);"
    ),
    "class": (
        "class C { constructor(n) { this.v = n === 0 ? 0 : 1 + new C(n - 1).v; } } const f = (n) "
        "=> new C(n).v;"
    ),
    "derived class": (
        "class B { constructor(n) { this.n = n; } } class C extends B { constructor(n) { super(n); "
        "this.v = n === 0 ? 0 : 1 + new C(n - 1).v; } } const f = (n) => new C(n).v;"
    ),
    "base recursion": (
        "class B { constructor(n) { this.v = n === 0 ? 0 : 1 + new C(n - 1).v; } } class C extends "
        "B { constructor(n) { super(n); } } const f = (n) => new C(n).v;"
    ),
    "class field": (
        "let k; class C { n = k; v = k-- === 0 ? 0 : 1 + new C().v; } const f = (n) => { k = n; "
        "return new C().v; };"
    ),
    "static method": (
        "class C { static m(n) { return n === 0 ? 0 : 1 + C.m(n - 1); } } const f = (n) => C.m(n);"
    ),
    "super method": (
        "class A { m(n) { return n === 0 ? 0 : 1 + this.k(n - 1); } k(n) { return this.m(n); } } "
        "class C extends A { k(n) { return super.k(n); } } const f = (n) => new C().m(n);"
    ),
    "private": (
        "class C { #m(n) { return n === 0 ? 0 : 1 + this.#m(n - 1); } r(n) { return this.#m(n); } "
        "} const f = (n) => new C().r(n);"
    ),
    "generator next": (
        "function* g(n) { yield n === 0 ? 0 : 1 + g(n - 1).next().value; } const f = (n) => "
        "g(n).next().value;"
    ),
    "yield*": (
        "function* g(n) { if (n === 0) { yield 0; return 0; } return 1 + (yield* g(n - 1)); } "
        "const f = (n) => { const it = g(n); let r; while (!(r = it.next()).done); return r.value; "
        "};"
    ),
    "for of generator": (
        "function* g(n) { if (n > 0) for (const x of g(n - 1)) yield x + 1; else yield 0; } const "
        "f = (n) => { for (const x of g(n)) return x; };"
    ),
    "generator spread": (
        "function* g(n) { yield n === 0 ? 0 : 1 + [...g(n - 1)][0]; } const f = (n) => "
        "[...g(n)][0];"
    ),
    "async": "const f = async (n) => n === 0 ? 0 : 1 + await f(n - 1);",
    "async tail": "const f = async (n) => n === 0 ? 0 : f(n - 1).then((x) => x + 1);",
    "async after await": (
        "const f = async (n) => { await null; return n === 0 ? 0 : 1 + await f(n - 1); };"
    ),
    "async method": (
        "const o = {async m(n) { return n === 0 ? 0 : 1 + await this.m(n - 1); }}; const f = (n) "
        "=> o.m(n);"
    ),
    "async map": (
        "const f = async (n) => n === 0 ? 0 : 1 + (await Promise.all([n - 1].map((x) => f(x))))[0];"
    ),
    "async generator": (
        "async function* g(n) { yield n === 0 ? 0 : 1 + (await g(n - 1).next()).value; } const f = "
        "async (n) => (await g(n).next()).value;"
    ),
    "async for await": (
        "async function* g(n) { if (n > 0) for await (const x of g(n - 1)) yield x + 1; else yield "
        "0; } const f = async (n) => { for await (const x of g(n)) return x; };"
    ),
    "async yield*": (
        "async function* g(n) { if (n > 0) yield* g(n - 1); else yield 0; } const f = async (n) => "
        "{ for await (const x of g(n)) return x + n; };"
    ),
    "new Promise": (
        "const f = (n) => n === 0 ? Promise.resolve(0) : new Promise((resolve) => resolve(f(n - "
        "1))).then((x) => x + 1);"
    ),
    "sync promise executor": (
        "let d = 0; const g = (n) => { d++; return new Promise((resolve) => { if (n > 0) g(n - 1); "
        "resolve(); }); }; const f = (n) => { d = 0; g(n); return d - 1; };"
    ),
    "toJSON": (
        "const at = (n) => ({toJSON: () => n === 0 ? 0 : 1 + +JSON.stringify(at(n - 1))}); const f "
        "= (n) => +JSON.stringify(at(n));"
    ),
    "reviver": "const f = (n) => n === 0 ? 0 : JSON.parse('1', () => 1 + f(n - 1));",
    "replacer": "const f = (n) => n === 0 ? 0 : +JSON.stringify(1, () => 1 + f(n - 1));",
    "replace": "const f = (n) => n === 0 ? 0 : +'x'.replace('x', () => 1 + f(n - 1));",
    "replace regexp": "const f = (n) => n === 0 ? 0 : +'x'.replace(/x/, () => 1 + f(n - 1));",
    "replaceAll": "const f = (n) => n === 0 ? 0 : +'x'.replaceAll(/x/g, () => 1 + f(n - 1));",
    "tagged": "const f = (n) => n === 0 ? 0 : 1 + t`${n}`; const t = (s, n) => f(n - 1);",
    "template": "const f = (n) => n === 0 ? 0 : +`${1 + f(n - 1)}`;",
    "toString": (
        "const at = (n) => ({toString: () => n === 0 ? '0' : String(1 + +`${at(n - 1)}`)}); const "
        "f = (n) => +`${at(n)}`;"
    ),
    "valueOf": (
        "const at = (n) => ({valueOf: () => n === 0 ? 0 : 1 + at(n - 1)}); const f = (n) => +at(n);"
    ),
    "toPrimitive": (
        "const at = (n) => ({[Symbol.toPrimitive]: () => n === 0 ? 0 : 1 + +at(n - 1)}); const f = "
        "(n) => +at(n);"
    ),
    "iterator": (
        "const at = (n) => ({[Symbol.iterator]() { return {next: () => ({value: n === 0 ? 0 : 1 + "
        "[...take(at(n - 1))][0], done: false})}; }}); const take = (o) => { const [x] = o; return "
        "[x]; }; const f = (n) => take(at(n))[0];"
    ),
    "destructuring default": "const f = (n, {v = n === 0 ? 0 : 1 + f(n - 1)} = {}) => v;",
    "default param": "const f = (n, v = n === 0 ? 0 : 1 + f(n - 1)) => v;",
    "instanceof": (
        "const f = (n) => { let s = 0; if (n > 0) ({} instanceof {[Symbol.hasInstance]: () => { s "
        "= 1 + f(n - 1); }}); return s; };"
    ),
    "try": "const f = (n) => { try { return n === 0 ? 0 : 1 + f(n - 1); } finally { n = 0; } };",
    "catch": (
        "const f = (n) => { try { if (n === 0) throw 0; f(n - 1); return 0 } catch (e) { if (e === "
        "0 || e > 0) { const v = n === 0 ? 0 : e + 1; if (n === N) return v; throw v; } throw e; } "
        "};"
    ),
    "eval": (
        "const f = (n) => n === 0 ? 0 : 1 + (0, eval)('globalThis.F')(n - 1); globalThis.F = f;"
    ),
    "new Function": (
        "const f = (n) => n === 0 ? 0 : 1 + new Function('f', 'n', 'return f(n)')(f, n - 1);"
    ),
    "Iterator.map": (
        "const f = (n) => n === 0 ? 0 : 1 + [n - 1].values().map((x) => f(x)).next().value;"
    ),
    "Object.entries map": (
        "const f = (n) => n === 0 ? 0 : Object.fromEntries(Object.entries({a: n - 1}).map(([k, v]) "
        "=> [k, 1 + f(v)])).a;"
    ),
    "assign getter": (
        "const at = (n) => ({get v() { return n === 0 ? 0 : 1 + Object.assign({}, at(n - 1)).v; "
        "}}); const f = (n) => at(n).v;"
    ),
    "spread getter": (
        "const at = (n) => ({get v() { return n === 0 ? 0 : 1 + {...at(n - 1)}.v; }}); const f = "
        "(n) => at(n).v;"
    ),
    "emit": (
        "const {EventEmitter} = require('events'); const f = (n) => { const e = new "
        "EventEmitter(); let s = 0; e.on('x', (k) => { s = k === 0 ? 0 : 1 + f(k - 1); }); "
        "e.emit('x', n); return s; };"
    ),
    "dispatchEvent": (
        "const f = (n) => { const e = new EventTarget(); let s = 0; e.addEventListener('x', () => "
        "{ s = n === 0 ? 0 : 1 + f(n - 1); }); e.dispatchEvent(new Event('x')); return s; };"
    ),
    "als": (
        "const {AsyncLocalStorage} = require('async_hooks'); const a = new AsyncLocalStorage(); "
        "const f = (n) => n === 0 ? 0 : 1 + a.run(n, () => f(n - 1));"
    ),
}
"""Recursions."""

VALUES: Final = {
    "toJSON nested": (
        "const at = (n) => ({toJSON: () => n === 0 ? 0 : [at(n - 1)]}); const f = (n) => "
        "(JSON.stringify(at(n)).length - 1) / 2;"
    ),
    "stringify nested": (
        "const f = (n) => { let o = 0; for (let i = 0; i < n; i++) o = [o]; return "
        "(JSON.stringify(o).length - 1) / 2; };"
    ),
    "stringify nested objects": (
        "const f = (n) => { let o = 0; for (let i = 0; i < n; i++) o = {a: o}; return "
        "(JSON.stringify(o).length - 1) / 6; };"
    ),
    "stringify replacer": (
        "const f = (n) => { let o = 0; for (let i = 0; i < n; i++) o = [o]; return "
        "(JSON.stringify(o, (k, v) => v).length - 1) / 2; };"
    ),
    "parse nested": (
        "const f = (n) => { let o = JSON.parse('['.repeat(n) + '0' + ']'.repeat(n)); let d = 0; "
        "while (Array.isArray(o)) { o = o[0]; d++; } return d; };"
    ),
    "parse nested objects": (
        "const f = (n) => { let o = JSON.parse('{\"a\":'.repeat(n) + '0' + '}'.repeat(n)); let d = "
        "0; while (typeof o === 'object') { o = o.a; d++; } return d; };"
    ),
    "reviver nested": (
        "const f = (n) => { let o = JSON.parse('['.repeat(n) + '0' + ']'.repeat(n), (k, v) => v); "
        "let d = 0; while (Array.isArray(o)) { o = o[0]; d++; } return d; };"
    ),
    "Iterator chain": (
        "const f = (n) => { let it = [0].values(); for (let i = 0; i < n; i++) it = it.map((x) => "
        "x + 1); return it.next().value; };"
    ),
    "structuredClone": (
        "const f = (n) => { let o = 0; for (let i = 0; i < n; i++) o = [o]; let d = 0; o = "
        "structuredClone(o); while (Array.isArray(o)) { o = o[0]; d++; } return d; };"
    ),
    "flat": (
        "const f = (n) => { let o = [n]; for (let i = 0; i < n; i++) o = [o]; return "
        "o.flat(Infinity)[0]; };"
    ),
    "walk tree": (
        "const f = (n) => { let o = {v: 0}; for (let i = 0; i < n; i++) o = {children: [o]}; const "
        "walk = (t) => t.children ? 1 + Math.max(...t.children.map(walk)) : 0; return walk(o); };"
    ),
    "deep equal": (
        "const f = (n) => { const mk = () => { let o = {v: 0}; for (let i = 0; i < n; i++) o = {c: "
        "o}; return o; }; const eq = (a, b) => typeof a !== 'object' ? a === b : "
        "Object.keys(a).every((k) => eq(a[k], b[k])); return eq(mk(), mk()) ? n : -1; };"
    ),
    "regexp": "const f = (n) => /^(?:a|b)*c$/.test('ab'.repeat(n / 2) + 'c') ? n : -1;",
}
"""Work on values that nest."""
