"""Manifests on disk, one file each, for all executors that share the folder.

A file is the SHA-256 of its content, a newline, and the content: a file truncated by a crash or a
full disk counts as absent. Files are written under another name and renamed, so a reader sees a
whole file or none. The least recently used files are evicted first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from pathlib import Path

from services.executor.bundle.manifest import manifest_json
from services.executor.domain import Manifest

MIB = 1024 * 1024
MAX_FILE_BYTES = 32 * MIB
STALE_S = 3600.0


class DiskManifestCache:
    """Keeps manifests in a folder.

    Args:
        folder: created if missing, readable only by this user.
        version: of the code that reads bundles; manifests of other versions are ignored.
        max_files: the most manifests to keep.
        max_bytes: the most bytes to keep.
    """

    def __init__(
        self, folder: Path, version: str, *, max_files: int = 2_000, max_bytes: int = 256 * MIB
    ) -> None:
        self._folder = folder
        self._version = version
        self._max_files = max_files
        self._max_bytes = max_bytes

    def __repr__(self) -> str:
        """Show the version, not the path, which belongs to the operator."""
        return f"DiskManifestCache(version={self._version!r})"

    def get(self, digest: str) -> Manifest | None:
        """Return the manifest of ``digest``, or None unless a whole one is stored."""
        path = self._path(digest)
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                return None
            content = path.read_bytes()
        except OSError:
            return None
        check, _, payload = content.partition(b"\n")
        if check != hashlib.sha256(payload).hexdigest().encode():
            _remove(path)
            return None
        try:
            manifest = manifest_json.loads(payload)
        except (ValueError, RecursionError):
            _remove(path)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return manifest if manifest.digest == digest else None

    def put(self, manifest: Manifest) -> None:
        """Store ``manifest``, unless the folder cannot be written."""
        payload = manifest_json.dumps(manifest)
        content = hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload
        if len(content) > min(MAX_FILE_BYTES, self._max_bytes):
            return
        path = self._path(manifest.digest)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(path)
        except OSError:
            _remove(fresh)
            return
        self._evict()

    def _path(self, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        if len(name) != 64 or not name.isalnum():
            name = hashlib.sha256(digest.encode()).hexdigest()
        return self._folder / f"{name}.{self._version}.json"

    def _evict(self) -> None:
        """Remove the least recently used files until the rest is within the limits."""
        files: list[tuple[float, int, Path]] = []
        for path in self._listing():
            try:
                status = path.stat()
            except OSError:
                continue
            if path.suffix == ".json":
                files.append((status.st_mtime, status.st_size, path))
            elif path.name.startswith(".") and status.st_mtime < time.time() - STALE_S:
                _remove(path)
        files.sort(reverse=True)
        kept = 0
        for index, (_, size, path) in enumerate(files):
            kept += size
            if index >= self._max_files or kept > self._max_bytes:
                _remove(path)

    def _listing(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except OSError:
            return []


class NoManifestCache:
    """Stores nothing: for executors without a cache folder."""

    def get(self, _digest: str) -> Manifest | None:
        """Return None."""
        return None

    def put(self, _manifest: Manifest) -> None:
        """Do nothing."""


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
