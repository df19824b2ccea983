"""Builds a toolrunner's components from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.front.channel_options import ConnectionLimits
from services.front.limits import LONGEST_RUN_S
from services.front.receive_queue import ReceiveLimits, ReceiveQueue
from services.front.receiving import ReceivePolicy, RequestReceiver
from services.toolrunner.checks import Bounds
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.process import SubprocessLauncher, WorkerLauncher
from services.toolrunner.pool.work import NO_POOL_WATCH, PoolWatch
from services.toolrunner.pool.worker_bounds import PoolBounds, WorkerBounds
from services.toolrunner.programs import ProgramStore
from services.toolrunner.reassembly_wire import MESSAGE_BYTES, PartsBudget
from services.toolrunner.receiving_wire import not_received_status
from services.toolrunner.service import StreamBounds, ToolRunnerService
from services.toolrunner.settings import Settings

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
            private_load_limits=settings.private_load_limits,
            strict_loads=settings.strict_loads,
            kill_grace_s=settings.kill_grace_s,
            images=settings.images_per_worker,
            image_bytes=settings.image_bytes_per_worker,
            memory_bytes=settings.worker_memory_bytes,
        ),
    )


def pool_of(
    settings: Settings,
    launcher: WorkerLauncher | None,
    on_readiness: Callable[[bool], None],
    watch: PoolWatch = NO_POOL_WATCH,
) -> WorkerPool:
    """Return the pool; workers are processes unless ``launcher`` says otherwise.

    ``watch`` is told what happens in it.
    """
    launcher = launcher or SubprocessLauncher(settings.cache_dir)
    return WorkerPool(launcher, pool_bounds(settings), on_readiness, watch)


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
        private_images=settings.private_images,
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


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Return the limits of connections; larger requests are sent in parts."""
    return ConnectionLimits(
        request_bytes=MESSAGE_BYTES,
        response_bytes=settings.message_bytes,
        connections=settings.connections,
        streams=settings.connection_streams,
        keepalive_s=settings.keepalive_s,
        age_s=settings.connection_age_s,
        run_s=LONGEST_RUN_S,
    )
