"""Packages for dates, time zones and messages give what they give in Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from services.toolrunner.domain import MIB, Limits
from tests.guest.sandboxed import Sandbox
from tests.npm import installed, node

PACKAGES = Path(__file__).parent / "packages"
LIMITS = Limits(memory_bytes=192 * MIB, fuel=100_000_000_000, timeout_s=60)
BUNDLE = ("--bundle", "--format=cjs", "--platform=node", "--log-level=error")


def bundle(folder: Path, output: Path) -> str:
    """Return the cases with their packages as one script."""
    cases = shutil.copy(PACKAGES / "cases.mjs", folder / "cases.mjs")
    esbuild = folder / "node_modules" / "esbuild" / "bin" / "esbuild"
    done = [node(), str(esbuild), str(cases), *BUNDLE, f"--outfile={output}"]
    subprocess.run(done, check=True, timeout=60)
    return output.read_text(encoding="utf-8")


def test_packages_match_node(tmp_path: Path) -> None:
    output = tmp_path / "bundle.cjs"
    source = bundle(installed(PACKAGES, "date-packages"), output)
    show = f"console.log(JSON.stringify(require({json.dumps(str(output))}).all()))"
    by_node = subprocess.run(
        [node(), "-e", show],
        env={**os.environ, "TZ": "UTC", "LANG": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    sandbox = Sandbox()
    tail = "\nconst casesOfAll = module.exports.all;\n"
    tail += "module.exports = {agents: {main: {tools: {t: {execute: () => casesOfAll()}}}}};\n"
    loaded = sandbox.load(source + tail, module=False, limits=LIMITS)
    value = loaded.call("t", limits=LIMITS).value
    sandbox.close()
    assert value == json.loads(by_node.stdout)
