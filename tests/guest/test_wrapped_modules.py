"""Modules that a bundler wraps in functions: their statements fail one by one, as others do.

What a program catches of a module that fails it must catch here as well: Node is the judge.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.matrix.projects import Projects
from tests.npm import node, node_environment
from tests.repeats import soaking

HERE = Path(__file__).parent
TIMEOUT_S = 300
FORMS = (
    *("esbuild", "esbuild minified", "rolldown", "rolldown minified"),
    *("webpack", "webpack minified", "webpack development"),
)
HEAD = """
const tools = {};
exports.agents = { main: { tools } };
tools.early = { execute: () => 1 };
"""
ATTEMPT = "const attempt = (f) => { try { return f(1); } catch (e) { return e.name; } };\n"
LATE = "tools.late = { execute: () => 2 };\n"
FAILS = "exports.before = 3; exports.failed = missing.thing(); exports.after = 4;"
FAILING = {
    "module": {
        "a.cjs": FAILS,
        "index.cjs": "const a = require('./a.cjs');" + HEAD + LATE
        + "tools.before = { execute: () => a.before }; tools.after = { execute: () => a.after };"
        "tools.needs = { execute: () => a.failed };",
    },
    "module of a module": {
        "b.cjs": FAILS,
        "a.cjs": "exports.early = 1; exports.b = require('./b.cjs');",
        "index.cjs": "const { b } = require('./a.cjs');" + HEAD + LATE
        + "tools.before = { execute: () => b.before }; tools.after = { execute: () => b.after };"
        "tools.needs = { execute: () => b.failed };",
    },
    "entry": {
        "a.cjs": "exports.before = 3; exports.after = 4;",
        "index.cjs": "const a = require('./a.cjs');" + HEAD
        + "const failed = missing.thing();" + LATE
        + "tools.before = { execute: () => a.before }; tools.after = { execute: () => a.after };"
        "tools.needs = { execute: () => failed };",
    },
    "module that is run first by another": {
        "b.cjs": FAILS,
        "a.cjs": "const b = require('./b.cjs'); exports.sum = b.before + b.after;",
        "index.cjs": "const a = require('./a.cjs'), b = require('./b.cjs');" + HEAD + LATE
        + "tools.before = { execute: () => b.before }; tools.after = { execute: () => a.sum - 3 };"
        "tools.needs = { execute: () => b.failed };",
    },
}  # fmt: skip
CAUGHT = {
    "try": {
        "a.cjs": FAILS,
        "index.cjs": HEAD + "let a; try { a = require('./a.cjs'); } catch (e) { a = e.name; }"
        "tools.is = { execute: () => a };",
    },
    "try in a function": {
        "a.cjs": FAILS,
        "index.cjs": HEAD + "const load = () => { try { return require('./a.cjs'); }"
        " catch (e) { return e.name; } }; const a = load(); tools.is = { execute: () => a };",
    },
    "try above a module": {
        "b.cjs": FAILS,
        "a.cjs": "exports.b = require('./b.cjs');",
        "index.cjs": HEAD + "let a; try { a = require('./a.cjs').b; } catch { a = 'caught'; }"
        "tools.is = { execute: () => a };",
    },
    "try in a module": {
        "b.cjs": FAILS,
        "a.cjs": "try { exports.b = require('./b.cjs'); } catch (e) { exports.b = e.name; }",
        "index.cjs": "const a = require('./a.cjs');" + HEAD + "tools.is = { execute: () => a.b };",
    },
    "try in a condition": {
        "b.cjs": FAILS,
        "index.cjs": HEAD + "let a; if (tools) { try { a = require('./b.cjs'); } catch { a = 7; } }"
        "tools.is = { execute: () => a };",
    },
    "promise": {
        "a.cjs": FAILS,
        "index.cjs": HEAD + "let a; Promise.resolve().then(() => require('./a.cjs'))"
        ".catch((error) => { a = error.name; }); tools.is = { execute: () => a };",
    },
    "callback": {
        "a.cjs": FAILS,
        "index.cjs": HEAD + ATTEMPT + "const a = attempt(() => require('./a.cjs'));"
        "tools.is = { execute: () => a };",
    },
    "call of a tool": {
        "a.cjs": FAILS,
        "index.cjs": HEAD + "tools.is = { execute: () => {"
        " try { return require('./a.cjs').before; } catch (e) { return e.name; } } };",
    },
    "function of a module": {
        "a.cjs": "exports.parse = (text) => { const made = JSON.parse(text); return made; };",
        "index.cjs": "const a = require('./a.cjs');" + HEAD + ATTEMPT
        + "const parse = () => a.parse('{'), is = attempt(parse);"
        "tools.is = { execute: () => [is, attempt(parse)] };",
    },
    "callback that is given first": {
        "a.cjs": "exports.attempt = (f) => { try { return f(1); } catch (e) { return e.name; } };",
        "index.cjs": "const a = require('./a.cjs');" + HEAD
        + "const is = a.attempt((n) => { const x = missing[n]; return x; });"
        "tools.is = { execute: () => is };",
    },
}  # fmt: skip
ENDS = {
    "guard": "if (!process.env.KEY) throw new Error('KEY is required');",
    "exit": "process.exit(1);",
    "call of a guard": "const check = () => { throw new Error('KEY is required'); }; check();",
}
OPENS = {
    name: {
        "b.cjs": HEAD.replace("exports.agents", "exports.made") + "exports.tools = tools;",
        "a.cjs": end + "exports.is = 1;",
        "index.cjs": "exports.agents = { main: { tools: require('./b.cjs').tools } };\n"
        "const { tools } = require('./b.cjs'); require('./a.cjs');\n"
        "tools.late = { execute: () => 2 }; tools.early.needsApproval = true;",
    }
    for name, end in ENDS.items()
}


def in_forms(programs: Iterable[str]) -> list[tuple[str, str]]:
    """Return each program in three of the forms by turns, and in a soak in all of them."""
    if soaking():
        return list(product(programs, FORMS))
    return [
        (name, FORMS[(2 * at + more) % len(FORMS)])
        for at, name in enumerate(programs)
        for more in (0, 3, 5)
    ]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the forms of each program, with what Node says of it."""
    folder = tmp_path_factory.mktemp("modules")
    programs = {**FAILING, **CAUGHT, **{f"ended by {name}": OPENS[name] for name in OPENS}}
    numbers = {name: f"p{number}" for number, name in enumerate(programs)}
    for name, files in programs.items():
        (folder / numbers[name]).mkdir()
        for file, text in files.items():
            (folder / numbers[name] / file).write_text(text)
    packages = str(Projects().packages("bundlers"))
    printed = subprocess.run(
        [node(), str(HERE / "bundle_modules.mjs"), json.dumps([packages, list(numbers.values())])],
        cwd=folder,
        env=node_environment(),
        timeout=TIMEOUT_S,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    found = json.loads(printed)
    return {
        name: {
            "node": found[number]["node"],
            "forms": {
                form: (folder / file).read_text() for form, file in found[number]["forms"].items()
            },
        }
        for name, number in numbers.items()
    }


def loaded(sandbox: Sandbox, text: str) -> Loaded:
    return sandbox.load(text, module=False, recovers=True)


@pytest.mark.parametrize(("name", "form"), in_forms(FAILING))
def test_statements_of_a_module_fail_one_by_one(
    sandbox: Sandbox, bundles: Any, name: str, form: str
) -> None:
    assert bundles[name]["node"] is None
    program = loaded(sandbox, bundles[name]["forms"][form])
    made = {"early": 1, "late": 2, "before": 3, "after": 4}
    assert {key: program.call(key).value for key in made} == made
    needs = program.call("needs")
    assert needs.kind == "LOAD_FAILED"
    assert "missing" in needs.failure.message


@pytest.mark.parametrize(("name", "form"), in_forms(CAUGHT))
def test_what_a_program_catches_of_a_module_it_catches(
    sandbox: Sandbox, bundles: Any, name: str, form: str
) -> None:
    said = bundles[name]["node"]
    program = loaded(sandbox, bundles[name]["forms"][form])
    assert said is not None
    assert {key: program.call(key).value for key in said} == said


@pytest.mark.parametrize(("name", "form"), in_forms(OPENS))
def test_module_that_ends_the_program_ends_all(
    sandbox: Sandbox, bundles: Any, name: str, form: str
) -> None:
    program = loaded(sandbox, bundles[f"ended by {name}"]["forms"][form])
    if program.image is None:
        return  # what it exports was not made
    assert program.call("late").kind == "LOAD_FAILED"
    assert program.call("early").kind in {"LOAD_FAILED", "NEEDS_APPROVAL"}
