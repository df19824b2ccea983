"""Frames show positions in the sources when the bundle has an inline source map."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.guest.mapped import (
    THROWER,
    THROWN_AT,
    comment,
    esbuild,
    run,
    sections,
    segment,
    thrower_from,
)
from tests.guest.sandboxed import Sandbox
from tests.npm import node

SOURCES = {
    "agent.ts": """import { inner } from "./lib/inner";
type Input = { a: number };

async function outer(input: Input) {
  await 1;
  inner(input);
}
export const agents = { main: { tools: { t: { execute: outer } } } };
""",
    "lib/inner.ts": """// What throws, after lines that leave no trace in the bundle.
interface Input { a: number }

export function inner(input: Input): never {
  const text = "ünï😀cöde"; const more = `${input.a} ß`;
  throw new RangeError("inner " + text.length + more);
}
""",
}
JUDGE = """
const loaded = await import(process.argv[2]);
const { agents } = loaded.agents === undefined ? loaded.default : loaded;
try { await agents.main.tools.t.execute({ a: 1 }); } catch (error) { console.log(error.stack); }
"""
PLACE = re.compile(r"\(?([^\s(]+):(\d+):\d+\)?$")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of TypeScript sources, and the program that asks Node."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in SOURCES.items():
        path = folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "judge.mjs").write_text(JUDGE)
    return folder


def places(stack: str, root: str) -> list[tuple[str, str]]:
    """File below ``root`` and line of each frame, but for the judge's."""
    found = [PLACE.search(line) for line in stack.splitlines() if line.startswith("    at ")]
    named = [(match[1].removeprefix(root), match[2]) for match in found if match]
    return [place for place in named if "judge.mjs" not in place[0]]


@pytest.mark.parametrize("form", ["esm", "cjs"])
@pytest.mark.parametrize(
    "options", [[], ["--minify"], ["--charset=utf8"], ["--minify", "--charset=utf8"]], ids=str
)
def test_frames_match_node(sandbox: Sandbox, project: Path, form: str, options: list[str]) -> None:
    name = f"{form}{'-'.join(options)}.{'mjs' if form == 'esm' else 'cjs'}"
    path = esbuild(project, name, f"--format={form}", "--sourcemap=inline", *options)
    judged = run([node(), "--enable-source-maps", "judge.mjs", str(path)], project)
    loaded = sandbox.load(path.read_text(encoding="utf-8"), module=form == "esm")
    stack = loaded.call("t", {"a": 1}).failure.stack
    assert places(stack, "") == places(judged, f"{project}/")
    assert places(stack, "") == [("src/lib/inner.ts", "6"), ("src/agent.ts", "6")]


@pytest.mark.parametrize(("called", "mark"), [("one_", ""), ("two_", "2")])
def test_index_map_frames_match_node(
    sandbox: Sandbox, project: Path, called: str, mark: str
) -> None:
    """Two bundles in one file, the second beginning in the middle of the first one's line."""
    options = ["--minify", "--format=iife", "--sourcemap=external"]
    bundle = esbuild(project, "part.js", "--global-name=part", *options)
    text = bundle.read_text(encoding="utf-8").rstrip()
    content = json.loads(Path(f"{bundle}.map").read_text(encoding="utf-8"))
    renamed = [name.replace(".ts", "2.ts") for name in content["sources"]]
    first, second = (text.replace("var part", f"var {name}", 1) for name in ("one_", "two_"))
    index = sections((0, 0, content), (0, len(text), content | {"sources": renamed}))
    # Node reads sections of an inline map only beside sources, and leaves their names alone.
    carried = comment(json.dumps(index | {"sources": []}))
    path = project / "dist" / f"index-{called}.mjs"
    tail = f"\nexport const agents = {called}.agents;\n"
    path.write_text(first + second + tail + carried, encoding="utf-8")
    judged = run([node(), "--enable-source-maps", "judge.mjs", str(path)], project)
    stack = sandbox.load(path.read_text(encoding="utf-8")).call("t", {"a": 1}).failure.stack
    assert places(stack, "") == places(judged, "../")
    assert places(stack, "") == [(f"src/lib/inner{mark}.ts", "6"), (f"src/agent{mark}.ts", "6")]


def test_external_map_is_not_fetched(sandbox: Sandbox, project: Path) -> None:
    path = esbuild(project, "external.mjs", "--format=esm", "--sourcemap=linked")
    stack = sandbox.load(path.read_text(encoding="utf-8")).call("t", {"a": 1}).failure.stack
    assert "sourceMappingURL=external.mjs.map" in path.read_text(encoding="utf-8")
    assert {place for place, _ in places(stack, "")} == {"bundle.js"}


def test_top_level_error_is_mapped(sandbox: Sandbox) -> None:
    mappings = ";" + segment(0, 0, 6, 8)
    content = {"version": 3, "sources": ["src/top.ts"], "mappings": mappings}
    source = "const x = 1;\nthrow new Error('at load');\n" + comment(json.dumps(content))
    failure = sandbox.load(source).ran.failure
    assert failure.kind.name == "LOAD_FAILED"
    assert "src/top.ts:7:9" in failure.stack


@pytest.mark.parametrize(
    "head",
    [
        "//# sourceMappingURL=data:application/json;charset=utf-8;base64,",
        "//# sourceMappingURL=data:application/json;charset=UTF8;base64,",
        "//@ sourceMappingURL=data:application/json;base64,",
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n  \n", "\n//# debugId=85314830-023f-4cf1\n"])
def test_every_source_map_comment_form_is_read(sandbox: Sandbox, head: str, end: str) -> None:
    code, payload = thrower_from("src/agent.ts").rsplit("//# ", maxsplit=1)
    source = code + head + payload.partition("base64,")[2].rstrip() + end
    assert "(src/agent.ts:12:5)" in sandbox.load(source).call("t").failure.stack


def test_percent_encoded_map_is_read(sandbox: Sandbox) -> None:
    content = {"version": 3, "sources": ["src/ä.ts"], "mappings": ";;" + segment(0, 0, 11, 4)}
    head = "//# sourceMappingURL=data:application/json;charset=utf-8,"
    source = THROWER + head + quote(json.dumps(content, ensure_ascii=False))
    assert "(src/ä.ts:12:5)" in sandbox.load(source).call("t").failure.stack


def test_module_in_wrapper_is_mapped(sandbox: Sandbox) -> None:
    """As the executor sends it: indented by two spaces, the wrapper's own lines blank."""
    inside = "".join(f"  {line}\n" for line in thrower_from("src/agent.ts").splitlines())
    source = "   \n  \n\n" + inside + " " * 300 + "\n" * 20 + "  \n"
    assert "(src/agent.ts:12:5)" in sandbox.load(source).call("t").failure.stack


def test_frames_before_the_map_do_not_hide_others(sandbox: Sandbox) -> None:
    inside = "".join(f"  {line}\n" for line in thrower_from("src/agent.ts").splitlines())
    forged = "const forged = new Error('f'); "
    forged += "forged.stack = '    at a (bundle.js:1:1)\\n    at b (bundle.js:6:7)'; throw forged; "
    source = "\n\n\n" + inside.replace("const message", forged + "const message")
    stack = sandbox.load(source).call("t").failure.stack
    assert stack == "    at a (bundle.js:1:1)\n    at b (src/agent.ts:12:5)"


def test_leading_blank_lines_count_in_the_map(sandbox: Sandbox) -> None:
    source = "\n\n" + THROWER.replace("\n", " ")
    content = {"version": 3, "sources": ["src/a.ts"], "mappings": ";;" + segment(0, 0, 11, 4)}
    stack = sandbox.load(source + "\n" + comment(json.dumps(content))).call("t").failure.stack
    assert "(src/a.ts:12:5)" in stack


def test_comment_inside_program_is_not_a_map(sandbox: Sandbox) -> None:
    source = thrower_from("src/agent.ts") + "export const more = 1;\n"
    assert sandbox.load(source).call("t").failure.stack.startswith(THROWN_AT)


@pytest.mark.parametrize(
    "ending",
    [
        "more(`\n{map}`); // x",
        "more(`\n{map}\n// `);",
        "more(`{map}\n// `);",
        "/*\n{map}\n// */ //",
        'more("{map}"); // x',
        "more('{map}'); // x",
    ],
)
def test_comment_in_a_template_string_or_comment_is_not_a_map(
    sandbox: Sandbox, ending: str
) -> None:
    """A program must not be cut off where it only looks as if its map began."""
    code, payload = thrower_from("src/agent.ts").rsplit("//# ", maxsplit=1)
    source = f"function more() {{}}\n{ending.format(map=f'//# {payload.rstrip()}')}"
    assert "(bundle.js:" in sandbox.load(code + source).call("t").failure.stack


def test_position_without_source_stays_in_bundle(sandbox: Sandbox) -> None:
    mappings = ";;" + segment(0, 0, 1, 1) + "," + segment(1)
    content = {"version": 3, "sources": ["src/a.ts"], "mappings": mappings}
    failure = sandbox.load(THROWER + comment(json.dumps(content))).call("t").failure
    assert failure.stack.startswith(THROWN_AT)


# What a map says of a source, under which root, and what may be shown of it.
NAMES = [
    ("../src/agent.ts", None, "src/agent.ts"),
    ("./agent.ts", None, "agent.ts"),
    ("agent.ts", "src", "src/agent.ts"),
    ("agent.ts", "/home/ci/project/src/", "src/agent.ts"),
    ("/home/ci/agent.ts", "src", "agent.ts"),
    ("a/./b//../agent.ts", None, "a/agent.ts"),
    ("../../../packages/core/src/agent.ts", None, "src/agent.ts"),
    ("../../home/ci/project/agent.ts", None, "agent.ts"),
    ("../../ci/project/agent.ts", None, "project/agent.ts"),
    ("/home/ci/project/src/agent.ts", None, "src/agent.ts"),
    ("/home/ci/agent.ts", None, "agent.ts"),
    ("home/ci/agent.ts", None, "agent.ts"),
    ("/home/ci/node_modules/.pnpm/zod@4/node_modules/zod/v4.js", None, "node_modules/zod/v4.js"),
    ("file:///home/ci/src/agent.ts", None, "src/agent.ts"),
    ("file:///C:/Users/ci/agent.ts", None, "agent.ts"),
    ("file:/home/ci/agent.ts", None, "agent.ts"),
    ("C:\\Users\\ci\\project\\src\\agent.ts", None, "src/agent.ts"),
    ("d:/ci/agent.ts", None, "agent.ts"),
    ("\\\\server\\share\\agent.ts", None, "agent.ts"),
    ("webpack://my-app/./src/agent.ts", None, "src/agent.ts"),
    ("webpack:///./src/agent.ts?4f3c", None, "src/agent.ts"),
    ("webpack:///C:/Users/ci/agent.ts", None, "agent.ts"),
    ("webpack:////home/ci/agent.ts", None, "agent.ts"),
    ("webpack-internal:///./src/agent.ts", None, "src/agent.ts"),
    ("./src/agent.ts", "webpack://my-app/", "src/agent.ts"),
    ("https://build.internal:8080/app/agent.ts", None, "app/agent.ts"),
    ("\x00commonjsHelpers.js", None, "commonjsHelpers.js"),
    ("src/\x1b[31ma\u202egent\n.ts", None, "src/[31magent.ts"),
    ("src/ä/日本.ts", None, "src/ä/日本.ts"),
    ("x" * 1000, None, "..." + "x" * 160),
]


@pytest.mark.parametrize(("source", "root", "shown"), NAMES)
def test_source_names_are_relative_and_clean(
    sandbox: Sandbox, source: str, root: str | None, shown: str
) -> None:
    stack = sandbox.load(thrower_from(source, root=root)).call("t").failure.stack
    assert stack == f"    at execute ({shown}:12:5)"


@pytest.mark.parametrize("source", ["", "/", "..", "../..", "file:///", "\x00", "x" * 5000])
def test_source_without_printable_name_stays_in_bundle(sandbox: Sandbox, source: str) -> None:
    stack = sandbox.load(thrower_from(source)).call("t").failure.stack
    assert stack.startswith(THROWN_AT)
