"""Functions that are most of a program and are left half-way: what they made can be used."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.repeats import some

# As in a real bundle the function is most of the program, whatever stands around it.
TOOL = "{ execute: () => 'ran', description: '%s' }" % ("x" * 1_500)
BODY = f"const agents = {{ main: {{ tools: {{ t: {TOOL} }} }} }}; GIVE END"
ENDS = {
    "throw": "throw new Error('KEY is required');",
    "guard": "if (!process.env.KEY) throw new Error('KEY is required');",
    "exit": "process.exit(1);",
    "failure": "missing.thing();",
    "value": "const value = missing.thing;",
}
SYSTEM = (
    "const System = { register(deps, declare) { const made = declare((name, value) => {"
    " exports[name] = value; return value; }, {}); for (const set of made.setters ?? []) set({});"
    " made.execute(); } };\n"
)
MODULES = (
    "var wrap = (all, mod) => function () { return mod || (0, all[Object.keys(all)[0]])("
    "(mod = { exports: {} }).exports, mod), mod.exports; };\n"
)
SETTER = "export let agents; const given = (made) => { agents = made; };\n"
# Each is a whole program around `BODY`; the second text gives what it made to somebody.
AROUND = {
    "constructed": ("const x = new function () { BODY }; exports.agents = x.agents;", "THIS"),
    "constructed, exporting": ("new function () { BODY };", "EXPORT"),
    "constructed, in brackets": ("new (function () { BODY })();", "EXPORT"),
    "constructed, assigned": ("module.exports = new function () { BODY };", "THIS"),
    "constructed, returning": ("module.exports = new function () { BODY return { agents }; };", ""),
    "constructed, module": ("export const { agents } = new function () { BODY };", "THIS"),
    "constructor": (
        "class App { constructor() { BODY } } const app = new App(); exports.agents = app.agents;",
        "THIS",
    ),
    "constructor, exporting": ("class App { constructor() { BODY } } new App();", "EXPORT"),
    "constructor, module": (
        "class App { constructor() { BODY } } export const { agents } = new App();",
        "THIS",
    ),
    "SystemJS": (
        SYSTEM + "System.register([], function (_export, _context) { 'use strict';"
        " return { setters: [], execute: function () { BODY } }; });",
        "_export('agents', agents);",
    ),
    "SystemJS, minified": (
        SYSTEM + "System.register([],(function(e){'use strict';return{execute(){BODY}}}));",
        "e('agents',agents);",
    ),
    "AMD": (
        ("function define(deps, make) { exports.agents = make().agents; }\n"
        "define([], function () { BODY return { agents }; });"),
        "",
    ),
    "AMD, exports": (
        ("function define(deps, make) { make(require, exports); }\n"
        "define(['require', 'exports'], function (require, exports) { BODY });"),
        "EXPORT",
    ),
    "main": ("async function main() { BODY }\nmain();", "EXPORT"),
    "main, caught": ("async function main() { BODY }\nmain().catch(() => {});", "EXPORT"),
    "main, later": ("async function main() { await null; BODY }\nmain();", "EXPORT"),
    "main, arrow": ("const main = async () => { BODY };\nvoid main();", "EXPORT"),
    "main, module": (SETTER + "async function main() { BODY }\nmain();", "SET"),
    "main, awaited": (SETTER + "async function main() { BODY }\nawait main();", "SET"),
    "main, waiting": (
        "async function main() { BODY await new Promise(() => {}); }\nmain();",
        "EXPORT",
    ),
}  # fmt: skip
GIVES = {
    "THIS": "this.agents = agents;",
    "EXPORT": "exports.agents = agents;",
    "SET": "given(agents);",
}


def program(form: str, end: str, rest: str = "") -> tuple[str, bool]:
    """Return a program, and whether it is a module."""
    text, give = AROUND[form]
    source = text.replace("BODY", BODY).replace("GIVE", GIVES.get(give, give))
    is_module = "export " in text
    return source.replace("END", f"{end} {rest}"), is_module


def load(sandbox: Sandbox, form: str, end: str, rest: str = "") -> Loaded:
    """Load a program as a worker does for the second time."""
    source, is_module = program(form, end, rest)
    return sandbox.load(source, module=is_module, recovers=True)


@pytest.mark.parametrize("form", AROUND)
def test_what_was_made_can_be_used(sandbox: Sandbox, form: str) -> None:
    for name in some([*ENDS], 3):
        source, is_module = program(form, ENDS[name])
        loaded = sandbox.load(source, module=is_module)
        if loaded.ran.outcome.failure is not None:
            loaded = sandbox.load(source, module=is_module, recovers=True)
        assert loaded.call("t").value == "ran", name


@pytest.mark.parametrize("form", [form for form in AROUND if not form.startswith("main")])
def test_what_was_to_be_restricted_cannot_be_used(sandbox: Sandbox, form: str) -> None:
    for name in some([*ENDS], 3):
        loaded = load(sandbox, form, ENDS[name], "agents.main.tools.t.needsApproval = true;")
        ran = loaded.call("t")
        assert ran.outcome.failure is not None, name
        assert ran.kind in {"LOAD_FAILED", "NEEDS_APPROVAL"}, name


def test_static_block_that_fails_closes_what_it_made(sandbox: Sandbox) -> None:
    source = f"class App {{ static {{ {BODY} }} }}".replace("GIVE", GIVES["EXPORT"])
    for end in ENDS.values():
        rest = f"{end} agents.main.tools.t.needsApproval = true;"
        loaded = sandbox.load(source.replace("END", rest), module=False, recovers=True)
        assert loaded.call("t").kind == "LOAD_FAILED", end


TWICE = (
    MODULES + "var parts = wrap({ 'parts.js'(exports, module) { BODY } });\n"
    "const first = parts();\nexports.agents = parts().agents;"
)


def twice(end: str) -> str:
    """Return a program whose module fails when it is called first, and is called once more."""
    return TWICE.replace("BODY", BODY).replace("GIVE", GIVES["EXPORT"]).replace("END", end)


@pytest.mark.parametrize("end", ["failure", "value"])
def test_module_that_failed_is_there_half_way_when_it_is_called_again(
    sandbox: Sandbox, end: str
) -> None:
    loaded = sandbox.load(twice(ENDS[end]), module=False, recovers=True)
    assert loaded.call("t").value == "ran"


@pytest.mark.parametrize("end", list(ENDS))
def test_module_that_failed_in_a_try_is_there_as_in_node(sandbox: Sandbox, end: str) -> None:
    source = twice(ENDS[end]).replace("const first = parts();", "try { parts(); } catch {}")
    assert sandbox.load(source, module=False, recovers=True).call("t").value == "ran"


@pytest.mark.parametrize("end", ["throw", "guard", "exit"])
def test_module_that_ended_the_program_says_where(sandbox: Sandbox, end: str) -> None:
    failure = sandbox.load(twice(ENDS[end]), module=False, recovers=True).ran.outcome.failure
    assert failure is not None
    assert failure.kind.name == "LOAD_FAILED"
    assert "KEY is required" in failure.message or "process.exit(1)" in failure.message
    assert "at parts.js (bundle.js:2:" in failure.stack


# What a `main()` did before it made anything, and a part of why it was rejected.
REJECTED = {
    "network": ("await fetch('https://api.acme.example/');", "api.acme.example"),
    "missing": ("const db = missing.connect();", "missing is not defined"),
    "guard": ("if (!process.env.KEY) throw new Error('KEY is required');", "KEY is required"),
    "file": ("const text = (await import('node:fs')).readFileSync('./rules.md');", "./rules.md"),
}
MAIN = {
    "function": SETTER + "async function main() { BODY }\nawait main();",
    "arrow": SETTER + "const main = async () => { BODY };\nawait main();",
    "returning": "async function main() { BODY return { agents }; }\n"
    "export const { agents } = await main();",
    "arrow, returning": "const main = async () => { BODY return { agents }; };\n"
    "export const { agents } = await main();",
}  # fmt: skip


def rejected(before: str, form: str = "", after: str = "") -> str:
    """Return a program whose `main()` makes an agent after it was rejected."""
    give = "" if "returning" in form else GIVES["SET" if form else "EXPORT"]
    body = f"{before} {BODY}".replace("GIVE", give).replace("END", after)
    return MAIN.get(form, "async function main() { BODY }\nmain();").replace("BODY", body)


@pytest.mark.parametrize("kind", ["network", "missing", "file"])
@pytest.mark.parametrize("form", MAIN)
def test_awaited_main_goes_on_after_what_failed(sandbox: Sandbox, form: str, kind: str) -> None:
    source = rejected(REJECTED[kind][0], form)
    first = sandbox.load(source).ran.outcome.failure
    assert first is not None
    assert REJECTED[kind][1] in first.message
    again = sandbox.load(source, recovers=True)
    assert again.call("t").value == "ran"
    assert again.ran.outcome.incomplete is not None


@pytest.mark.parametrize("form", MAIN)
@pytest.mark.parametrize("end", some([*ENDS], 2))
@pytest.mark.parametrize("between", ["", "await null;", "await new Promise((r) => setTimeout(r));"])
def test_awaited_main_leaves_nothing_unrestricted(
    sandbox: Sandbox, form: str, end: str, between: str
) -> None:
    rest = f"{between} {ENDS[end]} agents.main.tools.t.needsApproval = true;"
    loaded = sandbox.load(rejected(REJECTED["missing"][0], form, rest), recovers=True)
    if loaded.ran.outcome.failure is None:
        assert loaded.call("t").kind in {"LOAD_FAILED", "NEEDS_APPROVAL"}


@pytest.mark.parametrize("form", MAIN)
def test_guard_of_an_awaited_main_ends_it(sandbox: Sandbox, form: str) -> None:
    loaded = sandbox.load(rejected(REJECTED["guard"][0], form), recovers=True)
    failure = loaded.ran.outcome.failure or loaded.call("t").failure
    assert "KEY is required" in failure.message


@pytest.mark.parametrize("kind", REJECTED)
def test_agent_that_a_rejected_main_did_not_make_is_said_with_the_reason(
    sandbox: Sandbox, kind: str
) -> None:
    before, why = REJECTED[kind]
    failure = sandbox.load(rejected(before), module=False, recovers=True).call("t").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert 'the bundle exports no agent "main"; it has: none. A rejected promise' in failure.message
    assert why in failure.message


def test_agent_that_is_not_there_is_said_without_a_reason(sandbox: Sandbox) -> None:
    source = "Promise.reject(new Error('no')).catch(() => {}); exports.agents = {};"
    failure = sandbox.load(source, module=False).call("t").failure
    assert failure.message == 'the bundle exports no agent "main"; it has: none'
