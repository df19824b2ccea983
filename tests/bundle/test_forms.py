"""Every form of bundle is read, whatever the bundler has done to it."""

from __future__ import annotations

import pytest

from services.executor.bundle.syntax.unwrap import runnable, unwrapped_source
from services.executor.domain import BundleFormat, Manifest, ToolChoice, ToolChoiceMode
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

TOOL = """{ description: "Adds.", inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => a + b }"""
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
    "required": ["a", "b"],
}

ESM = f"""{LIGHTFAST_IMPORTS}
import {{ gateway }} from "@ai-sdk/gateway";
const add = createTool({TOOL});
const adder = createAgent({{ name: "Adder", system: "You add.", model: gateway("anthropic/c"),
  tools: {{ add }} }});
export default createLightfast({{ agents: {{ adder }}, metadata: {{ version: "1" }} }});
"""
CJS_BARE = f"""
const {{ z }} = require("zod");
const createTool = (definition) => definition;
const createAgent = (config) => ({{ ...config, kind: "agent" }});
function createLightfast(config) {{
  const built = {{ config, agents: config.agents, metadata: config.metadata }};
  return Object.freeze(built);
}}
module.exports = createLightfast({{ metadata: {{ version: "1" }}, agents: {{ adder: createAgent({{
  name: "Adder", system: "You add.", model: "gateway/anthropic/c",
  tools: {{ add: createTool({TOOL}) }} }}) }} }});
"""
CLASSES = f"""
const {{ z }} = require("zod");
class Zq {{ constructor(e) {{ this.vercelConfig = e; }} }}
function Zc(e) {{ let {{ name: t, system: n, tools: r, ...o }} = e;
  return {{ vercelConfig: o, lightfastConfig: {{ name: t, system: n, tools: r }} }} }}
function Zt(e) {{ return t => ({{ description: e.description, inputSchema: e.inputSchema,
  execute: n => e.execute(n, t) }}) }}
function Zl(e) {{ return new Zq(e) }}
var r = {{}}; r.default = Zl({{ metadata: {{ version: "1" }}, agents: {{ adder: Zc({{ name: "Adder",
  system: "You add.", model: "gateway/anthropic/c", tools: {{ add: Zt({TOOL}) }} }}) }} }});
module.exports = r;
"""
ESBUILD_CJS = f"""
var d = Object.defineProperty, ex = (e, t) => {{ for (var n in t) d(e, n, {{ get: t[n] }}) }};
var cp = (e, t) => e, tc = e => cp(d({{}}, "__esModule", {{ value: !0 }}), e);
var out = {{}}; ex(out, {{ default: () => made }}); module.exports = tc(out);
var z = require("zod"), la = require("lightfast/agent"), lt = require("lightfast/tool"),
  l = require("lightfast");
var add = (0, lt.createTool)({TOOL.replace("z.", "z.z.")});
var made = (0, l.createLightfast)({{ agents: {{ adder: (0, la.createAgent)({{ name: "Adder",
  system: "You add.", model: "gateway/anthropic/c", tools: {{ add }} }}) }},
  metadata: {{ version: "1" }} }});
0 && (module.exports = {{}});
"""
LAZY = f"""
var cjs = (f, m) => () => (m || f((m = {{ exports: {{}} }}).exports, m), m.exports);
var require_config = cjs((exports, module) => {{
  const {{ z }} = require("zod"), {{ createAgent }} = require("lightfast/agent");
  const {{ createTool }} = require("lightfast/tool");
  exports.adder = createAgent({{ name: "Adder", system: "You add.", model: "gateway/anthropic/c",
    tools: {{ add: createTool({TOOL}) }} }});
}});
var config = require_config();
module.exports = require("lightfast").createLightfast({{ agents: {{ adder: config.adder }},
  metadata: {{ version: "1" }} }});
"""
ESM_LAZY = f"""
var esm = (f, r) => () => (f && (r = f(f = 0)), r);
import {{ z }} from "zod";
import {{ createAgent }} from "lightfast/agent";
import {{ createLightfast }} from "lightfast";
var agent, init = esm(() => {{ "use strict"; agent = createAgent({{ name: "Adder",
  system: "You add.", model: "gateway/anthropic/c", tools: {{ add: {TOOL} }} }}) }});
init();
export default createLightfast({{ agents: {{ adder: agent }}, metadata: {{ version: "1" }} }});
"""
IIFE = f"""
"use strict";
var Bundle = (() => {{
  var {{ z }} = require("zod");
  var tc = (e) => e.__esModule ? e : e;
  var x_exports = {{}};
  ex(x_exports, {{ default: () => x_default }});
  function ex(t, all) {{ for (var n in all) t[n] = all[n]; }}
  var x_default = {{ agents: {{ adder: {{ name: "Adder", system: "You add.",
    model: "gateway/anthropic/c", tools: {{ add: {TOOL} }} }} }}, metadata: {{ version: "1" }} }};
  return tc(x_exports);
}})();
"""


def check(manifest: Manifest, form: BundleFormat) -> None:
    assert manifest.format is form
    agent = manifest.agents["adder"]
    assert (agent.name, agent.system, agent.model) == (
        "Adder",
        "You add.",
        "gateway/anthropic/c",
    ), manifest.diagnostics
    assert agent.tools["add"].description == "Adds."
    assert agent.tools["add"].input_schema == SCHEMA, manifest.diagnostics
    assert not agent.tools["add"].disabled
    assert manifest.metadata["version"] == "1"
    # One of the helpers marks what it makes.
    lost = [d.path for d in manifest.diagnostics if d.severity.value != "info"]
    assert lost in ([], ["agents.adder.kind"])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param(ESM, BundleFormat.ESM, id="esm with imports"),
        pytest.param(CJS_BARE, BundleFormat.CJS, id="helpers in the bundle"),
        pytest.param(CLASSES, BundleFormat.CJS, id="minified framework"),
        pytest.param(ESBUILD_CJS, BundleFormat.CJS, id="esbuild cjs"),
        pytest.param(LAZY, BundleFormat.CJS, id="lazy commonjs"),
        pytest.param(ESM_LAZY, BundleFormat.ESM, id="lazy esm"),
        pytest.param(IIFE, BundleFormat.IIFE, id="iife"),
    ],
)
def test_bundle_format_is_read(text: str, form: BundleFormat) -> None:
    check(manifest_of(text), form)


def wrapped(module: str) -> str:
    body = "\n".join(f"  {line}" if line else line for line in module.splitlines())
    return f"""/**
 * Compiled bundle; do not edit. import nothing
 */

const compiledConfig = (() => {{
{body}
}})();

export default {{
  id: "bundle-1",
  hash: "abc",
  metadata: {{ compiler: "1.2", tags: ["x"] }},
  config: compiledConfig.default || compiledConfig,
  async execute(input) {{ return compiledConfig.run(input); }},
}};
"""


def test_wrapped_form_keeps_locations_and_metadata() -> None:
    text = wrapped(ESM)
    manifest = manifest_of(text)
    check(manifest, BundleFormat.WRAPPED)
    assert manifest.metadata["compiler"] == "1.2"
    assert manifest.metadata["id"] == "bundle-1"
    unwrapped = unwrapped_source(text.encode())
    assert manifest.module == unwrapped.module
    program = runnable(text.encode(), manifest.module).decode()
    assert program == unwrapped.text
    lines, kept = text.split("\n"), program.split("\n")
    assert len(lines) > len(kept)  # what is behind the module is left away
    assert all(new == old or not new.strip() for old, new in zip(lines, kept, strict=False))
    line = next(i for i, text_ in enumerate(lines) if "createAgent({" in text_)
    assert kept[line] == lines[line]
    assert "compiledConfig" not in unwrapped.text


def test_diagnostics_of_the_wrapped_form_point_into_it() -> None:
    text = wrapped(ESM.replace('"You add."', "process.uptime()"))
    (found,) = [d for d in manifest_of(text).diagnostics if d.path == "agents.adder.system"]
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith("process.uptime()")


def test_other_function_is_not_a_wrapper() -> None:
    text = ESM + "\nconst other = (() => {\n  return 1;\n})();\n"
    assert manifest_of(text).module is None
    assert runnable(text.encode(), None) == text.encode()
    check(manifest_of(text), BundleFormat.ESM)


def test_byte_order_mark_and_hashbang_are_tolerated() -> None:
    check(manifest_of("\ufeff" + ESM), BundleFormat.ESM)
    check(manifest_of("#!/usr/bin/env node\n" + ESM), BundleFormat.ESM)


def test_ai_sdk_agents_are_addressed_by_export() -> None:
    manifest = manifest_of(
        """
import { ToolLoopAgent, Experimental_Agent as Agent, tool, stepCountIs, jsonSchema } from "ai";
import { openai, createOpenAI } from "@ai-sdk/openai";
import { z } from "zod";
const my = createOpenAI({ baseURL: "https://example.invalid" });
const now = tool({ description: "Now.", inputSchema: jsonSchema({ type: "object", properties: {
  zone: { type: "string" } } }), execute: async () => 1 });
export const clock = new ToolLoopAgent({ model: openai("gpt-5"), instructions: "Tell.",
  tools: { now }, stopWhen: [stepCountIs(4), () => false], maxOutputTokens: 50,
  toolChoice: "auto" });
export default clock;
const other = new Agent({ model: my.chat("m"), system: "Old.", maxSteps: 3, tools: {} });
export { other as second };
export function unrelated() {}
"""
    )
    assert list(manifest.agents) == ["clock", "second"]
    clock, second = manifest.agents["clock"], manifest.agents["second"]
    assert (clock.system, clock.model, clock.max_steps) == ("Tell.", "openai/gpt-5", 4)
    assert clock.settings == {"maxOutputTokens": 50}
    assert clock.tool_choice == ToolChoice(ToolChoiceMode.AUTO)
    assert clock.tools["now"].input_schema == {
        "type": "object",
        "properties": {"zone": {"type": "string"}},
    }
    assert (second.system, second.model, second.max_steps) == ("Old.", "openai/m", 3)
    assert {d.path for d in manifest.diagnostics} == {
        "agents.clock.stopWhen",
        "agents.second.model",
    }
