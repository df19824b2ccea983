"""Installs the pinned npm packages and builds the bundles once per change of their sources.

Everything lands in the repository's ``build/real_bundles``, which git ignores: ``packages-HASH`` by
the hash of the lock file, ``bundles-HASH`` by the hash of all that goes in. A file lock lets
several test processes share one build. ``python -m tests.real_bundles.build`` prints the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "real_bundles"
MANIFEST_FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_TIMEOUT_S = 300
BUILD_TIMEOUT_S = 120


@dataclass(frozen=True)
class RealBundles:
    """Where the built bundles are.

    ``numbers``: an AI SDK ``ToolLoopAgent`` addressed as ``numbers``, model ``openai/gpt-5``, tools
    ``primes`` {limit, order}, ``checksum`` {text} -> {bytes, crc32}, ``divide`` (throws
    RangeError on a zero divisor). ``statistics``: Lightfast agents ``statistician`` (tools
    ``summarize``, ``whoami``) and ``greeter``, model ``gateway/anthropic/claude-sonnet-4``, with
    ``lightfast`` left as an import. ``reaching``: a Lightfast agent ``worker`` whose tools use
    real packages that reach out. ``schemas``: one tool for each part of zod.
    """

    folder: Path

    @property
    def numbers_esm(self) -> Path:
        """Return the AI SDK agent as a readable ES module, about 2 MB."""
        return self.folder / "numbers.esm.js"

    @property
    def numbers_min_cjs(self) -> Path:
        """Return the AI SDK agent as minified CommonJS, about 1 MB."""
        return self.folder / "numbers.min.cjs"

    @property
    def statistics_esm(self) -> Path:
        """Return the Lightfast agents as a readable ES module."""
        return self.folder / "statistics.esm.js"

    @property
    def statistics_min_cjs(self) -> Path:
        """Return the Lightfast agents as minified CommonJS."""
        return self.folder / "statistics.min.cjs"

    @property
    def reaching_esm(self) -> Path:
        """Return the agent of tools that reach out as a readable ES module."""
        return self.folder / "reaching.esm.js"

    @property
    def reaching_min_cjs(self) -> Path:
        """Return the agent of tools that reach out as minified CommonJS."""
        return self.folder / "reaching.min.cjs"

    @property
    def schemas_esm(self) -> Path:
        """Return the agent of many schemas as a readable ES module."""
        return self.folder / "schemas.esm.js"

    @property
    def schemas_min_cjs(self) -> Path:
        """Return the agent of many schemas as minified CommonJS."""
        return self.folder / "schemas.min.cjs"

    @property
    def print_schemas(self) -> Path:
        """Return the Node program that prints zod's own JSON Schemas."""
        return self.folder / "print_schemas.cjs"


def build_real_bundles(cache: Path = CACHE) -> RealBundles:
    """Return the bundles, built now if they are not there; the first time needs the npm registry.

    Raises:
        subprocess.CalledProcessError: npm or the bundler failed; its output is on stderr.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return RealBundles(_bundles(cache, _packages(cache)))


def install_packages(cache: Path = CACHE) -> Path:
    """Return the folder whose ``node_modules`` holds the pinned packages, esbuild among them.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _packages(cache)


def node_environment() -> dict[str, str]:
    """Return this process's environment with the virtual environment's node and npm first."""
    scripts = sysconfig.get_path("scripts")
    return {**os.environ, "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")])}


def node() -> str:
    """Return the path of the virtual environment's node."""
    return str(Path(sysconfig.get_path("scripts")) / "node")


def _packages(cache: Path) -> Path:
    manifests = [HERE / name for name in MANIFEST_FILES]
    folder = cache / f"packages-{_hash(manifests)}"
    if not folder.exists():
        fresh = _empty(cache / "packages.new")
        for manifest in manifests:
            shutil.copy(manifest, fresh)
        npm = str(Path(sysconfig.get_path("scripts")) / "npm")
        _run([npm, "ci", "--ignore-scripts"], fresh, INSTALL_TIMEOUT_S)
        fresh.rename(folder)
    return folder


def _bundles(cache: Path, packages: Path) -> Path:
    sources = sorted((HERE / "sources").glob("*.ts"))
    script = HERE / "build.mjs"
    folder = cache / f"bundles-{_hash([*sources, script, packages / 'package-lock.json'])}"
    if not folder.exists():
        work = _empty(cache / "work")
        shutil.copytree(HERE / "sources", work / "sources")
        shutil.copy(script, work)
        (work / "node_modules").symlink_to(packages / "node_modules")
        fresh = _empty(cache / "bundles.new")
        _run([node(), script.name, str(fresh)], work, BUILD_TIMEOUT_S)
        fresh.rename(folder)
    return folder


def _run(command: list[str], folder: Path, timeout_s: int) -> None:
    subprocess.run(command, cwd=folder, env=node_environment(), timeout=timeout_s, check=True)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    print(build_real_bundles().folder)
