"""The protocol between the parser process and its owner: JSON in frames, never pickle.

A frame is a four-byte big-endian length, whose highest bit says that the process ends after it, and
that many bytes. A request is two frames: a
JSON object and bytes. ``{"digest": ...}`` and a bundle ask for a manifest, ``{"slice":
IS_MODULE}`` and a program for what its agents do not need. A response is one frame:
``{"manifest": ...}``, ``{"omitted": {"ranges", "statements", "omitted"}}`` or ``{"error": {"kind",
"message", "line", "column"}}``.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from services.executor.bundle.manifest.manifest_json import from_json, to_json
from services.executor.bundle.ports import MARKS, Omissions
from services.executor.domain import Json, Manifest
from services.executor.errors import (
    BundleError,
    BundleSyntaxError,
    ExecutorError,
    InternalError,
    NoAgentsError,
)
from services.executor.long_json import MOST_VALUES, SHORT, TooManyValuesError, read_long

HEADER = struct.Struct(">I")
LAST = 1 << 31
MAX_REQUEST_BYTES = 512 * 1024 * 1024
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
_KINDS: dict[str, type[ExecutorError]] = {
    "bundle": BundleError,
    "no_agents": NoAgentsError,
    "internal": InternalError,
}


def frame(payload: bytes, *, is_last: bool = False) -> bytes:
    """Return ``payload`` prefixed with its length."""
    return HEADER.pack(len(payload) | (LAST if is_last else 0)) + payload


def request_head(digest: str) -> bytes:
    """Return the payload of a request's first frame."""
    return json.dumps({"digest": digest}).encode()


def slice_head(*, is_module: bool) -> bytes:
    """Return the payload of the first frame of a request for what is not needed."""
    return json.dumps({"slice": is_module}).encode()


def head_of(payload: bytes) -> str | bool:
    """Return the digest in a request's first frame, or whether it is a module to slice."""
    head = json.loads(payload)
    return bool(head["slice"]) if "slice" in head else str(head["digest"])


def omissions_response(found: Omissions) -> bytes:
    """Return the response for a program that was sliced."""
    payload = json.dumps({"omitted": asdict(found)}).encode()
    if len(payload) <= MAX_RESPONSE_BYTES:
        return payload
    return error_response(BundleError("What its agents need is in too many places."))


def read_omissions(payload: bytes) -> Omissions:
    """Return the answer in a response, or raise the error it reports; see ``read_response``."""
    try:
        response: Any = json.loads(payload)
        if "omitted" in response:
            found = response["omitted"]
            ranges = tuple(
                (int(start), int(end), MARKS[MARKS.index(mark)])
                for start, end, mark in found["ranges"]
            )
            return Omissions(ranges, int(found["statements"]), int(found["omitted"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise InternalError(f"The parser's process answered nonsense: {problem!r}") from None
    read_response(payload)
    raise InternalError("The parser's process answered something else.")


def manifest_response(manifest: Manifest) -> bytes:
    """Return the response for a bundle that was read."""
    payload = json.dumps({"manifest": to_json(manifest)}, allow_nan=False).encode()
    if len(payload) <= MAX_RESPONSE_BYTES:
        return payload
    return error_response(_too_large(f"{len(payload) // 1024} KiB"))


def error_response(error: ExecutorError) -> bytes:
    """Return the response for a bundle that could not be read."""
    found: dict[str, Json] = {"kind": "internal", "message": error.message}
    if isinstance(error, BundleSyntaxError):
        found |= {"kind": "syntax", "line": error.line, "column": error.column}
    elif isinstance(error, NoAgentsError):
        found["kind"] = "no_agents"
    elif isinstance(error, BundleError):
        found["kind"] = "bundle"
    return json.dumps({"error": found}).encode()


def read_response(payload: bytes) -> Manifest:
    """Return the manifest in a response, or raise the error it reports.

    A long one is read in pure Python, which the side thread can run beside the event loop.

    Raises:
        BundleError: the bundle cannot be read; a subclass says why.
        InternalError: the process failed because of a bug, or its response is malformed.
    """
    try:
        response: Any = (
            json.loads(payload) if len(payload) <= SHORT else read_long(payload.decode())
        )
        if "manifest" in response:
            return from_json(response["manifest"])
        error = response["error"]
        kind, message = str(error["kind"]), str(error["message"])
        line, column = int(error.get("line", 0)), int(error.get("column", 0))
    except TooManyValuesError as problem:
        raise _too_large(str(problem)) from None
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InternalError(f"The parser's process answered nonsense: {problem!r}") from None
    if kind == "syntax":
        raise BundleSyntaxError(message, line=line, column=column)
    raise _KINDS.get(kind, InternalError)(message)


def _too_large(what: str) -> BundleError:
    return BundleError(
        f"What the bundle declares is too large ({what}): its prompts, descriptions and schemas "
        f"must stay under {MAX_RESPONSE_BYTES // 1024 // 1024} MiB and {MOST_VALUES} values."
    )
