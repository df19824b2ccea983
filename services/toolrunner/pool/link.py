"""The socket to one worker: bytes to frames and back, on the event loop's own callbacks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from services.toolrunner.domain import MIB
from services.toolrunner.errors import WorkerLostError
from services.toolrunner.pool.wire import HEADER, WorkerMessage, decoded

FRAME_BYTES = 16 * MIB
FRAMES_AT_ONCE = 64
PIECE_BYTES = 256 * 1024


class WorkerLink(asyncio.Protocol):
    """Turns what a worker writes into messages; tells once when the socket is gone."""

    def __init__(
        self, on_message: Callable[[WorkerMessage], None], on_lost: Callable[[], None]
    ) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._unsent: deque[memoryview] = deque()
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for sending."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take whole frames and keep the rest; a worker that breaks the protocol is lost.

        No more than a few at a time: others' workers and peers have their turn in between.
        """
        if self._rest:
            data = self._rest + data
        try:
            position, more = self._take_frames(data)
        except WorkerLostError:
            self.close()
            return
        self._rest = data[position:] if position < len(data) else b""
        if more and self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()
            self.data_received(b"")

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the worker is gone."""
        self._transport = None
        self._unsent.clear()
        self._on_lost()

    def send(self, *parts: bytes) -> None:
        """Write a frame, given in parts; nothing happens when the socket is gone.

        A large one goes in pieces, as the worker reads them, and is not copied as a whole.
        """
        if self._transport is None:
            return
        if not self._unsent and len(parts[-1]) <= PIECE_BYTES:
            self._transport.write(b"".join(parts))
            return
        for part in parts:
            pieces = range(0, len(part), PIECE_BYTES)
            self._unsent.extend(memoryview(part)[at : at + PIECE_BYTES] for at in pieces)
        self._send_on()

    def pause_writing(self) -> None:
        """Send no more: the worker does not read for now."""
        self._full = True

    def resume_writing(self) -> None:
        """Send on."""
        self._full = False
        self._send_on()

    def _send_on(self) -> None:
        while self._unsent and not self._full and self._transport is not None:
            self._transport.write(self._unsent.popleft())

    def close(self) -> None:
        """Drop the socket at once."""
        if self._transport is not None:
            self._transport.abort()

    def _take_frames(self, data: bytes) -> tuple[int, bool]:
        """Return where the first frame begins that was not taken, and whether it is whole."""
        position, end, taken = 0, len(data), 0
        while end - position >= HEADER.size:
            (size,) = HEADER.unpack_from(data, position)
            if size > FRAME_BYTES:
                raise WorkerLostError("A worker process sent a frame that is too long.")
            after = position + HEADER.size + size
            if after > end:
                break
            if taken == FRAMES_AT_ONCE:
                return position, True
            self._on_message(decoded(data[position + HEADER.size : after]))
            position = after
            taken += 1
        return position, False
