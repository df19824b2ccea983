"""The protocol of the schema checking process: frames, never pickle.

A frame is its length as four bytes, big-endian, and that many bytes. A request is three: a JSON
object ``{"name": ...}``, the schema and the text; a null name asks to compile. A response is one
frame ``{"outcome", "reason"}`` and, for a check, a second one: the compact form of a text that
fits, or the places of its errors. First of all, a process sends an empty frame when it is ready.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace

from services.executor.schemas.ports import Checked, Outcome

HEADER = struct.Struct(">I")
MAX_REQUEST_BYTES = 64 * 1024 * 1024
MAX_RESPONSE_BYTES = 64 * 1024 * 1024
HAS_MORE = frozenset({Outcome.FITS, Outcome.MISFIT})


def frame(payload: bytes) -> bytes:
    """Return ``payload`` with its length prepended."""
    return HEADER.pack(len(payload)) + payload


def request_frames(schema: bytes, text: str | None, name: str) -> bytes:
    """Return a request; a ``text`` of None asks to compile."""
    head = json.dumps({"name": None if text is None else name}).encode()
    # Lone surrogates are kept, so that the process finds and reports them.
    sent = (text or "").encode("utf-8", "surrogatepass")
    return frame(head) + frame(schema) + frame(sent)


def name_of(head: bytes) -> str | None:
    """Return a request's name for its text; None if it asks to compile."""
    name = json.loads(head)["name"]
    return None if name is None else str(name)


def text_of(payload: bytes) -> str:
    """Return the text of a request."""
    return payload.decode("utf-8", "surrogatepass")


def head_frame(checked: Checked) -> bytes:
    """Return the first frame of a response."""
    head = {"outcome": checked.outcome.value, "reason": checked.reason}
    return frame(json.dumps(head).encode())


def head_of(payload: bytes) -> Checked:
    """Parse a first frame; raises ValueError if it is malformed."""
    head = json.loads(payload)
    return Checked(Outcome(head["outcome"]), reason=str(head["reason"]))


def with_more(checked: Checked, payload: bytes) -> Checked:
    """Return the content of both frames of a response."""
    text = payload.decode("utf-8", "replace")
    if checked.outcome is Outcome.MISFIT:
        return replace(checked, reason=text)
    return replace(checked, value=json.loads(text), compact=text)
