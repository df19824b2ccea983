"""A worker's requests: frames read from its socket, by one of its two threads at a time.

The wasm thread reads while it is idle. While it runs wasm, the watching thread polls instead, so
that a cancel is seen in time.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections import deque
from typing import Final

from google.protobuf.message import DecodeError

from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.errors import ProtocolError

HEADER: Final = struct.Struct("<I")
MAX_FRAME_BYTES: Final = 32 * 1024 * 1024
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
READ_BYTES: Final = 256 * 1024


class InboxClosedError(Exception):
    """The front closed the socket; the worker must exit."""


class Inbox:
    """Reads requests from the front.

    Args:
        sock: the worker's end of the socket pair, blocking.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = bytearray()
        self._arrived = memoryview(bytearray(READ_BYTES))
        self._requests: deque[tuple[float, pb.WorkerRequest]] = deque()
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()
        self.arrived_at = 0.0
        """When the last received request arrived, on the monotonic clock."""

    def __repr__(self) -> str:
        """Show what waits."""
        return f"Inbox(requests={len(self._requests)}, buffered={len(self._buffer)})"

    def receive(self, timeout_s: float | None) -> pb.WorkerRequest | None:
        """Return the next request, or None after ``timeout_s`` seconds; None waits forever.

        Raises:
            InboxClosedError: the front closed the socket.
            ProtocolError: the front sent an invalid request.
        """
        with self._lock:
            while not self._requests:
                if timeout_s is not None and not self._readable(timeout_s):
                    return None
                self._read()
            self.arrived_at, request = self._requests.popleft()
            self._waiting_bytes -= request.ByteSize()
            return request

    def poll(self) -> None:
        """Read what has arrived without waiting; raises as ``receive`` does."""
        with self._lock:
            while self._waiting_bytes < MAX_WAITING_BYTES and self._readable(0):
                self._read()

    def is_cancelled(self, work_id: int) -> bool:
        """Return whether a cancel of this work waits to be received."""
        return work_id in self._cancelled

    def has_answer(self, work_id: int) -> bool:
        """Return whether a host result for this work waits to be received."""
        self.poll()
        with self._lock:
            return any(request.host_result.work_id == work_id for _, request in self._requests)

    def forget(self, work_id: int) -> None:
        """Drop a cancel once its work has ended."""
        self._cancelled.discard(work_id)

    def _readable(self, timeout_s: float) -> bool:
        return bool(select.select([self._socket], [], [], timeout_s)[0])

    def _read(self) -> None:
        count = self._socket.recv_into(self._arrived)
        if not count:
            raise InboxClosedError
        self._buffer += self._arrived[:count]
        self._arrived[:count] = bytes(count)  # it may hold a run's values
        self._take_frames()

    def _take_frames(self) -> None:
        buffer = self._buffer
        at = 0
        while len(buffer) - at >= HEADER.size:
            (size,) = HEADER.unpack_from(buffer, at)
            if size > MAX_FRAME_BYTES:
                raise ProtocolError(f"the front sent a frame of {size} bytes")
            if len(buffer) - at - HEADER.size < size:
                break
            at += HEADER.size
            self._take(bytes(memoryview(buffer)[at : at + size]))
            at += size
        if at:
            del buffer[:at]

    def _take(self, frame: bytes) -> None:
        try:
            request = pb.WorkerRequest.FromString(frame)
        except DecodeError as error:
            raise ProtocolError("the front sent an invalid request") from error
        if request.HasField("cancel"):
            self._cancelled.add(request.cancel.work_id)
        self._requests.append((time.monotonic(), request))
        self._waiting_bytes += len(frame)
