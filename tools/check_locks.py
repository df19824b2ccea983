"""Check that no committed lock file contains the URL of a package index.

A lock file pins by hash; each machine configures its own index.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_NAMES = re.compile(
    r"(^|/)(requirements[^/]*\.(lock|txt)|package-lock\.json|\.npmrc|uv\.lock)$"
)
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


def main() -> int:
    """Print the offending lines; return 1 if there are any."""
    found = [line for path in lock_files() if path.is_file() for line in addresses(path)]
    if found:
        print(
            "lock files must not name where packages come from:",
            *found,
            sep="\n  ",
            file=sys.stderr,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
