"""Builds the bundles of the projects, once for each change of what goes in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.npm import alone, digest_of, emptied, installed, node, node_environment

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
# Every project once, minified, as an ES module and as CommonJS by turns; and every project in each.
USUAL = "usual"
FORMS = ("esm", "cjs", "esm.min", "cjs.min")
BUILD_TIMEOUT_S = 300


def build(form: str) -> Path:
    """Return the folder with a bundle of every project in a form, and their ``node_modules``.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    packages = installed(HERE, "projects")
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    with alone("projects-built") as cache:
        digest = digest_of([*files, HERE / "build.mjs", HERE / "package-lock.json"])
        folder = cache / f"{form}-{digest}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(SOURCES, work / "sources")
            for file in ("build.mjs", "package.json"):
                shutil.copy(HERE / file, work)
            for each in (work, fresh):
                (each / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "build.mjs", str(fresh), form]
            subprocess.run(
                command, cwd=work, env=node_environment(), timeout=BUILD_TIMEOUT_S, check=True
            )
            fresh.rename(folder)
        return folder
