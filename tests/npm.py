"""Installs the pinned npm packages of a test, and builds its bundles, once for each change.

They land in the repository's ``build`` folder, which git ignores. A file lock lets several test
processes share one installation.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build"
MANIFEST_FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_TIMEOUT_S = 300
BUILD_TIMEOUT_S = 300
# How much of what a failing program says is told, in bytes.
SAID = 4_000
SCRIPTS = Path(sysconfig.get_path("scripts"))


def node() -> str:
    """Return the path of the virtual environment's node."""
    return str(SCRIPTS / "node")


def node_environment() -> dict[str, str]:
    """Return this process's environment with the virtual environment's node and npm first."""
    # Node says EACCES of a program that is nowhere where it may not look into a folder.
    folders = [each for each in os.get_exec_path() if os.access(each, os.X_OK)]
    return {**os.environ, "PATH": os.pathsep.join([str(SCRIPTS), *folders])}


def ran(command: list[str], folder: Path, timeout_s: float) -> bytes:
    """Run a program of Node in a folder, and return what it printed.

    Raises:
        subprocess.CalledProcessError: it failed; a note has the end of what it said on stderr.
    """
    done = subprocess.run(
        command, cwd=folder, env=node_environment(), timeout=timeout_s, capture_output=True
    )
    try:
        done.check_returncode()
    except subprocess.CalledProcessError as error:
        error.add_note(done.stderr[-SAID:].decode(errors="replace"))
        raise
    return done.stdout


def installed(manifests: Path, name: str) -> Path:
    """Return the folder whose ``node_modules`` holds what the manifests in a folder pin.

    Args:
        manifests: a folder with package.json, package-lock.json and .npmrc.
        name: what the folder below ``build`` is called.

    Raises:
        subprocess.CalledProcessError: npm failed; a note has what it said.
    """
    files = [manifests / each for each in MANIFEST_FILES]
    with alone(name) as cache:
        folder = cache / f"packages-{digest_of(files)}"
        if not folder.exists():
            fresh = emptied(cache / "packages.new")
            for file in files:
                shutil.copy(file, fresh)
            npm = [str(SCRIPTS / "npm"), "ci", "--ignore-scripts"]
            ran(npm, fresh, INSTALL_TIMEOUT_S)
            fresh.rename(folder)
        return folder


def bundled(
    home: Path,
    name: str,
    sources: Path,
    *arguments: str,
    files: Iterable[str] = (),
    with_packages: bool = False,
) -> Path:
    """Return the folder with the bundles that a folder's ``build.mjs`` makes.

    Args:
        home: a folder with the script and what ``installed`` needs.
        name: what the folder below ``build`` is called.
        sources: the folder of what is bundled, for which the script looks beside itself.
        arguments: what the script is given after the folder to fill.
        files: other files of ``home`` that the script needs.
        with_packages: whether the bundles find the packages.

    Raises:
        subprocess.CalledProcessError: npm or the bundler failed; a note has what it said.
    """
    packages = installed(home, name) / "node_modules"
    beside = [home / each for each in ("build.mjs", *files)]
    inputs = sorted(path for path in sources.rglob("*") if path.is_file())
    with alone(f"{name}-built") as cache:
        digest = digest_of([*inputs, *beside, home / "package-lock.json"], arguments)
        folder = cache / f"bundles-{digest}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(sources, work / sources.name)
            for file in beside:
                shutil.copy(file, work)
            for each in (work, fresh) if with_packages else (work,):
                (each / "node_modules").symlink_to(packages)
            ran([node(), "build.mjs", str(fresh), *arguments], work, BUILD_TIMEOUT_S)
            fresh.rename(folder)
        return folder


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """Yield the folder of that name below ``build``, held against other test processes."""
    cache = BUILD / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield cache


def emptied(folder: Path) -> Path:
    """Return the folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def digest_of(files: Iterable[Path], texts: Iterable[str] = ()) -> str:
    """Return a short hash of the names and contents of files, and of texts."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    for text in texts:
        total.update(text.encode() + b"\0")
    return total.hexdigest()[:16]
