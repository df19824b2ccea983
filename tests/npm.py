"""Installs the pinned npm packages of a test, once for each change of their lock file.

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
SCRIPTS = Path(sysconfig.get_path("scripts"))


def node() -> str:
    """Return the path of the virtual environment's node."""
    return str(SCRIPTS / "node")


def node_environment() -> dict[str, str]:
    """Return this process's environment with the virtual environment's node and npm first."""
    # Node says EACCES of a program that is nowhere where it may not look into a folder.
    folders = [each for each in os.get_exec_path() if os.access(each, os.X_OK)]
    return {**os.environ, "PATH": os.pathsep.join([str(SCRIPTS), *folders])}


def installed(manifests: Path, name: str) -> Path:
    """Return the folder whose ``node_modules`` holds what the manifests in a folder pin.

    Args:
        manifests: a folder with package.json, package-lock.json and .npmrc.
        name: what the folder below ``build`` is called.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    files = [manifests / each for each in MANIFEST_FILES]
    with alone(name) as cache:
        folder = cache / f"packages-{digest_of(files)}"
        if not folder.exists():
            fresh = emptied(cache / "packages.new")
            for file in files:
                shutil.copy(file, fresh)
            npm = [str(SCRIPTS / "npm"), "ci", "--ignore-scripts"]
            subprocess.run(
                npm, cwd=fresh, env=node_environment(), timeout=INSTALL_TIMEOUT_S, check=True
            )
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


def digest_of(files: Iterable[Path]) -> str:
    """Return a short hash of the names and contents of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:16]
