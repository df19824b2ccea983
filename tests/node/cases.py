"""Scripts of cases that Node and the sandbox both run, and what each gave."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import cast

from services.toolrunner.domain import Limits
from tests.guest.sandboxed import Sandbox
from tests.npm import node, node_environment

HERE = Path(__file__).parent
CASES = HERE / "cases"
NAMES = tuple(sorted(path.stem for path in CASES.glob("*.js")))
NODE_TIMEOUT_S = 120
MARK = "@@told@@"
RUN = (HERE / "run_cases.js").read_text(encoding="utf-8")

Outcomes = dict[str, object]
"""What each case gave: its value as JSON, or ``{"threw": code}``."""


def script_of(name: str) -> str:
    """Return a CommonJS script whose ``run`` is a function that runs every case."""
    keys = (HERE / "keys.json").read_text(encoding="utf-8")
    body = (CASES / f"{name}.js").read_text(encoding="utf-8")
    cases = f"const CASES = (() => {{ const module = {{}};\n{body}\nreturn module.exports; }})();"
    return f"const KEYS = {keys};\n{RUN}\n{cases}\nconst run = () => outcomes(CASES);\n"


def node_outcomes() -> dict[str, Outcomes]:
    """Run the cases of all files in one Node; return what each gave by file."""
    files = "\n".join(
        f"all[{name!r}] = async () => {{ {script_of(name)} return run(); }};" for name in NAMES
    )
    script = (
        "const all = {}, found = {};\n" + files + "\n(async () => {"
        "for (const name of Object.keys(all)) found[name] = await all[name]();"
        "tell(found); })();"
    )
    return cast("dict[str, Outcomes]", json.loads(run_node(script)))


def run_node(script: str) -> bytes:
    """Run a CommonJS script in Node; return the JSON that it told with ``tell``."""
    command = [node(), "--no-warnings", "--input-type=commonjs", "-"]
    head = f"const tell = (found) => process.stdout.write({MARK!r} + JSON.stringify(found));\n"
    done = subprocess.run(
        command,
        input=(head + script).encode(),
        env=node_environment(),
        capture_output=True,
        timeout=NODE_TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    return done.stdout.rpartition(MARK.encode())[2]


def guest_outcomes(sandbox: Sandbox, name: str) -> Outcomes:
    """Run the cases of a file in the sandbox, as one tool."""
    source = script_of(name) + "exports.agents = {main: {tools: {run: {execute: run}}}};"
    ran = sandbox.load(source, module=False).call(
        "run", limits=Limits(fuel=200_000_000_000, timeout_s=120.0)
    )
    return cast("Outcomes", ran.value)
