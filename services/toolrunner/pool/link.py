"""The socket to one worker: bytes to frames and back, in the event loop's callbacks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from services.toolrunner.domain import MIB
from services.toolrunner.errors import WorkerLostError
from services.toolrunner.pool.wire import HEADER, WorkerMessage, decoded

FRAME_BYTES = 16 * MIB
# How long frames of one worker are handled before others get a turn.
TURN_S = 0.002
PIECE_BYTES = 256 * 1024


class WorkerLink(asyncio.Protocol):
    """Decodes what a worker writes into messages; reports once that the socket is closed."""

    def __init__(
        self,
        on_message: Callable[[WorkerMessage], None],
        on_lost: Callable[[], None],
        turn_s: float = TURN_S,
    ) -> None:
        self._turn_s = turn_s
        self._on_message = on_message
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._pieces: list[bytes] = []
        self._held = 0
        self._wanted = HEADER.size
        self._frames = b""
        self._position = 0
        self._paused = False
        self._unsent: deque[memoryview] = deque()
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for sending."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Handle complete frames and keep the rest; a worker that breaks the protocol is lost."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held < self._wanted:
            return
        self._frames = b"".join(self._pieces) if len(self._pieces) > 1 else data
        self._position = 0
        self._take_frames()

    def connection_lost(self, error: Exception | None) -> None:
        """Report that the worker is gone."""
        self._transport = None
        self._unsent.clear()
        self._on_lost()

    def send(self, *parts: bytes) -> None:
        """Write a frame, given in parts; does nothing when the socket is closed.

        A large frame is written in pieces as the worker reads, and never copied whole.
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
        """Pause sending: the worker is not reading."""
        self._full = True

    def resume_writing(self) -> None:
        """Send on."""
        self._full = False
        self._send_on()

    def _send_on(self) -> None:
        while self._unsent and not self._full and self._transport is not None:
            self._transport.write(self._unsent.popleft())

    def close(self) -> None:
        """Close the socket at once."""
        if self._transport is not None:
            self._transport.abort()

    def _take_frames(self) -> None:
        """Handle the complete frames received, a few at a time, so that others get turns."""
        until = time.perf_counter() + self._turn_s
        data, position, end = self._frames, self._position, len(self._frames)
        self._wanted = HEADER.size
        while end - position >= HEADER.size:
            (size,) = HEADER.unpack_from(data, position)
            after = position + HEADER.size + size
            if size > FRAME_BYTES:
                self.close()
                return
            if after > end:
                self._wanted = HEADER.size + size
                break
            try:
                self._on_message(decoded(data[position + HEADER.size : after]))
            except WorkerLostError:
                self.close()
                return
            position = after
            if time.perf_counter() > until:
                self._go_on_later(position)
                return
        self._pieces = [data[position:]] if position < end else []
        self._held = end - position
        self._frames = b""
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    def _go_on_later(self, position: int) -> None:
        """Handle frames from ``position`` on in the loop's next iteration, and none before."""
        self._position = position
        if self._transport is None:
            return
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._take_frames)
