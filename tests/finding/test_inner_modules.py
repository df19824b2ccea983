"""Agents of CommonJS modules inside of a bundle are found, and reached in the sandbox."""

from __future__ import annotations

import pytest

from services.executor.errors import NoAgentsError
from tests.finding.programs import loaded, read
from tests.guest.sandboxed import Sandbox
from tests.repeats import sampled

ESBUILD = """var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod),
    mod.exports;
};
var require_part = __commonJS({ "part.cjs"(exports2, module2) {
BODY
} });
"""
WEBPACK = """var __webpack_modules__ = ({
763: ((module2, exports2, __webpack_require__) => {
BODY
}) });
var __webpack_module_cache__ = {};
function __webpack_require__(moduleId) {
  var cached = __webpack_module_cache__[moduleId];
  if (cached !== undefined) { return cached.exports; }
  var module = __webpack_module_cache__[moduleId] = { exports: {} };
  __webpack_modules__[moduleId](module, module.exports, __webpack_require__);
  return module.exports;
}
"""
MAPPED = WEBPACK + "var part = __webpack_require__(763);\n"
WRAPPED = ESBUILD + "var part = require_part();\n"
SDK = 'var sdk = require("@openai/agents");\n'
IMPORTED = 'import * as sdk from "@openai/agents";\n'
# Each with whether the names of CommonJS, of which a bundler takes others, hide the bundle's own.
FORMS = {
    "esbuild": SDK + WRAPPED,
    "esbuild, an ES module": IMPORTED + WRAPPED,
    "esbuild, a function": f"(() => {{\n{SDK}{WRAPPED}}})();\n",
    "esbuild, names kept": (SDK + WRAPPED)
    .replace("exports2", "exports")
    .replace("module2", "module"),
    "webpack": f"(() => {{\n{SDK}{MAPPED}}})();\n",
    "webpack, an ES module": IMPORTED + MAPPED,
    "webpack, names kept": f"(() => {{\n{SDK}{MAPPED}}})();\n".replace(
        "exports2", "exports"
    ).replace("module2", "module"),
}
LAZY = {
    "esbuild": f"{SDK}{ESBUILD}const main = () => require_part();\n",
    "esbuild, a function": f"(() => {{\n{SDK}{ESBUILD}const main = () => require_part();\n}})();\n",
    "webpack": f"(() => {{\n{SDK}{WEBPACK}const main = () => __webpack_require__(763);\n}})();\n",
}
OWN = """const { Agent, tool } = sdk;
const own = (n) => tool({ name: "own", description: "d",
  parameters: { type: "object", properties: {} }, execute: async () => n });
const made = (name, n) =>
  ({ name, instructions: "I am " + name + ".", model: "m", tools: [own(n)] });
"""
# What the module says: by key, the name of each agent and its tool's result.
BODIES = {
    "a name": ('const helper = new Agent(made("A", 1));', {"helper": ("A", 1)}),
    "an export": ('exports2.helper = new Agent(made("A", 1));', {"helper": ("A", 1)}),
    "an export of another object": (
        'const out = module2.exports = {}; out.helper = new Agent(made("A", 1));',
        {"out.helper": ("A", 1)},
    ),
    "a list and a map": (
        'exports2.team = { lead: new Agent(made("A", 1)), all: [new Agent(made("B", 2))] };',
        {"team.lead": ("A", 1), "team.all[0]": ("B", 2)},
    ),
    "all exports": (
        'module2.exports = { helper: new Agent(made("A", 1)) };',
        {"exports.helper": ("A", 1)},
    ),
    "no name": ('console.log(new Agent(made("A", 1)));', {"A": ("A", 1)}),
    "a name in a function": (
        'async function main() { const n = 3; const helper = new Agent(made("A", n)); }\nmain();',
        {"helper": ("A", 3)},
    ),
    "a module that fails afterwards": (
        'const helper = new Agent(made("A", 1)); missing();',
        {"helper": ("A", 1)},
    ),
}


@sampled(3, "form")
@pytest.mark.parametrize(("body", "agents"), BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("form", FORMS)
def test_agents_of_inner_modules_are_found_and_run(
    sandbox: Sandbox, form: str, body: str, agents: dict[str, tuple[str, int]]
) -> None:
    check(sandbox, program(FORMS[form], body), agents)


@pytest.mark.parametrize("form", LAZY)
@pytest.mark.parametrize("body", ["a name", "an export", "no name"])
def test_modules_that_only_a_function_loads_are_loaded_for_their_agents(
    sandbox: Sandbox, form: str, body: str
) -> None:
    text, agents = BODIES[body]
    check(sandbox, program(LAZY[form], text), agents)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_set_on_an_export_afterwards_is_never_passed_over(form: str) -> None:
    body = 'exports2.helper = new Agent(made("A", 1));\nexports2.helper.instructions = "Changed.";'
    with pytest.raises(NoAgentsError, match="`helper` is set at an unknown time, in line"):
        read(program(FORMS[form], body))


@pytest.mark.parametrize("form", ["esbuild", "webpack"])
def test_agents_of_one_name_in_two_modules_are_both_found(sandbox: Sandbox, form: str) -> None:
    one, two = (
        OWN + f'const helper = new Agent(made("{name}", {value}));'
        for name, value in (("A", 1), ("B", 2))
    )
    if form == "esbuild":
        another = ESBUILD[ESBUILD.index("var require_part") :].replace("_part", "_other")
        source = SDK + ESBUILD.replace("BODY", one) + another.replace("BODY", two)
        source += "require_part();\nrequire_other();\n"
    else:
        second = f"}}), 764: ((module2, exports2, __webpack_require__) => {{\n{two}\n}}) }});"
        source = SDK + WEBPACK.replace("BODY", one).replace("}) });", second)
        source += "__webpack_require__(763);\n__webpack_require__(764);\n"
    check(sandbox, source, {"helper": ("A", 1), "helper_2": ("B", 2)})


def program(form: str, body: str) -> str:
    """Return a bundle with a module; where names are kept, the module's are those of the bundle."""
    if "exports2" not in form:
        body = body.replace("exports2", "exports").replace("module2", "module")
    return form.replace("BODY", OWN + body)


def check(sandbox: Sandbox, source: str, agents: dict[str, tuple[str, int]]) -> None:
    manifest = read(source)
    assert {key: each.system for key, each in manifest.agents.items()} == {
        key: f"I am {name}." for key, (name, _) in agents.items()
    }
    made = loaded(sandbox, source, manifest)
    for key, (_, value) in agents.items():
        assert made.call("own", {}, agent=key).value == value, key
