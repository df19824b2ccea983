"""What is no bundle is told so in words that help: what it looks like, and how to bundle."""

from __future__ import annotations

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.bundle.syntax.not_javascript import BUNDLING, guess
from services.executor.domain import Severity
from services.executor.errors import BundleSyntaxError, NoAgentsError

AGENT = """import { ToolLoopAgent, tool } from "ai";
import { schema, make, add } from "./chunk-X1.js";
const made = tool({ description: "Made.", inputSchema: make({}), execute: () => 1 });
const held = tool({ description: "Held.", inputSchema: schema, execute: () => 1 });
export const helper = new ToolLoopAgent({ model: "openai/gpt-5-mini", tools: { made, held, add } });
"""


def told(source: str) -> str:
    with pytest.raises(BundleSyntaxError) as caught:
        read_source("sha256:0", source.encode())
    return caught.value.message


@pytest.mark.parametrize(
    "source",
    [
        "interface Sum { sum: number }\nexport const one = 1;\n",
        'import type { Tool } from "ai";\nexport const one = 1;\n',
        "export const twice = (a: number) => 2 * a;\n",
        "export const map = new Map<string, number>();\n",
        "export const one = { a: 1 } as const;\n",
        "export const one = { a: 1 } satisfies One;\n",
        "class One { private a = 1; }\n",
        "enum One { A, B }\n",
    ],
)
def test_typescript_error_says_how_to_bundle(source: str) -> None:
    assert f"This looks like TypeScript: bundle it with `{BUNDLING}`." in told(source)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('{ "name": "agent", "dependencies": {} }\n', "JSON"),
        ("body { color: red }\n", "CSS"),
        ("@media print { a { color: red } }\n", "CSS"),
        ("<!DOCTYPE html><html></html>\n", "HTML"),
        ("export const App = () => (\n  <div>hi</div>\n);\n", "JSX"),
        ('{"version": 3, "sources": ["a.ts"], "mappings": "AAAA"}\n', "a source map"),
    ],
)
def test_other_languages_are_recognised(source: str, kind: str) -> None:
    assert f"This looks like {kind}" in told(source)


@pytest.mark.parametrize("source", ["const one = {;\n", "if (a) { b: 1 }}\n", "a ? b : c : d\n"])
def test_broken_javascript_is_not_taken_for_another_language(source: str) -> None:
    assert "This looks like" not in told(source)


@pytest.mark.parametrize(
    "source",
    [
        'import { helper } from "./chunk-X1.js";\nexport { helper };\n',
        'export { helper as default } from "./chunk-X1.js";\n',
        'export * from "./chunk-X1.js";\n',
    ],
)
def test_module_reexporting_another_file_says_bundle_into_one(source: str) -> None:
    with pytest.raises(NoAgentsError) as caught:
        read_source("sha256:0", source.encode())
    assert "imports `./chunk-X1.js`" in caught.value.message
    assert f"bundle into one file, as with `{BUNDLING}`" in caught.value.message


def test_parts_from_another_file_say_bundle_into_one() -> None:
    found = read_source("sha256:0", AGENT.encode()).diagnostics
    errors = {each.path: each.reason for each in found if each.severity is Severity.ERROR}
    tools = "agents.helper.tools"
    assert errors.keys() == {
        "",
        f"{tools}.made.inputSchema",
        f"{tools}.held.inputSchema",
        f"{tools}.add",
    }
    for reason in errors.values():
        assert "`./chunk-X1.js`" in reason
        assert f"bundle into one file, as with `{BUNDLING}`" in reason


def test_packages_left_as_imports_are_not_errors() -> None:
    source = AGENT.replace("./chunk-X1.js", "chunk-x1").encode()
    assert "" not in {each.path for each in read_source("sha256:0", source).diagnostics}


@pytest.mark.timeout(20)  # it takes a fraction of a second; backtracking took minutes
@pytest.mark.parametrize("piece", ["a<", "a<a,", "= ", "(", "<", ": ", "{ ", "/*", "type a<"])
def test_hostile_lines_do_not_slow_language_guess(piece: str) -> None:
    text = piece * 16_000
    guess(text, text)
