"""Caches the compiled and the booted guest between starts: they take 2 s and 0.4 s of work.

Both are trusted when they are read, so they are files that only this process's user can write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import wasmtime

from services.toolrunner.sandbox import image
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.private_files import PrivateFiles


class ModuleCache:
    """Compiled modules, by code, wasmtime version and engine settings; images by what made them.

    Args:
        folder: where to keep them; created with mode 0700. None caches nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._files = PrivateFiles(folder)

    def __repr__(self) -> str:
        """Show the folder."""
        return f"ModuleCache({self._files!r})"

    def compiled(self, engine: wasmtime.Engine, code: bytes, settings: str) -> wasmtime.Module:
        """Return the module of ``code``, from the cache or compiled now and then cached."""
        if not self._files.keeps:
            return wasmtime.Module(engine, code)
        key = hashlib.sha256(f"{version('wasmtime')}\0{settings}\0".encode() + code).hexdigest()
        kept = self._files.read(f"{key}.cwasm")
        if kept is not None:
            try:
                return wasmtime.Module.deserialize(engine, kept)
            except wasmtime.WasmtimeError:
                pass  # damaged
        module = wasmtime.Module(engine, code)
        self._files.write(f"{key}.cwasm", bytes(module.serialize()))
        return module

    def booted(self, key: str, boot: Callable[[], Image]) -> Image:
        """Return the image with the key of its boot plan, from the cache or booted and cached."""
        if not self._files.keeps:
            return boot()
        name = f"{key}.image"
        kept = self._files.read(name)
        if kept is not None:
            try:
                return image.unpacked(kept)
            except ValueError:
                pass  # damaged
        booted = boot()
        self._files.write(name, image.packed(booted))
        return booted
