"""Builds the bundles of the clients, once for each change of what goes in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.npm import alone, digest_of, emptied, installed, node, node_environment

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
BUILD_TIMEOUT_S = 120
FORMS = ("cjs", "esm-min", "esm", "cjs-min")
"""Formats, minified or not."""


def build() -> Path:
    """Return the folder with a folder of bundles for each form.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    packages = installed(HERE, "node-clients")
    sources = [*sorted(CLIENTS.glob("*.mjs")), HERE / "build.mjs", HERE / "package-lock.json"]
    with alone("node-clients-built") as cache:
        folder = cache / f"bundles-{digest_of(sources)}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(CLIENTS, work / "clients")
            shutil.copy(HERE / "build.mjs", work)
            (work / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "build.mjs", str(fresh), *FORMS]
            subprocess.run(
                command, cwd=work, env=node_environment(), timeout=BUILD_TIMEOUT_S, check=True
            )
            fresh.rename(folder)
        return folder
