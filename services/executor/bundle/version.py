"""The version of the reader: a cached manifest is valid only for the code that made it."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("esprima-fork", "jsonschema-rs", "tree-sitter", "tree-sitter-javascript")


def reader_version() -> str:
    """Return 16 hexadecimal digits that change with the reader's code and its libraries."""
    digest = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    bundle = Path(__file__).parent
    for file in sorted((*bundle.rglob("*.py"), *(bundle.parent / "schemas").glob("*.py"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
