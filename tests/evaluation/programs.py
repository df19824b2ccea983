"""Makes random programs that change objects under several names, and then read them.

What set_members.py assumes of programs is left out: objects that are put into others or returned
are not changed there, and functions whose result is used leave their arguments alone.
"""

from __future__ import annotations

from random import Random

DEFINITIONS = (
    "const o = { a: 1, b: { c: 'x' }, list: [3, 1, 2] };",
    "const o = { a: 1, b: { c: 'x' }, list: [3, 1, 2], get g() { return 7; } };",
    "let o; o = { a: 1, b: { c: 'x' }, list: [3, 1, 2] };",
    "var o = { a: 1, b: { c: 'x' }, list: [3, 1, 2], ...{ d: 4 } };",
)
NAMES = (
    "const p = o;",
    "let p; p = o;",
    "const p = o.b;",
    "const { b: p } = o;",
    "const { list: p } = o;",
    "const p = o, q = p;",
    "var [p] = [0];",
    "const p = { ...o };",
)
CHANGES = (
    "o.a = 2;",
    "o.n = 'new';",
    "o.b = 5;",
    "o.b.c = 'y';",
    "o['a'] = 3;",
    "o[k] = 4;",
    "o.a++;",
    "o.a += 1;",
    "delete o.a;",
    "o.list.push(9);",
    "o.list.sort();",
    "o.list[0] = 8;",
    "o.list.length = 1;",
    "Object.assign(o, { a: 6, m: 7 });",
    "Object.assign(o.b, { c: 'z' });",
    "Object.defineProperty(o, 'e', { value: 1, enumerable: true });",
    "Object.defineProperties(o, { a: { value: 2, enumerable: true } });",
    "o.m ??= 1;",
    "o.a ||= 5;",
    "p.a = 12;",
    "p.c = 'w';",
    "p.fresh = 1;",
    "if (typeof p === 'object') p.c = 1;",
    "if (Array.isArray(p)) p.push(1);",
    "(function (e) { e.a = 31; })(o);",
    "((e) => { e.b.c = 32; e.made = 33; })(o);",
    "(() => { o.inner = 1; })();",
    "function later() { o.a = 41; o.late = 1; }",
    "function now() { o.a = 42; o.soon = 1; } now();",
    "function set(e) { e.a = 43; e.t = 1; } set(o);",
    "const arrow = (e) => { e.a = 44; }; arrow(o);",
    "const hand = (e) => { e.c = 45; }; hand(o.b);",
    "if (k) o.a = 51;",
    "if (!k) o.never = 1;",
    "for (const i of [1, 2]) o.a = i;",
    "for (const key in o) o[key] = 0;",
    "while (o.a < 3) o.a += 1;",
    "try { o.a = 61; } catch {}",
    "switch (k) { case 'a': o.a = 71; }",
    "k && (o.a = 81);",
    "k ? (o.a = 82) : 0;",
    "o.a = 91, o.z = 92;",
    "[o.a] = [93];",
    "({ a: o.a } = { a: 94 });",
    "o.b = { c: 'new' };",
    "var t = (o.side = 1);",
    "Reflect.set(o, 'a', 95);",
)
READS = "[o, o.a, o.b, o.b.c, o.list, o.list.join(), o.n, Object.keys(o), { ...o }.a, `${o.a}`]"


def program(random: Random) -> str:
    """Return an expression: a function that changes objects and returns what it then reads."""
    statements = ["const k = 'a';", random.choice(DEFINITIONS)]
    if random.random() < 0.7:
        statements.append(random.choice(NAMES))
    else:
        statements.append("const p = {};")
    for _ in range(random.randrange(4)):
        change = random.choice(CHANGES)
        if change not in statements:
            statements.append(change)
    return f"(() => {{ {' '.join(statements)} return {READS}; }})()"
