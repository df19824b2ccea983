"""What the process that checks by schemas and its owner say to each other: frames, never pickle.

A frame is its length as four bytes, big end first, and that many bytes. A request is three: a JSON
object ``{"name": ...}``, the schema and the text; a name of null asks to compile. A response is one
frame ``{"outcome", "reason"}`` and, of a check, a second one: of a text that fits its compact form,
of one that does not, where. Before all that a process says that it is ready, with an empty frame.
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
    """Return ``payload`` with its length before it."""
    return HEADER.pack(len(payload)) + payload


def request_frames(schema: bytes, text: str | None, name: str) -> bytes:
    """Return a request; a ``text`` of None asks to compile."""
    head = json.dumps({"name": None if text is None else name}).encode()
    # A lone surrogate is kept as it is, so that the process finds it and says so.
    sent = (text or "").encode("utf-8", "surrogatepass")
    return frame(head) + frame(schema) + frame(sent)


def name_of(head: bytes) -> str | None:
    """Return what a request calls its text; None where it asks to compile."""
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
    """Return what a first frame says; raises ValueError for nonsense."""
    head = json.loads(payload)
    return Checked(Outcome(head["outcome"]), reason=str(head["reason"]))


def with_more(checked: Checked, payload: bytes) -> Checked:
    """Return what both frames of a response say."""
    text = payload.decode("utf-8", "replace")
    if checked.outcome is Outcome.MISFIT:
        return replace(checked, reason=text)
    return replace(checked, value=json.loads(text), compact=text)
