"""Server-sent events, decoded from bytes as they come (WHATWG HTML, section 9.2). No I/O.

Written for the path of every model chunk: a well-kept decoder that goes line by line costs several
times as much, and what providers send is nearly always one ``data`` line, found by two searches.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_EVENT_BYTES = 4 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """An event is over ``MAX_EVENT_BYTES``."""


class EventStreamDecoder:
    """Takes bytes in any pieces and returns the data of the events that they complete.

    Only ``data`` counts; names, ids, retry times and comments are passed over.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._at_start = True

    def __repr__(self) -> str:
        return f"EventStreamDecoder(waiting={len(self._rest) + self._size} bytes)"

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the data of each event that is complete now; raises EventTooLargeError."""
        text = self._rest + piece
        if self._at_start and len(text) >= len(BYTE_ORDER_MARK):
            self._at_start = False
            text = text.removeprefix(BYTE_ORDER_MARK)
        if b"\r" in text:
            text = self._with_line_feeds(text)
        *lines, self._rest = text.split(b"\n")
        for line in lines:
            if line:
                self._line(line)
            elif self._data:
                yield b"\n".join(self._data)
                self._data.clear()
                self._size = 0
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise EventTooLargeError(f"an event is over {MAX_EVENT_BYTES} bytes")

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            value = line[6:] if line.startswith(b"data: ") else line[5:]
            self._data.append(value)
            self._size += len(value)
        elif line == b"data":
            self._data.append(b"")

    def _with_line_feeds(self, text: bytes) -> bytes:
        """Return the text with each end of a line as a line feed.

        A carriage return at the end stays: a line feed that belongs to it may come with the next
        piece.
        """
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return text + held
