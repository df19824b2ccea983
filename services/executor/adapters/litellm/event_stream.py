"""Decodes server-sent events from bytes as they arrive (WHATWG HTML, section 9.2). No I/O.

Every model chunk passes through here: a decoder that goes line by line costs several times as much,
and providers nearly always send one ``data`` line, which two searches find.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

MAX_EVENT_BYTES = 4 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """An event is over ``MAX_EVENT_BYTES``."""


class EventStreamDecoder:
    """Takes bytes in any pieces and returns the data of completed events.

    Only ``data`` counts, and the ``error`` of llama.cpp before 2025, which becomes an ``error`` of
    OpenAI's form; names, ids, retry times and comments are skipped, and ``comments`` counted.
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []  # an incomplete line
        self._data: list[bytes] = []
        self._size = 0  # of both
        self._at_start = True
        self._after_return = False
        self.comments = 0

    def __repr__(self) -> str:
        return f"EventStreamDecoder(waiting={self._size} bytes)"

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the data of each completed event; raises EventTooLargeError."""
        if self._after_return or b"\r" in piece:
            piece = self._with_line_feeds(piece)
        first, feed, rest = piece.partition(b"\n")
        if first:
            self._begun.append(first)
            self._size += len(first)
        if feed:
            line = b"".join(self._begun)
            self._begun.clear()
            self._size -= len(line)
            *lines, last = rest.split(b"\n")
            yield from self._lines([line, *lines])
            if last:
                self._begun.append(last)
                self._size += len(last)
        if self._size > MAX_EVENT_BYTES:
            raise EventTooLargeError(f"an event is over {MAX_EVENT_BYTES} bytes")

    def _lines(self, lines: list[bytes]) -> Iterator[bytes]:
        if self._at_start:
            self._at_start = False
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
        for line in lines:
            if line:
                self._line(line)
            elif self._data:
                yield b"\n".join(self._data)
                self._size -= sum(map(len, self._data)) + len(self._data)
                self._data.clear()

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._add(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line == b"data":
            self._add(b"")
        elif line.startswith(b"error:"):
            self._add(_as_error(line[6:].strip()))
        elif line.startswith(b":"):
            self.comments += 1

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value) + 1

    def _with_line_feeds(self, piece: bytes) -> bytes:
        """Return the piece with each line ending as one line feed.

        A carriage return ends its line at once; its line feed may come with the next piece.
        """
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        self._after_return = self._after_return or piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _as_error(said: bytes) -> bytes:
    """Return the value of an ``error`` field as an event's data."""
    value = said if said.startswith(b"{") else json.dumps(said.decode(errors="replace")).encode()
    return b'{"error":' + value + b"}"
