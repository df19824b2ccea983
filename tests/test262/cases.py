"""The parser tests of TC39, installed from npm into the repository's ``build/test262``."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sysconfig
from pathlib import Path

from tests.real_bundles.build import node_environment

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "test262"
FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_TIMEOUT_S = 300


def cases(kind: str, cache: Path = CACHE) -> list[Path]:
    """Return the programs of a kind: pass, pass-explicit, fail or early.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    folder = _installed(cache) / "node_modules" / "test262-parser-tests" / kind
    return sorted(folder.glob("*.js"))


def _installed(cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pinned = b"".join((HERE / name).read_bytes() for name in FILES)
        folder = cache / f"packages-{hashlib.sha256(pinned).hexdigest()[:16]}"
        if not folder.exists():
            fresh = cache / "packages.new"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            for name in FILES:
                shutil.copy(HERE / name, fresh)
            npm = str(Path(sysconfig.get_path("scripts")) / "npm")
            subprocess.run(
                [npm, "ci", "--ignore-scripts"],
                cwd=fresh,
                env=node_environment(),
                timeout=INSTALL_TIMEOUT_S,
                check=True,
            )
            fresh.rename(folder)
        return folder
