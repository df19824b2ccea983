"""What the parser's process and its owner say to each other: JSON in frames, never pickle.

A frame is its length as four bytes, big end first, and that many bytes. A request is two frames: a
JSON object ``{"digest": ...}`` and the bundle's bytes. A response is one frame: ``{"manifest":
...}`` or ``{"error": {"kind", "message", "line", "column"}}``.
"""

from __future__ import annotations

import json
import struct

from services.executor.bundle.manifest_json import from_json, to_json
from services.executor.domain import Json, Manifest
from services.executor.errors import (
    BundleError,
    BundleSyntaxError,
    ExecutorError,
    InternalError,
    NoAgentsError,
)

HEADER = struct.Struct(">I")
MAX_REQUEST_BYTES = 512 * 1024 * 1024
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
_KINDS: dict[str, type[ExecutorError]] = {
    "bundle": BundleError,
    "no_agents": NoAgentsError,
    "internal": InternalError,
}


def frame(payload: bytes) -> bytes:
    """Return ``payload`` with its length before it."""
    return HEADER.pack(len(payload)) + payload


def request_head(digest: str) -> bytes:
    """Return the first frame's payload of a request."""
    return json.dumps({"digest": digest}).encode()


def digest_of_head(payload: bytes) -> str:
    """Return the digest of a request's first frame."""
    return str(json.loads(payload)["digest"])


def manifest_response(manifest: Manifest) -> bytes:
    """Return the response of a bundle that was read."""
    payload = json.dumps({"manifest": to_json(manifest)}, allow_nan=False).encode()
    if len(payload) <= MAX_RESPONSE_BYTES:
        return payload
    size = len(payload) // 1024
    return error_response(
        BundleError(
            f"What the bundle declares is too large ({size} KiB): "
            "its prompts, descriptions and schemas must stay under 16 MiB."
        )
    )


def error_response(error: ExecutorError) -> bytes:
    """Return the response of a bundle that could not be read."""
    found: dict[str, Json] = {"kind": "internal", "message": error.message}
    if isinstance(error, BundleSyntaxError):
        found |= {"kind": "syntax", "line": error.line, "column": error.column}
    elif isinstance(error, NoAgentsError):
        found["kind"] = "no_agents"
    elif isinstance(error, BundleError):
        found["kind"] = "bundle"
    return json.dumps({"error": found}).encode()


def read_response(payload: bytes) -> Manifest:
    """Return the manifest of a response, or raise the error that it tells.

    Raises:
        BundleError: the bundle cannot be read; a subclass says why.
        InternalError: the process failed by our own fault, or its response is malformed.
    """
    try:
        response = json.loads(payload)
        if "manifest" in response:
            return from_json(response["manifest"])
        error = response["error"]
        kind, message = str(error["kind"]), str(error["message"])
        line, column = int(error.get("line", 0)), int(error.get("column", 0))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InternalError(f"The parser's process answered nonsense: {problem!r}") from None
    if kind == "syntax":
        raise BundleSyntaxError(message, line=line, column=column)
    raise _KINDS.get(kind, InternalError)(message)
