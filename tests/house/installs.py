"""Builds both wheels, and installs them as users do: into clean environments, by an extra's name.

The environments lie below the repository's ``build`` folder, one set for each change of what is
asked for; there, only our own wheels are installed anew. What was once fetched is taken from uv's
cache, so that no later run needs a network.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.npm import SCRIPTS, alone, digest_of

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
PROJECT_FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md")
TIMEOUT_S = 300
OURS = ("caisson", "caisson-client")
# Where pip finds packages, by what tells uv the same: uv does not read pip's configuration.
INDEXES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


def build_wheels(folder: Path) -> Path:
    """Build the wheels of a copy of the sources, whose guest is fresh; return their folder."""
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info")
    for name in ("services", "caisson"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in PROJECT_FILES:
        shutil.copyfile(ROOT / name, source / name)
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(wheels)]
    ran([*command, str(source / "caisson"), str(source)])
    return wheels


@dataclass(frozen=True)
class Environment:
    """A virtual environment in which one way to install Caisson was taken."""

    folder: Path

    @property
    def scripts(self) -> Path:
        """The folder of its commands."""
        return self.folder / "bin"

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.scripts / "python")

    @property
    def packages(self) -> set[str]:
        """The names of what is installed in it."""
        listed = ran([*uv("pip", "list", "--format", "json"), "--python", self.python])
        return {each["name"] for each in json.loads(listed)}

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to its end."""
        return subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=cwd,
            env=variables(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )


@cache
def install(requirement: str, wheels: Path) -> Environment:
    """Install a requirement from the wheels, once a run, and what it needs as it is locked."""
    digest = digest_of([LOCK, ROOT / "pyproject.toml", ROOT / "caisson/pyproject.toml"])
    with alone("installs") as kept:
        environment = Environment(kept / f"{digest}-{sys.version_info.minor}" / requirement)
        if not environment.folder.exists():
            ran(uv("venv", "--quiet", "--python", sys.executable, str(environment.folder)))
        command = uv("pip", "install", "--quiet", "--python", environment.python)
        command += ["--find-links", str(wheels), "--constraint", str(LOCK), requirement]
        for name in OURS:
            command += ["--reinstall-package", name]
        try:
            ran([*command, "--offline"])
        except AssertionError:
            ran(command)
    return environment


def uv(*arguments: str) -> list[str]:
    """Return the command line of the locked uv."""
    return [str(SCRIPTS / "uv"), *arguments]


def variables() -> dict[str, str]:
    """Return an environment without this checkout, in which uv finds packages where pip does."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**indexes(), **own}


@cache
def indexes() -> dict[str, str]:
    """Return pip's configuration of where packages are, in uv's variables."""
    found = {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # as pip does
    listed = ran([sys.executable, "-m", "pip", "config", "list"], dict(os.environ))
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        told = INDEXES.get(name.rpartition(".")[2])
        if told is not None:
            words = ast.literal_eval(value).split()
            found[told] = ("," if told == "UV_FIND_LINKS" else " ").join(words)
    return found


def ran(command: list[str], environment: dict[str, str] | None = None) -> str:
    """Return what a program printed; the test fails when the program does."""
    done = subprocess.run(
        command,
        env=variables() if environment is None else environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
