"""Builds ``dist/weather.js`` from the example's source if it is missing or stale.

It runs ``npm ci && npm run build`` in this folder, with the node and npm of this interpreter's
environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLE = HERE / "dist" / "weather.js"
STAMP = HERE / "dist" / "inputs.sha256"
TIMEOUT_S = 300


class ExampleBuildError(Exception):
    """A step of the build failed; the message has its output."""


def inputs() -> list[Path]:
    """Return the files that the bundle is built from."""
    return [HERE / "package.json", HERE / "package-lock.json", *sorted(HERE.glob("src/*.ts"))]


def digest() -> str:
    """Return the SHA-256 of all inputs."""
    whole = hashlib.sha256()
    for path in inputs():
        data = path.read_bytes()
        whole.update(f"{path.name} {len(data)}\n".encode() + data)
    return whole.hexdigest()


def npm(*arguments: str) -> None:
    """Run npm here; raises ExampleBuildError with its output if it fails."""
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    program = shutil.which("npm", path=path)
    if program is None:
        raise ExampleBuildError("npm is missing; `make setup` installs it.")
    done = subprocess.run(
        [program, *arguments],
        cwd=HERE,
        env={**os.environ, "PATH": path},
        timeout=TIMEOUT_S,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ExampleBuildError(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def build() -> Path:
    """Return the bundle, building it if it is missing or stale."""
    wanted = digest()
    if BUNDLE.is_file() and STAMP.is_file() and STAMP.read_text() == wanted:
        return BUNDLE
    npm("ci", "--ignore-scripts")
    npm("run", "build")
    STAMP.write_text(wanted)
    return BUNDLE


def main() -> int:
    """Build; return the exit status."""
    try:
        build()
    except (ExampleBuildError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
