"""Scripts that export in forms that people write by hand are read as Node runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.errors import NoAgentsError
from tests.bundle.reading import DIGEST
from tests.npm import node

MADE = (
    "var tool = (e) => ({description: 'd', inputSchema: {type: 'object'}, execute: e});"
    "var agents = {main: {model: 'm', system: 's', tools: {one: tool(() => 1)}}};"
)
CALLED = f"(() => {{ {MADE} return {{agents}}; }})()"
AGENTS = f"{CALLED}.agents"
FUNCTION = f"function () {{ {MADE} return {{agents}}; }}"
SETS = f"function (e) {{ {MADE} e.agents = agents; }}"
FORMS = {
    "assigned": f"Object.assign(exports, {CALLED});",
    "assigned to the module": f"Object.assign(module.exports, {{x: 1}}, ({FUNCTION})());",
    "assigned twice": f"exports = module.exports = {FUNCTION}();",
    "the other way round": f"module.exports = exports = ({FUNCTION})();",
    "in a condition": f"if (typeof exports !== 'undefined') {{ exports.agents = {AGENTS}; }}",
    "in a conjunction": f"typeof module !== 'undefined' && (module.exports = {CALLED});",
    "in a choice": f"'object' == typeof module ? module.exports = {CALLED} : this.x = 1;",
    "universal": (
        f"var made = {FUNCTION}; if (typeof define === 'function' && define.amd) define([], made);"
        "else if (typeof module === 'object' && module.exports) module.exports = made();"
        "else this.x = made();"
    ),
    "universal with a head": (
        "(function (root, factory) { if (typeof module === 'object' && module.exports) {"
        "module.exports = factory(); } else { root.x = factory(); } })"
        f"(this, {FUNCTION});"
    ),
    "universal and short": (
        "!function (f) { if ('object' == typeof exports && 'undefined' != typeof module)"
        f" module.exports = f(); else window.x = f(); }}({FUNCTION});"
    ),
    "passed on": f"({SETS})(exports);",
    "passed on as the module's": f"({SETS})(module.exports);",
    "passed on as the module": f"({SETS.replace('e.agents', 'e.exports.agents')})(module);",
    "passed on to void": f"void {SETS}(exports);",
    "passed on in a choice": f"({SETS})(typeof exports === 'undefined' ? this.x = {{}} : exports);",
    "not taken": f"if (typeof module === 'undefined') {{ exports.agents = {AGENTS}; }}",
    "never": f"typeof require !== 'function' && (module.exports = {CALLED});",
}  # fmt: skip
JUDGE = """
const found = {};
for (const [name, text] of Object.entries(JSON.parse(require("fs").readFileSync(0, "utf8")))) {
  const module = { exports: {} };
  const run = new Function("exports", "module", "require", text);
  run.call(module.exports, module.exports, module, require);
  const agents = module.exports.agents ?? {};
  const tools = Object.entries(agents).map(([key, agent]) => [key, Object.keys(agent.tools)]);
  found[name] = Object.fromEntries(tools);
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def judged() -> Mapping[str, Mapping[str, list[str]]]:
    """Return what Node finds exported, by form."""
    ran = subprocess.run(
        [node(), "-e", JUDGE], input=json.dumps(FORMS), capture_output=True, text=True, check=True
    )
    found: dict[str, dict[str, list[str]]] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("filler", [0, 1_500])
def test_exports_are_those_of_node(
    name: str, filler: int, judged: Mapping[str, Mapping[str, list[str]]]
) -> None:
    text = (
        FORMS[name] + "\n" + "".join(f"function f{n}(a) {{ return a; }}\n" for n in range(filler))
    )
    try:
        manifest = read_source(DIGEST, text.encode())
        found = {key: list(agent.tools) for key, agent in manifest.agents.items()}
    except NoAgentsError:
        found = {}
    assert found == judged[name]
