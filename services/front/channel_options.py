"""The gRPC options of a server: sizes, connections, keepalive, and an exclusive port."""

from __future__ import annotations

from dataclasses import dataclass

from services.front.limits import AGE_GRACE_S

KEEPALIVE_TIMEOUT_S = 10
HANDSHAKE_S = 10
IDLE_CONNECTION_S = 600
# How much of an unread message gRPC buffers; 4 MiB by default, and more as it probes bandwidth.
WINDOW_BYTES = 32 * 1024


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits of a server's connections, in bytes, counts and seconds.

    ``run_s`` is how long an RPC may take: a connection over ``age_s`` is closed a minute after
    that.
    """

    request_bytes: int
    response_bytes: int
    connections: int
    streams: int
    keepalive_s: float
    age_s: float
    run_s: float


def channel_options(limits: ConnectionLimits, *, shared: bool = False) -> list[tuple[str, int]]:
    """Return the options for a server with these limits; ``shared``: several may have its port.

    Flow-control windows stay small, and grow only for a message that is being read: gRPC's
    bandwidth probe would let a client fill megabytes for each unread stream.

    A client that does not answer a ping is disconnected after ``ping_timeout_ms``: by default a
    minute, whatever ``keepalive_timeout_ms`` says (seen with grpcio 1.85).
    """
    answer_ms = int(min(limits.keepalive_s, KEEPALIVE_TIMEOUT_S) * 1000)
    return [
        ("grpc.so_reuseport", int(shared)),
        ("grpc.max_receive_message_length", limits.request_bytes),
        ("grpc.max_send_message_length", limits.response_bytes),
        ("grpc.keepalive_time_ms", int(limits.keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", answer_ms),
        ("grpc.http2.ping_timeout_ms", answer_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5000),
        ("grpc.max_concurrent_streams", limits.streams),
        ("grpc.max_allowed_incoming_connections", limits.connections),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_S * 1000),
        ("grpc.max_connection_idle_ms", IDLE_CONNECTION_S * 1000),
        ("grpc.max_connection_age_ms", int(limits.age_s * 1000)),
        ("grpc.max_connection_age_grace_ms", int((limits.run_s + AGE_GRACE_S) * 1000)),
        ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
        ("grpc.http2.bdp_probe", 0),
    ]
