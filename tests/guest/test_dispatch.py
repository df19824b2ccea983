"""A tool is found by agent key and tool key in whatever form a bundle exports its agents."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

LIGHTFAST = 'import { createAgent, createTool, createLightfast } from "lightfast";\n'
AI = 'import { ToolLoopAgent, Experimental_Agent, tool, stepCountIs } from "ai";\n'
OWN = "const t = {execute: (input) => input.n + 1};\n"
FACTORY = "const t = createTool({execute: (input) => input.n + 1});\n"
AGENT = "const agent = createAgent({name: 'The Agent', system: 's', model: 'm', tools: {t}});\n"

MODULES = {
    "createLightfast as default": LIGHTFAST + FACTORY + AGENT
    + "export default createLightfast({agents: {main: agent}});",
    "createLightfast by name": LIGHTFAST + FACTORY + AGENT
    + "export const app = createLightfast({agents: {main: agent}});",
    "an agent by name": LIGHTFAST + FACTORY + AGENT + "export {agent as main};",
    "agents by name": OWN + "export const agents = {main: {tools: {t}}};",
    "the wrapped form": LIGHTFAST + FACTORY + AGENT
    + "const made = createLightfast({agents: {main: agent}});"
    + "export default {id: 'x', hash: 'y', metadata: {}, config: made, async execute() {}};",
    "tools as a function": LIGHTFAST + FACTORY
    + "const agent = createAgent({name: 'a', tools: (context) => ({t})});"
    + "export default {agents: {main: agent}};",
    "an agent of an older Lightfast": OWN
    + "class Agent { constructor() { this.tools = {t}; } }; "
    + "export default {agents: {main: new Agent()}};",
    "ToolLoopAgent by name": AI + OWN
    + "export const main = new ToolLoopAgent({model: 'm', tools: {t: tool(t)}});",
    "Experimental_Agent beside another export": AI + OWN + "export const other = 1;"
    + "export const main = new Experimental_Agent({tools: {t}, stopWhen: stepCountIs(3)});",
    "by the agent's own name": OWN + "export const x = {name: 'main', tools: {t}};",
}  # fmt: skip

SCRIPTS = {
    "module.exports of agents": OWN + "module.exports = {agents: {main: {tools: {t}}}};",
    "exports": OWN + "exports.agents = {main: {tools: {t}}};",
    "createLightfast defined in the bundle": OWN
    + "function createLightfast(config) { return {config, kind: 'lightfast'}; }\n"
    + "module.exports = createLightfast({agents: {main: {name: 'm', tools: {t}}}});",
    "esModule with default": OWN + "Object.defineProperty(exports, '__esModule', {value: true});\n"
    + "exports.default = {agents: {main: {tools: {t}}}};",
    "default and nothing else": OWN + "module.exports = {default: {agents: {main: {tools: {t}}}}};",
    "esbuild's getters": OWN
    + "var all = {}; Object.defineProperty(all, 'main', {enumerable: true, "
    + "get: () => agent}); module.exports = all; var agent = {tools: {t}};",
    "an IIFE with a name": "var bundle = (() => {" + OWN
    + "return {agents: {main: {tools: {t}}}};})();",
    "a strict IIFE": '"use strict";\nvar bundle;(() => {' + OWN
    + "bundle = {default: {agents: {main: {tools: {t}}}}};})();",
    "an IIFE that sets a global": "(() => {" + OWN
    + "globalThis.app = {agents: {main: {tools: {t}}}};})();",
    "a hashbang": "#!/usr/bin/env node\n" + OWN
    + "module.exports = {agents: {main: {tools: {t}}}}; // end",
    "required lightfast": "const {createAgent, createTool, createLightfast} = require('lightfast');"
    + FACTORY + AGENT + "module.exports = createLightfast({agents: {main: agent}});",
    "required ai": "const ai = require('ai');" + OWN
    + "exports.main = new ai.ToolLoopAgent({tools: {t: ai.tool(t)}});",
}  # fmt: skip


@pytest.mark.parametrize("source", MODULES.values(), ids=MODULES.keys())
def test_module_tools_are_dispatched(sandbox: Sandbox, source: str) -> None:
    assert sandbox.load(source).call("t", {"n": 1}).value == 2


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_script_tools_are_dispatched(sandbox: Sandbox, source: str) -> None:
    assert sandbox.load(source, module=False).call("t", {"n": 1}).value == 2


def test_default_export_agent_is_found(sandbox: Sandbox) -> None:
    script = OWN + "module.exports = {name: 'solo', tools: {t}};"
    loaded = sandbox.load(script, module=False)
    assert loaded.call("t", {"n": 1}, agent="default").value == 2
    assert loaded.call("t", {"n": 1}, agent="solo").value == 2


def test_named_export_wins_over_default(sandbox: Sandbox) -> None:
    source = (
        "const of = (n) => ({tools: {t: {execute: () => n}}});"
        "export const main = of(1); const other = of(2); export default other;"
    )
    loaded = sandbox.load(source)
    assert loaded.call("t").value == 1
    assert loaded.call("t", agent="default").value == 2


def test_tool_is_found_by_own_name_without_matching_key(sandbox: Sandbox) -> None:
    source = (
        "export const agents = {main: {tools: {a: {name: 'look_up', execute: () => 'found'}}}};"
    )
    assert sandbox.load(source).call("look_up").value == "found"


def test_inherited_keys_are_not_tools(sandbox: Sandbox) -> None:
    loaded = sandbox.load("export const agents = {main: {tools: {t: {execute() {}}}}};")
    for key in ("toString", "__proto__", "constructor"):
        assert loaded.call(key).kind == "TOOL_NOT_FOUND"
        assert loaded.call("t", agent=key).kind == "TOOL_NOT_FOUND"


def test_unknown_agent_lists_known_agents(sandbox: Sandbox) -> None:
    loaded = sandbox.load(OWN + "export const agents = {one: {tools: {t}}, two: {tools: {t}}};")
    failure = loaded.call("t", agent="three").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert failure.message == 'the bundle exports no agent "three"; it has: one, two'


def test_unknown_tool_lists_known_tools(sandbox: Sandbox) -> None:
    loaded = sandbox.load(OWN + "export const agents = {main: {tools: {t, u: t}}};")
    failure = loaded.call("v").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert failure.message == 'agent "main" has no tool "v"; it has: t, u'


def test_tool_without_execute_is_reported(sandbox: Sandbox) -> None:
    loaded = sandbox.load("export const agents = {main: {tools: {t: {description: 'd'}}}};")
    failure = loaded.call("t").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert "no execute function" in failure.message
