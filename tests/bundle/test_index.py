"""A bundle read piece by piece is what it is when it is parsed as a whole."""

from __future__ import annotations

import pytest

from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from tests.bundle.comparing import differences

PROGRAMS = {
    "declarations": "var a = 1, b, c = () => { return a }; let d = b; const e = function f() { f() }",
    "patterns": "const { a, b: [c, ...d], ...e } = f(), [g = a] = d; var { h } = { h() { h = 1 } };",
    "twice": "var a = 1; var a = 2; var b; function b() {} var c = () => { var a; a = 3 }; var b = 4",
    "functions": "function f(a, { b }, ...c) { a = 1; b++; function a() {} var c = 2 } f.x = f",
    "generators": "function* f() { yield 1; var x = yield* f() } async function g() { await f() }",
    "classes": "class A { static x = 1; #p = 2; m() { this.#p = A } static { A.y = 3; var z } } A.w = 1",
    "class_names": "const C = class D extends E { m() { D.x = C } get v() { return D } }; C.x = 1",
    "hoisted": "if (a) { var x = 1 } else var y = 2; for (var i = 0; i < 3; i++) x = i; try {} catch (y) { y = 1 }",
    "loops": "for (const a of b) a.x = 1; for (var k in o) k = 2; for (x.y of z); for ([p, q.r] of s); var p",
    "shadows": "let e = {}; function f(e) { e.x = 1 } const g = () => { let e; e.y = 2 }; (e) => e.z = 3; e.w = 4",
    "shadow_blocks": "let e = 1; { let e; e = 2 } { e = 3 } for (let e = 0; ; e++) e.x = 1; switch (e) { case 1: let e; e = 5 }",
    "shadow_vars": "let t; function f() { if (a) { var t } t = 1 } function g() { if (a) { let t } t = 2 } t.a = 1",
    "members": "const o = {}; o.a = 1; o.b.c = 2; o['d'] = 3; o[e] = 4; (o).f = 5; (o.g).h = 6; delete o.i; o.j++; o?.k",
    "deep_members": "const o = {}; const f = () => { if (x) { o.a = 1; (() => { o.b = { c() { o.d = 2 } } })() } }",
    "destructured": "let a, b, c; [a, b.x] = d; ({ a, b: { c }, ...b } = e); [a = 1, [b]] = c; ({ x: o.p } = a); const o = {}",
    "exports": "var x = {}; __export(x, { a: () => b, c: () => d }); __export(x, /* why */ { e: () => f }); g(1, x, { h: 1 })",
    "defined": "Object.defineProperty(exports, 'a', { get: function () { return b } }); exports.c = module.exports.d = 1; var b",
    "modules": "var m = w((exports, module) => { exports.a = 1; module.exports = { b } }); module.exports = n(m()); var b = 2, n",
    "enums": "var E; (function (F) { F[F['a'] = 0] = 'a'; F.b = 1 })(E || (E = {})); E.c = 2",
    "iife": "'use strict'; (() => { var a = 1; function b() { a = 2 } exports.x = b; })(); var c = (function () { return c })()",
    "webpack": "(() => { var m = { 1: (e, t, n) => { e.exports = n(2) }, 2(e, t) { t.a = 1; e = 2 } }, c = {}; function r(i) { c[i] = { exports: {} }; m[i](c[i], c[i].exports, r) } r.d = (e, t) => {}; module.exports = r(1) })()",
    "esm": "import a, { b as c } from 'x'; import * as d from 'y'; export { a as default, c }; export const e = 1, f = () => { e.x = d }; export * from 'z'; export class G { }",
    "default_function": "export default function f() { f.x = 1 } export async function* g() { await 1 }; const h = await g()",
    "no_semicolons": "const a = 1\nlet b = a\n++b\nvar c = () => {\n  b = 2\n}\n;[c] = [a]\nfunction f() { return\n1 }",
    "comments": "/* a */ var a /* = 1 */ = /* b */ 2 // c\n, b = 3 /* ; */; a /* . */ . /* x */ x = 1; <!-- no\n",
    "strings": "var a = `x ${ (() => { a = `}${b}` })() } {`, b = /[/}]{/g, c = '}{' + \"\\\n{\"; b.x = a / c / 1; a = { b: 1 } / 2",
    "unicode": "var é = '\u00e9\U0001f600', \u4e2d = () => { é.x = '\U0001f600'; \u4e2d = 1 };\u00a0é = /\u00e9/u; // \U0001f600\nvar b = é",
    "nul": "var a = 'x\0y'; a = `\0`",
    "escaped": "var \\u0061b = 1; ab = 2",
    "let_below": "var x; let\ny = 1; y = 2",
    "reserved": "var async = 1, of = 2, get = 3, yield_, let_; async = of; get.x = 1; var static_ = { async, get() {}, set: 1 }",
    "getters": "var o = { get a() { return o }, set a(v) { o = v }, async *b() { o.c = 1 }, ['d' + o]: 1, __proto__: o, constructor() {} }",
    "labels": "a: for (;;) { b: { var x = 1; break a } continue a } x = 2; if (x) function f() { x = 3 }",
    "arguments": "function f() { arguments.x = 1; f.a = () => { this.b = arguments } } f.c = async (a = f.d = 1, b = () => { a = 2 }) => { b = 3 }",
    "with": "var o; with (o) { o.x = 1 }",
    "hashbang_like": "\n\n  'use strict';\n// x\n'other'; var a = 010 ? 1 : 2",
}
REFUSED = frozenset({"comments", "escaped", "let_below", "hashbang_like"})


@pytest.mark.parametrize("min_deferred", [1, 40, 600])
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - REFUSED))
def test_pieces_are_those_of_the_whole(name: str, min_deferred: int) -> None:
    assert differences(PROGRAMS[name], min_deferred) == []


@pytest.mark.parametrize("name", sorted(REFUSED - {"hashbang_like"}))
def test_what_the_index_does_not_know_is_read_as_a_whole(name: str) -> None:
    with pytest.raises(NotIndexedError):
        differences(PROGRAMS[name])


def test_nothing_is_parsed_that_is_not_asked_for() -> None:
    program = index_program("'use strict'; var a = 1, b = 08; function f() { return 08 }").program
    assert [statement.type for statement in program.body] == [
        "ExpressionStatement",
        "VariableDeclaration",
        "FunctionDeclaration",
    ]
    assert program.body[1].declarations[0].init.value == 1
    with pytest.raises(NotIndexedError):
        _ = program.body[1].declarations[1].init
