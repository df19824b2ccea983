"""Packages that touch Node while they load give in the sandbox what they give in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import cast

import pytest

from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox
from tests.node.cases import HERE, run_node
from tests.npm import alone, digest_of, emptied, installed, node, node_environment

__all__ = ["sandbox"]

PROGRAMS = HERE / "programs"
SOURCES = sorted((PROGRAMS / "sources").glob("*.js"))
NAMES = [path.stem for path in SOURCES]
KEYS = (HERE / "keys.json").read_text(encoding="utf-8")
BUILD_TIMEOUT_S = 120


def built() -> Path:
    """Return the folder with a bundle of each program, made once for each change of one."""
    packages = installed(PROGRAMS, "node-programs")
    inputs = [*SOURCES, PROGRAMS / "build.mjs", PROGRAMS / "package-lock.json"]
    with alone("node-programs-built") as cache:
        folder = cache / f"bundles-{digest_of(inputs)}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(PROGRAMS / "sources", work / "sources")
            shutil.copy(PROGRAMS / "build.mjs", work)
            (work / "node_modules").symlink_to(packages / "node_modules")
            subprocess.run(
                [node(), "build.mjs", str(fresh)],
                cwd=work,
                env=node_environment(),
                timeout=BUILD_TIMEOUT_S,
                check=True,
            )
            fresh.rename(folder)
        return folder


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of the bundles."""
    return built()


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, object]:
    """Return what each program gives in Node."""
    script = f"""
      (async () => {{
        const found = {{}};
        for (const name of {json.dumps(NAMES)}) {{
          found[name] = await require({json.dumps(str(folder))} + "/" + name + ".js").run({KEYS});
        }}
        tell(found);
        setTimeout(() => process.exit(0), 50);
      }})();
    """
    return cast("dict[str, object]", json.loads(run_node(script)))


@pytest.mark.parametrize("name", NAMES)
def test_program_gives_what_it_gives_in_node(
    sandbox: Sandbox, folder: Path, expected: dict[str, object], name: str
) -> None:
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    tool = f"{{execute: () => module.exports.run({KEYS})}}"
    source = f"{text}\nmodule.exports.agents = {{main: {{tools: {{run: {tool}}}}}}};"
    assert sandbox.load(source, module=False).call("run").value == expected[name]
