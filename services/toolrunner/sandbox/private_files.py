"""Files that this process trusts when it starts again, since no other user can write them."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

MAX_KEPT: Final = 4
"""Files kept of each kind: those of older versions are removed."""


class PrivateFiles:
    """A folder of files by name; a folder that cannot be used is as an empty one.

    Args:
        folder: where to keep them; created with mode 0700. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        """Show the folder."""
        return f"PrivateFiles({str(self._folder)!r})"

    @property
    def keeps(self) -> bool:
        """Whether anything is kept, so that making what to write is worth it."""
        return self._folder is not None

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None when it is missing or others could have written it."""
        if self._folder is None:
            return None
        path = self._folder / name
        try:
            return path.read_bytes() if is_private(self._folder) and is_private(path) else None
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file atomically, and remove the oldest with the same suffix."""
        folder = self._folder
        if folder is None:
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_private(folder):
                return
            handle, temporary = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).replace(folder / name)
            for old in newest_first(folder, Path(name).suffix)[MAX_KEPT:]:
                old.unlink(missing_ok=True)
        except OSError:
            return


def newest_first(folder: Path, suffix: str) -> list[Path]:
    """Return the files of a folder with a suffix, the newest first."""
    return sorted(folder.glob(f"*{suffix}"), key=lambda path: path.stat().st_mtime, reverse=True)


def is_private(path: Path) -> bool:
    """Return whether this user owns ``path`` and no other may write to it."""
    status = path.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
