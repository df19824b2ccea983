"""The version of the reader: what is cached of a bundle is valid for the code that made it."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("esprima-fork", "tree-sitter", "tree-sitter-javascript")


def reader_version() -> str:
    """Return 16 hexadecimal digits that change with the reader's own code and with the parsers'."""
    digest = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
