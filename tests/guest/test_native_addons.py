"""Packages whose native part is not there: their own errors, and no other tool is lost."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox

HELPER = """
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const __commonJS = (cb, mod) => () =>
  (mod || (0, cb[Object.keys(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports);
var lazy = (a, b) => () => (b || a((b = { exports: {} }).exports, b), b.exports);
"""
# How a package asks for its native part: each throws in Node, where nobody installed it.
LOADERS = {
    "its own words": """
      const tried = [];
      let addon;
      for (const path of ["./build/a.node", "@img/sharp-linux-x64/sharp.node"])
        try { addon = require(path); break; } catch (error) { tried.push(error.code); }
      if (addon) module.exports = addon;
      else { throw new Error("Could not load the addon: " + tried); }""",
    "by platform": """
      const target = `${process.platform}-${process.arch}`;
      if (!["linux-x64", "linux-arm64"].includes(target))
        throw new Error("unsupported " + target);
      module.exports = require(`@x/addon-${target}-gnu`);""",
    "kept error": """
      let addon = null, failed = null;
      switch (process.platform + process.arch) {
        case "linuxx64":
          try { addon = require("./addon.linux-x64-gnu.node"); } catch (e) { failed = e; }
          break;
        default: throw new Error("Unsupported architecture: " + process.arch);
      }
      if (!addon) { if (failed) { throw failed; } throw new Error("no addon"); }
      module.exports.open = addon.open;""",
    "at once": "module.exports = require('./build/Release/addon.node');",
    "dlopen": "module.exports = (process.dlopen(module, '/x/addon.node'), module.exports);",
}
FORMS = {
    "readable": 'const make = __commonJS({ "node_modules/x/index.js"(exports, module) { BODY } });',
    "minified": "var make = lazy((exports, module) => { BODY });",
}
TOOLS = """
const addon = make();
export const agents = { main: { tools: {
  add: { execute: () => 1 }, open: { execute: () => addon.open() },
} } };
"""


def load(sandbox: Sandbox, body: str, form: str = "readable") -> Loaded:
    source = HELPER + FORMS[form].replace("BODY", body) + TOOLS
    return sandbox.load(source, recovers=True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loader", LOADERS)
def test_only_the_tools_that_need_the_addon_fail(sandbox: Sandbox, loader: str, form: str) -> None:
    loaded = load(sandbox, LOADERS[loader], form)
    assert loaded.call("add").value == 1
    failure = loaded.call("open").failure
    assert failure.kind.name == "LOAD_FAILED"
    assert "bundle.js:" in failure.message


def test_addon_that_is_caught_is_done_without(sandbox: Sandbox) -> None:
    body = "try { require('./a.node'); } catch (e) { exports.open = () => e.code; }"
    loaded = load(sandbox, body)
    assert loaded.ran.outcome.incomplete is None
    assert loaded.call("open").value == "MODULE_NOT_FOUND"


def test_guard_of_another_module_still_ends_the_program(sandbox: Sandbox) -> None:
    guard = "const guard = lazy((exports, module) => { if (!globalThis.KEY) throw Error('no'); });"
    tries = "try { require('./a.node'); } catch {} exports.open = () => 1;"
    source = HELPER + FORMS["readable"].replace("BODY", tries) + guard
    loaded = sandbox.load(source + "make(); guard();" + TOOLS, recovers=True)
    assert loaded.ran.kind == "LOAD_FAILED"
