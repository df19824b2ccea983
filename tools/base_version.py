"""Writes the sources of the base: the version before this one, which this one must work with.

The base is the last commit of main: where this branch was cut from it, or on main itself the commit
before. Where there is no history, as in a copy of a checkout, the environment variable
``CAISSON_BASE`` names a folder with the base; ``python -m tools.base_version DIR`` makes it.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "CAISSON_BASE"
MAIN = "main"
PARTS = ("protos", "caisson", "services")


def given_or_written(folder: Path) -> Path:
    """Return the folder of the base: the one that the environment names, or this one, written.

    Raises:
        LookupError: there is none; the message says why.
    """
    given = os.environ.get(VARIABLE)
    if given is None:
        write(folder)
        return folder
    if not (Path(given) / "protos").is_dir():
        raise LookupError(f"{VARIABLE} names no folder with protos")
    return Path(given)


def write(folder: Path) -> None:
    """Write the base below ``folder``; raises LookupError with the reason if there is none."""
    packed = git("archive", "--format=tar", commit(), *PARTS)
    if not packed:
        raise LookupError(f"the base lacks one of {', '.join(PARTS)}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder)


def commit() -> str:
    """Return the commit of the base; raises LookupError with the reason if there is none."""
    head, main = revision("HEAD"), revision(MAIN) or revision(f"origin/{MAIN}")
    if not head or not main:
        raise LookupError(f"git knows no {'HEAD' if not head else MAIN} here")
    found = git("merge-base", head, main).decode().strip()
    if found == head:
        found = revision("HEAD~1")
    if not found:
        raise LookupError("there is no commit before this one")
    return found


def revision(name: str) -> str:
    """Return the commit of a name; empty where there is none."""
    return git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()


def git(*arguments: str) -> bytes:
    """Return what git prints about this checkout; nothing where it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""


def main() -> int:
    """Write the base below the folder that is named; return the exit status."""
    if len(sys.argv) != 2:
        print("python -m tools.base_version DIR", file=sys.stderr)
        return 2
    try:
        write(Path(sys.argv[1]))
    except LookupError as error:
        print(f"no base: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
