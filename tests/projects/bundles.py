"""Builds the bundles of the projects, once for each change of what goes in."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.npm import alone, digest_of, emptied, installed, node, node_environment

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
FORMS = ("esm", "cjs", "esm.min", "cjs.min")
# Minified, one project as an ES module and the next as CommonJS.
TURNS = "turns"
NAMES = (
    *("agents_starter", "archive", "channel", "customers", "desk", "diary", "edges", "legacy"),
    *("mail", "mastra_starter-packages", "mastra_starter-whole", "messages", "notes", "orders"),
    *("pages", "protocol", "research", "sdk_starter", "stores", "terminal", "traced", "weather"),
)
# Those that load in a second.
QUICK = (
    *("archive", "desk", "edges", "legacy", "mail", "mastra_starter-packages", "notes", "orders"),
    *("pages", "protocol", "research", "sdk_starter", "traced"),
)
BUILD_TIMEOUT_S = 300


def build(form: str, names: Sequence[str]) -> Path:
    """Return the folder with the bundles of those names in a form, and their ``node_modules``.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    packages = installed(HERE, "projects")
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    with alone("projects-built") as cache:
        settings = ("build.mjs", "package-lock.json", "bundles.py")
        digest = digest_of([*files, *(HERE / each for each in settings)])
        folder = cache / f"{form}-{digest}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(SOURCES, work / "sources")
            for file in ("build.mjs", "package.json"):
                shutil.copy(HERE / file, work)
            for each in (work, fresh):
                (each / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "build.mjs", str(fresh), form, *names]
            subprocess.run(
                command, cwd=work, env=node_environment(), timeout=BUILD_TIMEOUT_S, check=True
            )
            fresh.rename(folder)
        return folder
