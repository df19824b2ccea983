"""Packages that touch Node while they load give in the sandbox what they give in Node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox
from tests.node.cases import HERE, run_node
from tests.npm import bundled

__all__ = ["sandbox"]

PROGRAMS = HERE / "programs"
SOURCES = sorted((PROGRAMS / "sources").glob("*.js"))
NAMES = [path.stem for path in SOURCES]
KEYS = (HERE / "keys.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of the bundles."""
    return bundled(PROGRAMS, "node-programs", PROGRAMS / "sources")


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
