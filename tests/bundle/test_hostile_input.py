"""Whatever a bundle holds, reading it ends with a manifest or a clear error, and runs nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.executor.domain import Severity
from services.executor.errors import BundleError, BundleSyntaxError, NoAgentsError
from tests.bundle.reading import manifest_of, tool_of

AGENT = 'export const a = { model: "m", tools: {}, system: %s };\n'


def system_of(expression: str, before: str = "") -> tuple[str, list[str]]:
    manifest = manifest_of(before + AGENT % expression)
    return manifest.agents["a"].system, [d.reason for d in manifest.diagnostics]


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("x", "const x = y, y = x;"),
        ("x", "const x = x;"),
        ("f()", "const f = () => f();"),
        ("f(1)", "function f(n) { return g(n); } function g(n) { return f(n); }"),
        ("o.a", "const o = { get a() { return this.a; } };"),
        ("o.a", "const o = { a: o };"),
        ("x + 'a'", "let x = 'b'; x = 'c';"),
        ("x", "for (var x of [1]) ;"),
        ("x.y.z", "const x = {};"),
        ("`${a}`", ""),
        ("process.exit()", ""),
        ("(() => { while (true) ; })()", ""),
        ("import.meta.url", ""),
        ("await fetch('x')", ""),
        ("'a'.constructor", ""),
        ("({}).__proto__.x", ""),
        ("[1].at(Math.random())", ""),
        ("o.k", "const o = {}; if (Math.random()) o.k = 'v';"),
        ("o.k", "const o = { ...other }; const other = globalThis.x;"),
    ],
)
def test_non_constant_values_are_reported(expression: str, before: str) -> None:
    system, reasons = system_of(expression, before)
    assert system == ""
    assert len(reasons) == 1 or "x.y.z" in expression


@pytest.mark.parametrize(
    ("expression", "before", "expected"),
    [
        ("'a' + 1 + !0 + void 0", "", "a1trueundefined"),
        ("`x${y}z`", "const y = 2.5;", "x2.5z"),
        ("['a', 'b'].join('\\n')", "", "a\nb"),
        ("' a '.trim()", "", "a"),
        ("o?.p ?? 'd'", "const o = { p: null };", "d"),
        ("o['p' + 1]", "const o = { p1: 'v' };", "v"),
        ("t", "const { s: t = 'n' } = { s: 'v' };", "v"),
        ("r.b", "const { q, ...r } = { q: 1, b: 'v' };", "v"),
        ("f('v', 1)", "const f = (a, ...b) => a + b[0];", "v1"),
        ("f({ p: 'v' })", "function f({ p, q = 'w' }) { const x = p + q; return x; }", "vw"),
        ("Object.assign({}, { p: 'u' }, { p: 'v' }).p", "", "v"),
        ("process.env.PROMPT ?? 'v'", "", "v"),
        ("s", "let s; s = 'once';", "once"),
        ("o.k", "const o = {}; o.k = 'v';", "v"),
        ("C.k", "class C { static k = 'v'; }", "v"),
        ("'\\ud83d\\ude00'", "", "\U0001f600"),
        ("'\\ud83d'", "", "\ufffd"),
    ],
)
def test_constants_are_followed(expression: str, before: str, expected: str) -> None:
    assert system_of(expression, before)[0] == expected


def test_unusual_keys_are_plain_keys() -> None:
    manifest = manifest_of(
        """
const evil = { __proto__: { system: "inherited" }, ["__proto__"]: 1, constructor: 2 };
const t = { description: "d", inputSchema: { type: "object" }, execute() {} };
export default { agents: {
  ["__proto__"]: { model: "m", system: "own", tools: { constructor: t, toString: t } },
  a: { model: "m", tools: {}, ...evil } } };
"""
    )
    assert set(manifest.agents) == {"__proto__", "a"}
    assert manifest.agents["__proto__"].system == "own"
    assert set(manifest.agents["__proto__"].tools) == {"constructor", "toString"}
    assert manifest.agents["a"].system == ""


@pytest.mark.parametrize("opening", ["[", "(", "{a:", "-", "(() => ", "`${"])
def test_deep_nesting_is_an_error(opening: str) -> None:
    with pytest.raises(BundleError):
        manifest_of("export const a = " + opening * 5000)


def test_long_chains_are_bounded() -> None:
    chain = "'x'" + " + 'x'" * 200
    assert system_of(chain)[0] == "x" * 201
    doubled = "".join(f"const s{i + 1} = s{i} + s{i};" for i in range(60))
    system, reasons = system_of("s60", "const s0 = 'xxxxxxxxxx';" + doubled)
    assert system == ""
    assert len(reasons) == 1


def test_schemas_are_bounded() -> None:
    before = "const s0 = z.object({ a: z.string(), b: z.string() });" + "".join(
        f"const s{i + 1} = z.object({{ a: s{i}, b: s{i} }});" for i in range(40)
    )
    tool, manifest = tool_of("s40", before)
    assert tool.disabled
    assert "too large" in manifest.diagnostics[0].reason


def test_exponential_spreads_end() -> None:
    before = "const o0 = { a: 1 };" + "".join(
        f"const o{i + 1} = {{ ...o{i}, ...o{i}, k{i}: 1 }};" for i in range(18)
    )
    assert system_of("o18.nothing ?? 'done'", before)[0] == "done"


def test_many_diagnostics_are_bounded() -> None:
    tools = ",".join(f"t{i}: 1" for i in range(2000))
    manifest = manifest_of(f'export const a = {{ model: "m", system: "", tools: {{ {tools} }} }};')
    assert len(manifest.diagnostics) <= 501
    assert {d.severity for d in manifest.diagnostics[:500]} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b"let a = '\xff'", "UTF-8"),
        (b"\x1f\x8b\x08\x00", "UTF-8"),
        (b"\xfe\xff\x00a", "UTF-16"),
        (b"let a\x00", "NUL"),
        ("let a = 1;".encode("utf-16-le"), "NUL"),
        (b"\xef\xbb\xbf", "exports nothing"),
        (b"#!/usr/bin/env node", "exports nothing"),
    ],
)
def test_non_text_bundle_is_reported(data: bytes, words: str) -> None:
    from services.executor.bundle.process.read_source import read_source

    with pytest.raises(BundleError, match=words):
        read_source("sha256:x", data)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("let a = 1;\nlet b = ;\n", 2, 9, "  2 │ let b = ;\n    │         ^"),
        ("export const a = {\n", 2, 1, "end of input"),
        ("<!doctype html>\n<p>", 1, 1, "HTML"),
        ('export default {};\nimport defer * as x from "y";\n', 2, 13, "too new"),
        ("import x from;", 1, 14, "import x from;"),
    ],
)
def test_syntax_error_has_a_location(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(BundleSyntaxError) as caught:
        manifest_of(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"line {line}, column {column}" in caught.value.message
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("export const a = 1;", "`a` is a constant"),
        ("const a = 1;", "exports nothing"),
        ("export default {};", "`default` is an object without agents"),
        ("export default Math.random() ? 1 : 2;", "Math.random"),
        ("export default { agents: { x: 1 } };", "agents.x"),
    ],
)
def test_missing_agents_error_lists_what_exists(text: str, words: str) -> None:
    with pytest.raises(NoAgentsError) as caught:
        manifest_of(text)
    assert "createLightfast" in caught.value.message
    assert words in caught.value.message


# Comments, so that a bundle is large enough to be read piece by piece.
PADDING = "// " + "x" * 40_000 + "\n"


@pytest.mark.parametrize("before", ["", PADDING], ids=["as a whole", "piece by piece"])
@pytest.mark.parametrize(
    "code", ["let \u202e = 1;", "a\u202eb();", "let a = \u2028\u202a 1;", "\x01"]
)
def test_non_code_is_a_syntax_error(before: str, code: str) -> None:
    with pytest.raises(BundleSyntaxError):
        manifest_of(before + AGENT % "'s'" + code)


@pytest.mark.parametrize("before", ["", PADDING], ids=["as a whole", "piece by piece"])
def test_unusual_text_and_getters_are_read(before: str) -> None:
    manifest = manifest_of(
        "\ufeff#!/usr/bin/env node\n"
        + before
        + """
const o = { get ["__proto__"]() { return "p"; }, get constructor() { return "c"; },
  get toString() { return "t"; }, get ["__proto__\\0"]() { return "n\0"; } };
const cyclic = { get a() { return cyclic.a; }, b: () => cyclic.b() };
"""
        + AGENT % "o['__proto__'] + o.constructor + o.toString + '\u202e' + '\u2028'"
    )
    assert manifest.agents["a"].system == "pct\u202e\u2028"


def test_doubling_spreads_end() -> None:
    spreads = "".join(f"const o{i + 1} = {{ ...o{i}, ...o{i}, k{i}: 1 }};" for i in range(60))
    manifest = manifest_of(f"{PADDING}const o0 = {{ a: 1 }};{spreads}{AGENT % 'o60.a'}")
    assert manifest.agents["a"].system == ""
    assert manifest.diagnostics


AUDITED = """
import sys
import services.executor.bundle.process.read_source as reading
source = open(sys.argv[1], "rb").read()
warm = b"export const a = { model: 'm', tools: {} };"
reading.read_source("sha256:x", warm)
reading.read_source("sha256:x", warm + b"//" + b"x" * 40_000)
seen = []
quiet = ("object.__getattr__", "object.__setattr__", "gc.", "code.__new__", "builtins.id")
sys.addaudithook(lambda event, args: event.startswith(quiet) or seen.append(event))
manifest = reading.read_source("sha256:x", source)
found = list(seen)
print(sorted(manifest.agents), sorted(set(found)))
"""


@pytest.mark.parametrize("padding", [0, 40_000], ids=["as a whole", "piece by piece"])
def test_reading_runs_nothing_and_opens_nothing(tmp_path: Path, padding: int) -> None:
    bundle = tmp_path / "bundle.mjs"
    bundle.write_text(
        f"// {'x' * padding}"
        """
import { writeFileSync } from "node:fs";
writeFileSync("ran", "1");
eval("1"); new Function("return 1")(); process.exit(1);
const t = { description: `${require("child_process").execSync("id")}`,
  inputSchema: { type: "object", $ref: "http://127.0.0.1:1/x" }, execute() {} };
export const a = { model: "m", system: String(eval("2")), tools: { t } };
"""
    )
    command = [sys.executable, "-c", AUDITED, str(bundle)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True)
    assert done.stdout.strip() == "['a'] []"
