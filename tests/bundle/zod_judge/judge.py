"""Asks Node what zod makes of expressions, and bundles the same expressions for Caisson to read."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.executor.domain import Json, JsonObject
from tests.npm import installed, node, node_environment

HERE = Path(__file__).parent
CACHE = HERE.parent.parent.parent / "build" / "zod_judge"
MANIFEST_FILES = ("package.json", "package-lock.json", ".npmrc")
IMPORTS = {
    "classic": 'import { z } from "zod";',
    "classic_namespace": 'import * as z from "zod";',
    "mini": 'import * as z from "zod/mini";',
    "three": 'import { z } from "zod3";',
    "three_namespace": 'import * as z from "zod3";',
}
TOOLS_OF_AN_AGENT = 200
LIGHTFAST = """\
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
"""


@dataclass(frozen=True)
class Verdict:
    """zod's JSON Schema, or why it has none, and which inputs it takes (None: it throws)."""

    schema: JsonObject | None
    error: str
    accepted: tuple[bool | None, ...]


def packages() -> Path:
    """Return the folder of the pinned packages, installed on first use."""
    return installed(HERE, "zod_judge")


def judge(
    dialect: str, before: str, schemas: Sequence[str], inputs: Sequence[Json] = ()
) -> list[Verdict]:
    """Return what zod says of each expression; ``dialect`` is classic, mini or three."""
    folder = packages()
    script = _script(folder)
    asked = {"dialect": dialect, "before": before, "schemas": schemas, "inputs": inputs}
    done = subprocess.run(
        [node(), str(script)],
        input=json.dumps(asked).encode(),
        cwd=folder,
        env=node_environment(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    verdicts = {"0": False, "1": True, "-": None}
    return [
        Verdict(
            _without_version(found["schema"]) if "schema" in found else None,
            found.get("error", ""),
            tuple(verdicts[digit] for digit in found.get("accepted", "")),
        )
        for found in json.loads(done.stdout)
    ]


def _script(folder: Path) -> Path:
    """Return the program beside its packages; several tests may want it at once."""
    text = (HERE / "judge.mjs").read_bytes()
    script = folder / f"judge-{hashlib.sha256(text).hexdigest()[:16]}.mjs"
    if not script.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as fresh:
            fresh.write(text)
        Path(fresh.name).rename(script)
    return script


def _without_version(schema: JsonObject) -> JsonObject:
    """Take out the version of the standard, which a manifest does not say."""
    return {key: value for key, value in schema.items() if key != "$schema"}


def program(form: str, before: str, schemas: Sequence[str]) -> str:
    """Return a program with a tool ``t0``, ``t1``, ... for each expression, in some agents."""
    lines = [LIGHTFAST + IMPORTS[form], before]
    agents: list[str] = []
    for start in range(0, len(schemas), TOOLS_OF_AN_AGENT):
        name = f"a{start}"
        lines.append(f"const {name} = {{")
        lines += [
            f'  t{start + i}: createTool({{ description: "d", inputSchema: {schema}, '
            "execute: () => 1 }),"
            for i, schema in enumerate(schemas[start : start + TOOLS_OF_AN_AGENT])
        ]
        lines.append("};")
        agent = f'createAgent({{ model: "openai/m", system: "s", tools: {name} }})'
        agents.append(f"{name}: {agent}")
    lines.append(f"export default createLightfast({{ agents: {{ {', '.join(agents)} }} }});")
    return "\n".join(lines)


def bundle(source: str, *, minified: bool) -> bytes:
    """Return what esbuild makes of a program: readable ESM, or minified CommonJS."""
    folder = packages()
    form = ["--format=cjs", "--minify"] if minified else ["--format=esm"]
    with tempfile.TemporaryDirectory(dir=folder) as work:
        entry, out = Path(work) / "entry.ts", Path(work) / "out.js"
        entry.write_text(source)
        command = [str(folder / "node_modules" / ".bin" / "esbuild"), str(entry), "--bundle"]
        command += ["--platform=node", "--log-level=error", "--external:lightfast"]
        _run([*command, "--external:lightfast/*", *form, f"--outfile={out}"], folder)
        return out.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, env=node_environment(), timeout=300, check=True)
