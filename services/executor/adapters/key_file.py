"""The deployment's key: a setting, or else a file in the state folder, made once."""

from __future__ import annotations

import base64
import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from services.executor.errors import SetupError
from services.executor.keys import KEY_BYTES, MOST_KEY_CHARACTERS, key_of
from services.executor.settings import Settings

logger = logging.getLogger(__name__)

FILE: Final = "key"


def deployment_key(settings: Settings) -> bytes | None:
    """Return the key of the setting, else the kept one; None where executors would differ.

    Raises:
        SetupError: there is one, and it cannot be used.
    """
    if settings.key:
        return key_of(settings.key)
    if settings.database_url:
        return None
    return kept_key(Path(settings.state_dir) if settings.state_dir else None)


def kept_key(folder: Path | None) -> bytes | None:
    """Return the key that a folder keeps, which is made if there is none; None without a folder.

    Where none can be made, there is none either, and the log says so.

    Raises:
        SetupError: there is one, and it cannot be used.
    """
    if folder is None:
        return None
    file = folder / FILE
    try:
        if not file.exists():
            _make(file)
        with file.open("rb") as opened:
            text = opened.read(MOST_KEY_CHARACTERS + 1)
    except OSError as error:
        logger.warning(
            "no key can be kept in %s (%s): placeholders of secrets end with this process",
            folder,
            error.strerror,
        )
        return None
    try:
        return key_of(text.decode("ascii", "replace").strip())
    except ValueError as error:
        raise SetupError(
            f"The key in {file} cannot be used: {error}. Set CAISSON_EXECUTOR_KEY, or delete the "
            "file: a new one is then made, and runs that wait now get other placeholders."
        ) from None


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; one that another process has just made stays."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{FILE}-", dir=file.parent)  # with 0600
    try:
        with os.fdopen(descriptor, "wb") as made:
            made.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            made.flush()
            os.fsync(made.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, file)
    finally:
        Path(name).unlink()
