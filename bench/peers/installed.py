"""Installs the pinned peers into the repository's ``build/bench_peers``, which git ignores.

Nothing is installed into the virtual environment. Each folder is named by the hash of its inputs,
and made once.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from tests.npm import node_environment

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "bench_peers"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
PROGRAMS = ("measure.mjs", "surroundings.js")
REQUIREMENTS = HERE / "requirements.lock"
INSTALL_TIMEOUT_S = 300


def npm_packages() -> Path:
    """Return a folder with the npm peers and the program that measures them.

    Raises:
        subprocess.SubprocessError: npm failed; its output is on stderr.
    """
    folder = made("npm", [HERE / name for name in NPM_FILES], install_npm)
    for name in PROGRAMS:
        shutil.copy(HERE / name, folder)
    return folder


def python_packages() -> Path:
    """Return a folder with the Python peer, for ``PYTHONPATH``; raises as ``npm_packages`` does."""
    return made("python", [REQUIREMENTS], install_python)


def made(name: str, inputs: list[Path], make: Callable[[Path], None]) -> Path:
    """Return the folder of these inputs, creating it if needed."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    folder = CACHE / f"{name}-{digest[:16]}"
    if not folder.exists():
        fresh = CACHE / f"{name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        make(fresh)
        fresh.rename(folder)
    return folder


def install_npm(folder: Path) -> None:
    """Install what the lock file pins."""
    for name in NPM_FILES:
        shutil.copy(HERE / name, folder)
    npm = str(Path(sysconfig.get_path("scripts")) / "npm")
    run([npm, "ci", "--ignore-scripts"], folder)


def install_python(folder: Path) -> None:
    """Install what the lock file pins; the peer uses our wasmtime."""
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps"]
    run([*pip, "--target", str(folder), "-r", str(REQUIREMENTS)], folder)


def run(command: list[str], folder: Path) -> None:
    """Run an installer, with its output on stderr."""
    subprocess.run(
        command,
        cwd=folder,
        env=node_environment(),
        stdout=sys.stderr,
        timeout=INSTALL_TIMEOUT_S,
        check=True,
    )
