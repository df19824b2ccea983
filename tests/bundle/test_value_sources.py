"""What differs from run to run is asked for in each run; only the rest is asked for once."""

from __future__ import annotations

import pytest

from services.executor.agent_parts import AgentPart, ValueSource
from tests.bundle.reading import manifest_of

AGENT = 'new Agent({ name: "m", model: "m", tools: [], instructions: TEXT })'
VARYING = {
    "clock": ("", "new Date().toISOString()"),
    "clock-by-name": ("const D = Date;", "`x ${new D().getTime()}`"),
    "clock-in-helper": ("const D = Date; const at = () => new D().getTime();", '"x" + at()'),
    "clock-part": ("const { now } = Date;", '"x" + now()'),
    "random-part": ("const { random: r } = Math;", '"x" + r()'),
    "random-computed": ('const k = "ran" + "dom";', '"x" + Math[k]()'),
    "random-handed-on": (
        "const pick = (o, k) => o[k]();",
        '"x" + pick(Math, ["ran", "dom"].join(""))',
    ),
    "host": ('import os from "node:os";', "`on ${os.hostname()}`"),
    "host-part": ('import { hostname } from "os";', "`on ${hostname()}`"),
    "performance": ('const p = performance; const k = "now";', '"x" + p[k]()'),
    "crypto": ("", '"x" + crypto["random" + "UUID"]()'),
    "crypto-module": ('import * as c from "node:crypto";', '"x" + c["random" + "UUID"]()'),
    "file": ('import fs from "node:fs";', 'fs.readFileSync("./a.txt", "utf8")'),
    "pushed": ("const l = []; const add = () => { l.push(Date.now()); }; add();", "l.join()"),
    "pushed-in-closure": (
        "const l = []; [1].forEach(() => l.push(String(Math.random())));",
        "l.join()",
    ),
    "added": ('let text = ""; [1].forEach(() => { text += Date.now(); });', "text"),
    "member": ("const o = {}; function init() { o.t = Date.now(); } init();", '"x" + o.t'),
    "replaced": ("const o = { n: 0 }; (() => { o.n = Math.random(); })();", '"x" + o.n'),
    "map": ('const m = new Map(); (() => { m.set("t", Date.now()); })();', 'm.get("t") + "x"'),
    "timer": (
        'let t = "a"; await new Promise((r) => setTimeout(() => { t = Date(); r(); }, 1));',
        "t",
    ),
}
SAME = {
    "loop": ('let t = ""; for (const x of ["a", "b"]) t += x;', "t"),
    "pattern": ("", '"abc".replace(/b/g, (m) => m.toUpperCase())'),
    "math": (
        "const round = (n) => { let t = 0; for (const x of [n]) t += Math.round(x); return t; };",
        "`x ${round(1.5)}`",
    ),
    "pushed": ('const l = []; const add = (x) => { l.push(x); }; add("a");', "l.join()"),
    "path": (
        'import path from "node:path"; const base = (name) => path.parse(name).base;',
        'base("/a/b.txt")',
    ),
}


def sources(before: str, text: str) -> set[ValueSource]:
    agent = AGENT.replace("TEXT", text)
    source = f'import {{ Agent }} from "@openai/agents";\n{before}\nexport const main = {agent};'
    asked = manifest_of(source).agents["main"].asked
    return {each.source for each in asked if each.part is AgentPart.INSTRUCTIONS}


@pytest.mark.parametrize("name", VARYING)
def test_what_varies_is_asked_in_each_run(name: str) -> None:
    assert sources(*VARYING[name]) == {ValueSource.DYNAMIC}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_is_asked_once(name: str) -> None:
    assert sources(*SAME[name]) == {ValueSource.SANDBOX}
