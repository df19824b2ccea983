"""Keeps what a tool call, or a load, asked for and wrote, for its recording."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

from services.executor.domain import ConsoleLine, ToolFailure
from services.executor.egress.host_calls import HostCall, HostResult

MIB: Final = 1024 * 1024
CALL_BODIES: Final = MIB
RUN_BODIES: Final = 8 * MIB
MOST_HEAD_CHARACTERS: Final = 64 * 1024
HEAD: Final = frozenset({"op", "url", "method", "headers", "redirect", "model", "request", "body"})
"""The parts of a request that are kept of it without its body; a number stands for an open body."""


@dataclass(frozen=True)
class RecordBounds:
    """How much is kept of answers and requests with bodies, in bytes; 0 keeps none.

    ``call_bodies`` are those of one call, ``run_bodies`` those of a run, and ``run`` all that is
    recorded of a run's calls.
    """

    call_bodies: int = 0
    run_bodies: int = 0
    run: int = 16 * MIB


@dataclass
class BodyRoom:
    """The bytes of bodies that a run may still keep."""

    left: int


@dataclass
class Exchange:
    """One request and its answer; ``output_json`` is kept only where there is room for it."""

    host_call_id: int
    capability: str
    input_json: str
    input_digest: bytes
    output_json: str | None = None
    output_digest: bytes = b""
    failure: ToolFailure | None = None


@dataclass
class Tape:
    """What one call or load asked for and wrote.

    Args:
        bodies_left: bytes of bodies that it may keep.
        room: those that its run may keep.
    """

    bodies_left: int
    room: BodyRoom
    context_json: str = ""
    console: list[ConsoleLine] = field(default_factory=list)
    exchanges: dict[int, Exchange] = field(default_factory=dict)

    def wrote(self, line: ConsoleLine) -> None:
        """Keep a line."""
        self.console.append(line)

    def asked(self, call: HostCall) -> None:
        """Keep a request."""
        text = call.input_json
        whole = len(text) <= MOST_HEAD_CHARACTERS and self._has_room(text)
        kept = text if whole else head_of(text)
        number, digest = call.host_call_id, digest_of(text)
        self.exchanges[number] = Exchange(number, call.capability, kept, digest)

    def answered(self, host_call_id: int, result: HostResult) -> None:
        """Keep an answer."""
        exchange = self.exchanges.get(host_call_id)
        if exchange is None:
            return
        exchange.failure = result.failure
        if result.failure is None:
            text = result.output_json
            exchange.output_digest = digest_of(text)
            if self._has_room(text):
                exchange.output_json = text

    def _has_room(self, text: str) -> bool:
        """Take the room of a text, if there is enough."""
        left = min(self.bodies_left, self.room.left)
        size = len(text)
        if size > left:
            return False
        self.bodies_left -= size
        self.room.left -= size
        return True


def digest_of(text: str) -> bytes:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).digest()


def head_of(text: str) -> str:
    """Return a request without its body, as JSON text; empty where that cannot be told."""
    if len(text) > MOST_HEAD_CHARACTERS:
        return ""
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(asked, dict):
        return ""
    kept = {name: value for name, value in asked.items() if name in HEAD}
    if isinstance(kept.get("body"), str):
        del kept["body"]
    return json.dumps(kept)
