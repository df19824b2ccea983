"""Builds a toolrunner's components from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.front.limits import AGE_GRACE_S, LONGEST_RUN_S
from services.front.receive_queue import ReceiveLimits, ReceiveQueue
from services.front.receiving import ReceivePolicy, RequestReceiver
from services.toolrunner.checks import Bounds
from services.toolrunner.pool.live_worker import WorkerBounds
from services.toolrunner.pool.pool import PoolBounds, WorkerPool
from services.toolrunner.pool.process import SubprocessLauncher, WorkerLauncher
from services.toolrunner.programs import ProgramStore
from services.toolrunner.reassembly_wire import MESSAGE_BYTES, PartsBudget
from services.toolrunner.receiving_wire import not_received_status
from services.toolrunner.service import StreamBounds, ToolRunnerService
from services.toolrunner.settings import Settings

KEEPALIVE_TIMEOUT_S = 10
HANDSHAKE_S = 10
IDLE_CONNECTION_S = 600
# How much of an unread message gRPC buffers; 4 MiB by default, and more as it probes bandwidth.
WINDOW_BYTES = 32 * 1024
SIDE_REQUESTS, SIDE_READING = 64, 4


def pool_bounds(settings: Settings) -> PoolBounds:
    """Return the limits of the worker pool."""
    return PoolBounds(
        workers=settings.worker_count,
        spares=settings.spare_workers,
        queued=settings.queued_calls,
        queued_bytes=settings.queued_bytes,
        start_timeout_s=settings.start_timeout_s,
        worker=WorkerBounds(
            load_limits=settings.load_limits,
            kill_grace_s=settings.kill_grace_s,
            images=settings.images_per_worker,
            image_bytes=settings.image_bytes_per_worker,
            memory_bytes=settings.worker_memory_bytes,
        ),
    )


def pool_of(
    settings: Settings, launcher: WorkerLauncher | None, on_readiness: Callable[[bool], None]
) -> WorkerPool:
    """Return the pool; workers are processes unless ``launcher`` says otherwise."""
    launcher = launcher or SubprocessLauncher(settings.cache_dir)
    return WorkerPool(launcher, pool_bounds(settings), on_readiness)


def stream_bounds(settings: Settings) -> Bounds:
    """Return the limits of one stream."""
    return Bounds(
        call_limits=settings.call_limits,
        program_bytes=settings.program_bytes,
        calls_in_flight=settings.calls_per_stream,
        request_bytes=settings.message_bytes,
    )


def service_of(settings: Settings, pool: WorkerPool) -> ToolRunnerService:
    """Return the service on top of ``pool``."""
    streams = StreamBounds(
        streams=settings.streams,
        open_s=settings.open_timeout_s,
        idle_s=settings.stream_idle_s,
        stall_s=settings.peer_stall_s,
        unread_bytes=settings.unread_bytes,
        ping_s=settings.keepalive_s,
    )
    parts = PartsBudget(
        settings.unfinished_bytes, settings.message_bytes, settings.request_timeout_s
    )
    return ToolRunnerService(
        pool, ProgramStore(settings.store_bytes), stream_bounds(settings), streams, parts
    )


def receiver_of(settings: Settings) -> RequestReceiver:
    """Return the interceptor that receives requests."""
    bounds = ReceiveLimits(
        requests=settings.unfinished_requests,
        reading=settings.unfinished_bytes // MESSAGE_BYTES,
        timeout_s=settings.request_timeout_s,
    )
    side = replace(bounds, requests=SIDE_REQUESTS, reading=SIDE_READING)
    return RequestReceiver(
        ReceivePolicy(
            requests=ReceiveQueue(bounds),
            side=ReceiveQueue(side),
            side_later=ReceiveQueue(side),
            to_status=not_received_status,
            only_first=True,
        )
    )


def channel_options(settings: Settings) -> list[tuple[str, int]]:
    """Return gRPC's options: sizes, connections, keepalive, and no port sharing.

    Flow-control windows stay small and grow only for a message that is being read: with gRPC's
    bandwidth probe, a peer could fill megabytes on each unread stream. Anything larger than
    ``MESSAGE_BYTES`` is sent in parts.

    A peer that does not answer a ping is disconnected after ``ping_timeout_ms``, which is a minute
    by default, whatever ``keepalive_timeout_ms`` says (observed with grpcio 1.85).
    """
    answer_ms = int(min(settings.keepalive_s, KEEPALIVE_TIMEOUT_S) * 1000)
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", settings.message_bytes),
        ("grpc.keepalive_time_ms", int(settings.keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", answer_ms),
        ("grpc.http2.ping_timeout_ms", answer_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5000),
        ("grpc.max_concurrent_streams", settings.connection_streams),
        ("grpc.max_allowed_incoming_connections", settings.connections),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_S * 1000),
        ("grpc.max_connection_idle_ms", IDLE_CONNECTION_S * 1000),
        ("grpc.max_connection_age_ms", int(settings.connection_age_s * 1000)),
        ("grpc.max_connection_age_grace_ms", int((LONGEST_RUN_S + AGE_GRACE_S) * 1000)),
        ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
        ("grpc.http2.bdp_probe", 0),
    ]
