"""Reads files that settings and options name, up to a bound."""

from __future__ import annotations

from pathlib import Path


class FileError(ValueError):
    """A file cannot be used; the message says why, and begins after the file's name."""


def content_within(path: str, most: int) -> bytes:
    """Return the content of a file of at most ``most`` bytes; raises FileError."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror or error}") from None
    if len(content) > most:
        raise FileError(f"has more than {most:,} bytes")
    return content
