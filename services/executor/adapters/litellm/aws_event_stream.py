"""Decodes the binary event streams of AWS from bytes as they arrive. No I/O.

A frame is its length and that of its headers, a checksum of both, the headers, the payload, and a
checksum of all before it (https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator

from services.executor.adapters.litellm.chunks import MalformedChunkError
from services.executor.adapters.litellm.event_stream import MAX_EVENT_BYTES, EventTooLargeError

PRELUDE = struct.Struct("!III")
CHECKSUM = struct.Struct("!I")
# The sizes of header values by their type; texts and bytes say their own.
SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
BYTES, TEXT = 6, 7
NAMES = (":event-type", ":exception-type", ":error-code")


class FrameDecoder:
    """Takes bytes in any pieces and returns each completed frame as JSON.

    A frame becomes an object with one member: its payload, by the name of its event or exception.
    ``comments`` is as of an ``EventStreamDecoder``: there are none.
    """

    def __init__(self) -> None:
        self._begun = bytearray()
        self.comments = 0

    def __repr__(self) -> str:
        return f"FrameDecoder(waiting={len(self._begun)} bytes)"

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the JSON of each completed frame.

        Raises:
            EventTooLargeError: a frame is over ``MAX_EVENT_BYTES``.
            MalformedChunkError: what came is no frame.
        """
        self._begun += piece
        while len(self._begun) >= PRELUDE.size:
            size, headers, checksum = PRELUDE.unpack_from(self._begun)
            if checksum != binascii.crc32(self._begun[:8]):
                raise MalformedChunkError("a frame of the stream has a wrong checksum")
            if size > MAX_EVENT_BYTES:
                raise EventTooLargeError(f"a frame is over {MAX_EVENT_BYTES} bytes")
            if size < PRELUDE.size + headers + CHECKSUM.size:
                raise MalformedChunkError("a frame of the stream has wrong lengths")
            if len(self._begun) < size:
                return
            frame = bytes(self._begun[:size])
            del self._begun[:size]
            yield _as_json(frame, headers)


def _as_json(frame: bytes, headers: int) -> bytes:
    end = len(frame) - CHECKSUM.size
    if CHECKSUM.unpack_from(frame, end)[0] != binascii.crc32(frame[:end]):
        raise MalformedChunkError("a frame of the stream has a wrong checksum")
    begin = PRELUDE.size + headers
    try:
        name = _name(frame[PRELUDE.size : begin])
    except (IndexError, KeyError, struct.error):
        raise MalformedChunkError("a frame of the stream has malformed headers") from None
    return b'{"%s":%s}' % (name, frame[begin:end] or b"{}")


def _name(headers: bytes) -> bytes:
    """Return the name of an event or exception; empty if it has none that is plain."""
    at = 0
    while at < len(headers):
        header = headers[at + 1 : at + 1 + headers[at]].decode("utf-8", "replace")
        at += 1 + headers[at]
        kind, at = headers[at], at + 1
        if kind in {BYTES, TEXT}:
            size, at = struct.unpack_from("!H", headers, at)[0], at + 2
        else:
            size = SIZES[kind]
        value, at = headers[at : at + size], at + size
        if header in NAMES and value.isalnum():
            return value
    return b""
