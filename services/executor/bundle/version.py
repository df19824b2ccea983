"""The version of the reader: what is cached of a bundle is valid for the code that made it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from esprima import __version__ as parser_version


def reader_version() -> str:
    """Return 16 hexadecimal digits that change with the reader's own code and with the parser's."""
    digest = hashlib.sha256(str(parser_version).encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
