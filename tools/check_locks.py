"""Check that lock files contain no URL of a package index, and that images install what is tested.

A lock file pins by hash; each machine configures its own index. What an image installs
(``deploy/locks``) is a part of ``requirements.lock``: what its service requires, and all that this
requires, of the same versions and with the same hashes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_NAMES = re.compile(
    r"(^|/)(requirements[^/]*\.(lock|txt)|locks/[^/]*\.lock|package-lock\.json|\.npmrc|uv\.lock)$"
)
LOCK = ROOT / "requirements.lock"
IMAGE_LOCKS = ROOT / "deploy/locks"
# The extras that each image installs, as `make lock` resolves them.
IMAGES: Mapping[str, tuple[str, ...]] = {
    "executor": ("executor", "valkey", "otlp"),
    "toolrunner": ("toolrunner", "otlp"),
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Of pip's options a lock file needs only that of hashes: others name servers and folders.
ADDRESS = re.compile(r'^\s*-(?!-hash=)|"resolved"\s*:|\bregistry\s*=|^[^#]*\w://')


def lock_files() -> list[Path]:
    """Return the lock files that git tracks."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listing.split("\0") if LOCK_NAMES.search(name)]


def addresses(path: Path) -> list[str]:
    """Return ``file:line: text`` of each line of ``path`` that contains a URL."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for number, line in enumerate(lines, start=1)
        if ADDRESS.search(line)
    ]


def normal(requirement: str) -> str:
    """Return the normalized name of the package of a requirement."""
    found = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def pinned(lock: str) -> dict[str, set[str]]:
    """Return the packages of a lock file, each with its version and hashes.

    Of a package that is pinned in several versions, for different Pythons, it has all of them. The
    condition is left out: fewer packages may need one on fewer platforms.
    """
    found: dict[str, set[str]] = {}
    for block in re.split(r"^(?=\w)", lock, flags=re.M):
        if version := re.match(r"[^\s;]+==[^\s;]+", block):
            hashes = sorted(re.findall(r"--hash=(\S+)", block))
            found.setdefault(normal(block), set()).add(" ".join([version[0], *hashes]))
    return found


def required(project: Mapping[str, object], extras: Iterable[str] = ()) -> set[str]:
    """Return the names of what a ``[project]`` requires with some extras, but for our own."""
    groups = project.get("optional-dependencies", {})
    lists = [project["dependencies"]]
    if isinstance(groups, dict):
        lists += [groups[extra] for extra in extras]
    names = {normal(each) for group in lists if isinstance(group, list) for each in group}
    return names - {"caisson", "caisson-client"}


def drift(image: str, extras: Iterable[str]) -> list[str]:
    """Return what is wrong with an image's lock."""
    path = IMAGE_LOCKS / f"{image}.lock"
    own = pinned(path.read_text(encoding="utf-8"))
    whole = pinned(LOCK.read_text(encoding="utf-8"))
    wanted = set()
    for file, asked in (("pyproject.toml", extras), ("caisson/pyproject.toml", ())):
        read = tomllib.loads((ROOT / file).read_text(encoding="utf-8"))
        wanted |= required(read["project"], asked)
    name = path.relative_to(ROOT)
    return [
        *(f"{name} does not pin {each}" for each in sorted(wanted - set(own))),
        *(
            f"{name} pins {each} otherwise than {LOCK.name}"
            for each, pins in sorted(own.items())
            if not pins <= whole.get(each, set())
        ),
    ]


def main() -> int:
    """Print the offending lines; return 1 if there are any."""
    drifted = [each for image, extras in IMAGES.items() for each in drift(image, extras)]
    if drifted:
        print("run `make lock`:", *drifted, sep="\n  ", file=sys.stderr)
    found = [line for path in lock_files() if path.is_file() for line in addresses(path)]
    if found:
        print(
            "lock files must not name where packages come from:",
            *found,
            sep="\n  ",
            file=sys.stderr,
        )
    return 1 if found or drifted else 0


if __name__ == "__main__":
    sys.exit(main())
