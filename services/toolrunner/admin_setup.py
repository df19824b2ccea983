"""What the toolrunner's debug pages show."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from services.telemetry.admin.pages import Page
from services.telemetry.admin.tasks import tasks_page
from services.toolrunner.pool.live_worker import LiveWorker
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.service import ToolRunnerService

MOST_ROWS: Final = 1000
SHOWN_KEY: Final = 16
OF_ONE_STREAM: Final = re.compile(r"-[0-9a-f]{32}$")
"""How the key of an image ends that one stream has alone."""


def pages_of(pool: WorkerPool, service: ToolRunnerService) -> Mapping[str, Page]:
    """Return the debug pages of a toolrunner."""
    return {
        "tasks": tasks_page,
        "workers": lambda: workers_page(pool),
        "images": lambda: images_page(pool),
        "streams": lambda: streams_page(service),
    }


def workers_page(pool: WorkerPool) -> dict[str, Any]:
    """Return what each worker does."""
    return {
        "workers": pool.workers,
        "queued": pool.waiting,
        "held": pool.held,
        "each": [_worker(number, worker) for number, worker in enumerate(pool.live, 1)],
    }


def _worker(number: int, worker: LiveWorker) -> dict[str, Any]:
    ready = worker.ready.result() if worker.ready.done() and worker.alive else None
    return {
        "worker": number,
        "state": _state(worker),
        "age_s": round(asyncio.get_running_loop().time() - worker.born_s, 1),
        "calls": worker.waiting,
        "memory_bytes": worker.process.memory_bytes(),
        "images": len(worker.images),
        "image_bytes": worker.images.bytes,
        "jail": "" if ready is None else ", ".join(ready.missing) or "whole",
    }


def _state(worker: LiveWorker) -> str:
    if not worker.alive:
        return "lost"
    if not worker.ready.done():
        return "starting"
    if worker.idle:
        return "idle"
    return "long" if worker.slow else "busy"


def images_page(pool: WorkerPool) -> dict[str, Any]:
    """Return the images that workers keep, ``MOST_ROWS`` of them."""
    rows = [
        {
            "worker": number,
            "program": key[:SHOWN_KEY],
            "of": "one stream" if OF_ONE_STREAM.search(key) else "all",
            "bytes": size,
        }
        for number, worker in enumerate(pool.live, 1)
        for key, size in worker.images.sizes.items()
    ]
    private = [row for row in rows if row["of"] != "all"]
    return {
        "images": len(rows),
        "private": len(private),
        "bytes": sum(row["bytes"] for row in rows),
        "shown": min(len(rows), MOST_ROWS),
        "each": rows[:MOST_ROWS],
    }


def streams_page(service: ToolRunnerService) -> dict[str, Any]:
    """Return the open streams, ``MOST_ROWS`` of them, without their content."""
    now = time.monotonic()
    streams = list(service.open_streams)
    return {
        "streams": len(streams),
        "calls_running": service.load.calls_running,
        "calls_waiting": service.load.calls_waiting,
        "shown": min(len(streams), MOST_ROWS),
        "each": [
            {
                "run": stream.run_id,
                "organisation": stream.organisation,
                "age_s": round(now - stream.began_s, 1),
                "calls_open": stream.calls_open,
                "calls": stream.calls_started,
            }
            for stream in streams[:MOST_ROWS]
        ],
    }
