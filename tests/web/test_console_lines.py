"""The console's output equals Node's, line by line."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

from tests.guest.sandboxed import Sandbox, run_body

LINES = (Path(__file__).parent / "console_lines.js").read_text()
TO_ONE_STREAM = (
    "const { Console } = require('console');"
    "globalThis.console = new Console({stdout: process.stdout, stderr: process.stdout});\n"
)


def by_node() -> list[str]:
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["node", "-e", TO_ONE_STREAM + LINES],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": path, "TZ": "UTC"},
    )
    return done.stdout.removesuffix("\n").split("\n")


def test_console_matches_node() -> None:
    sandbox = Sandbox()
    ran = run_body(sandbox, LINES, module=False)
    sandbox.close()
    assert ran.value is None
    assert "\n".join(text for _, text in ran.console).split("\n") == by_node()
