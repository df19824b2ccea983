"""Builds the bundles of the SDKs, once for each change of what goes in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.npm import alone, digest_of, emptied, installed, node, node_environment

HERE = Path(__file__).parent
TOOLS = HERE / "tools"
NAMES = sorted(path.stem for path in TOOLS.glob("*.mjs"))
BUILD_TIMEOUT_S = 120


def build() -> Path:
    """Return the folder with a bundle for each tool, and ``agents`` with that of the agent.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    packages = installed(HERE, "sdks")
    sources = [*sorted(TOOLS.glob("*.mjs")), HERE / "build.mjs", HERE / "research.mjs"]
    sources.append(HERE / "package-lock.json")
    with alone("sdks-built") as cache:
        folder = cache / f"bundles-{digest_of(sources)}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(TOOLS, work / "tools")
            shutil.copy(HERE / "build.mjs", work)
            shutil.copy(HERE / "research.mjs", work)
            (work / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "build.mjs", str(fresh)]
            subprocess.run(
                command, cwd=work, env=node_environment(), timeout=BUILD_TIMEOUT_S, check=True
            )
            fresh.rename(folder)
        return folder
