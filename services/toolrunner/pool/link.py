"""The socket to one worker: bytes to frames and back, on the event loop's own callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from services.toolrunner.domain import MIB
from services.toolrunner.errors import WorkerLostError
from services.toolrunner.pool.wire import HEADER, WorkerMessage, decoded

FRAME_BYTES = 16 * MIB
FRAMES_AT_ONCE = 64


class WorkerLink(asyncio.Protocol):
    """Turns what a worker writes into messages; tells once when the socket is gone."""

    def __init__(
        self, on_message: Callable[[WorkerMessage], None], on_lost: Callable[[], None]
    ) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._rest = b""

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
        self._on_lost()

    def send(self, frame: bytes) -> None:
        """Write a frame; nothing happens when the socket is gone."""
        if self._transport is not None:
            self._transport.write(frame)

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
