"""Checks that a Unix socket is in a folder that only its own user can enter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from services.front.listening import UNIX


def check_private(address: str) -> str:
    """Return why others may reach the Unix socket ``address``; empty if they cannot.

    One folder on the way that is this user's alone (mode 0700) keeps them out.
    """
    folder = Path(address.removeprefix(UNIX)).resolve().parent
    if not folder.is_dir():
        return ""  # listening says so
    if any(_is_private(each) for each in (folder, *folder.parents)):
        return ""
    return (
        f"Other users may enter {folder}, and whoever reaches the socket in it is served. Make it "
        f"private (chmod 0700 {folder}), or choose another folder; containers of one pod can use "
        "loopback"
    )


def _is_private(folder: Path) -> bool:
    found = folder.stat()
    is_ours = found.st_uid == os.geteuid()
    return is_ours and not stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
