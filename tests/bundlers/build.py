"""Builds the sources with the pinned bundlers, once per change, and asks Node what they hold.

Everything lands in the repository's ``build/bundlers``, which git ignores, as ``real_bundles`` do.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sysconfig
from pathlib import Path

from services.executor.domain import JsonObject
from tests.npm import digest_of, emptied, node, ran

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "bundlers"
COMPILERS = "compilers.mjs"
# parcel leaves out only packages that are declared.
DECLARED = '{"dependencies": {"@openai/agents": "*", "zod": "*"}}'
MANIFEST_FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_TIMEOUT_S = 300
BUILD_TIMEOUT_S = 300
JUDGE_TIMEOUT_S = 300


def built() -> tuple[Path, dict[str, JsonObject]]:
    """Return the folder of the bundles, and by file what Node says of the agents in it.

    Raises:
        subprocess.CalledProcessError: npm, a bundler or Node failed; a note has what it said.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = _bundles(_packages())
        return folder, json.loads((folder / "judged.json").read_text())


def features(sources: Path) -> Path:
    """Return the folder with what ``features.mjs`` builds of a folder of sources.

    Raises:
        subprocess.CalledProcessError: npm or a bundler failed; a note has what it said.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages, script = _packages(), HERE / "features.mjs"
        scripts = [script, HERE / COMPILERS]
        inputs = [*sorted(sources.iterdir()), *scripts, packages / "package-lock.json"]
        folder = CACHE / f"features-{digest_of(inputs)}"
        if not folder.exists():
            work, fresh = emptied(CACHE / "features-work"), emptied(CACHE / "features.new")
            shutil.copytree(sources, work / "sources")
            for each in scripts:
                shutil.copy(each, work)
            (work / "sources" / "package.json").write_text(DECLARED)
            (work / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "features.mjs", str(fresh), str(work / "sources")]
            ran(command, work, BUILD_TIMEOUT_S)
            fresh.rename(folder)
        return folder


def _packages() -> Path:
    folder = CACHE / f"packages-{digest_of([HERE / name for name in MANIFEST_FILES])}"
    if not folder.exists():
        fresh = emptied(CACHE / "packages.new")
        for name in MANIFEST_FILES:
            shutil.copy(HERE / name, fresh)
        npm = str(Path(sysconfig.get_path("scripts")) / "npm")
        # Not `npm ci`: it refuses a lock without the binaries for platforms that an index lacks.
        command = [npm, "install", "--no-save", "--ignore-scripts", "--loglevel=error"]
        ran(command, fresh, INSTALL_TIMEOUT_S)
        fresh.rename(folder)
    return folder


def _bundles(packages: Path) -> Path:
    names = ("build.mjs", COMPILERS, "judge.mjs")
    scripts = [*(HERE / name for name in names), packages / "package-lock.json"]
    sources = sorted((HERE / "sources").iterdir())
    folder = CACHE / f"bundles-{digest_of([*sources, *scripts])}"
    if not folder.exists():
        work = emptied(CACHE / "work")
        shutil.copytree(HERE / "sources", work / "sources")
        for script in scripts:
            shutil.copy(script, work)
        (work / "node_modules").symlink_to(packages / "node_modules")
        fresh = emptied(CACHE / "bundles.new")
        ran([node(), "build.mjs", str(fresh)], work, BUILD_TIMEOUT_S)
        judged = ran([node(), "judge.mjs", str(fresh)], work, JUDGE_TIMEOUT_S)
        (fresh / "judged.json").write_bytes(judged)
        fresh.rename(folder)
    return folder
