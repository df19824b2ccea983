"""The parser tests of TC39, installed from npm."""

from __future__ import annotations

from pathlib import Path

from tests.npm import installed

HERE = Path(__file__).parent


def cases(kind: str) -> list[Path]:
    """Return the programs of a kind: pass, pass-explicit, fail or early.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    folder = installed(HERE, "test262") / "node_modules" / "test262-parser-tests" / kind
    return sorted(folder.glob("*.js"))
