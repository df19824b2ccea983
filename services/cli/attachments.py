"""Attachments of a message, and the JSON Schema for its answer."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.cli.domain import MIB, Attachment
from services.cli.errors import UsageError

MAX_ATTACHMENT_BYTES = 20 * MIB
MAX_SCHEMA_BYTES = 256 * 1024
UNKNOWN_TYPE = "application/octet-stream"


def read_attachment(name: str) -> Attachment:
    """Return the file at a path, or the URL as it is: the model's provider fetches it.

    Raises:
        UsageError: there is no such file, it is over 20 MiB, or the URL is not http(s).
    """
    scheme = urlsplit(name).scheme.lower() if "://" in name else ""
    media_type = mimetypes.guess_type(urlsplit(name).path if scheme else name)[0] or UNKNOWN_TYPE
    filename = name.rpartition("/")[2]
    if scheme in {"http", "https"}:
        return Attachment(media_type, url=name, filename=filename)
    if scheme:
        raise UsageError(f"--attach takes a path or an http(s) URL; {scheme}:// is neither.")
    data = _read(name, "--attach", MAX_ATTACHMENT_BYTES)
    return Attachment(media_type, data=data, filename=filename)


def read_schema(name: str | None) -> dict[str, Any] | None:
    """Return the JSON Schema in a file, None without one; raises UsageError."""
    if name is None:
        return None
    try:
        schema = json.loads(_read(name, "--schema", MAX_SCHEMA_BYTES))
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is not JSON. --schema takes a file with a JSON Schema.") from None
    if not isinstance(schema, dict):
        raise UsageError(f"{name} is not a JSON object. --schema takes a JSON Schema.")
    return schema


def _read(name: str, option: str, limit: int) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"{option}: {name} cannot be read: {reason}.") from None
    if len(data) > limit:
        raise UsageError(f"{option}: {name} is over {limit:,} bytes.")
    return data
