"""Caches the compiled guest between starts, since compiling takes most of a second.

wasmtime trusts what it deserializes, so the file must be written by this process's own user, in a
folder that no one else can write to.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from importlib.metadata import version
from pathlib import Path

import wasmtime


class ModuleCache:
    """A folder of compiled modules, keyed by code, wasmtime version and engine settings.

    Args:
        folder: where to keep them; created with mode 0700. None caches nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        """Show the folder."""
        return f"ModuleCache({str(self._folder)!r})"

    def compiled(self, engine: wasmtime.Engine, code: bytes, settings: str) -> wasmtime.Module:
        """Return the module of ``code``, from the cache or compiled now and then cached."""
        if self._folder is None:
            return wasmtime.Module(engine, code)
        key = hashlib.sha256(f"{version('wasmtime')}\0{settings}\0".encode() + code).hexdigest()
        path = self._folder / f"{key}.cwasm"
        kept = self._read(engine, path)
        if kept is not None:
            return kept
        module = wasmtime.Module(engine, code)
        self._write(path, bytes(module.serialize()))
        return module

    def _read(self, engine: wasmtime.Engine, path: Path) -> wasmtime.Module | None:
        try:
            if not (is_private(path.parent) and is_private(path)):
                return None
            return wasmtime.Module.deserialize(engine, path.read_bytes())
        except (OSError, wasmtime.WasmtimeError):
            return None

    def _write(self, path: Path, compiled: bytes) -> None:
        """Write atomically; an unwritable folder is not an error."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_private(path.parent):
                return
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(compiled)
            Path(temporary).replace(path)
        except OSError:
            return


def is_private(path: Path) -> bool:
    """Return whether this user owns ``path`` and no other may write to it."""
    status = path.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
