"""The toolrunner's settings: one frozen object, and the only reader of the environment.

Set a field of ``Settings`` by ``CAISSON_TOOLRUNNER_`` and its name in upper case, for example
``CAISSON_TOOLRUNNER_CALL_TIMEOUT_S=10``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.front.limits import (
    BUNDLE_BYTES,
    CLIENT_STALL_S,
    CONNECTION_AGE_S,
    CONNECTIONS,
    DRAIN_S,
    KEEPALIVE_S,
    MAX_OUTPUT_BYTES,
    MIB,
    REQUEST_TIMEOUT_S,
    RUNS,
    STACK_BYTES,
    UNFINISHED_REQUESTS,
)
from services.front.other_variables import ignored, names_of
from services.front.settings_fields import (
    all_told,
    connection_age,
    defaults,
    listening_address,
    log_level,
    read_fields,
    seconds,
    switch,
    usable_cores,
    user_folder,
    whole,
    wrong_values,
)
from services.toolrunner.admin_settings import AdminSettings, wrong_admin_settings
from services.toolrunner.domain import Limits
from services.toolrunner.errors import SetupError
from services.toolrunner.tls_settings import TlsSettings, wrong_tls_settings

PREFIX = "CAISSON_TOOLRUNNER_"
MOST_OF_STORE = 0.75


@dataclass(frozen=True)
class Settings(AdminSettings, TlsSettings):
    """Settings of one toolrunner; raises SetupError when a value is out of range.

    Attributes:
        address: where to listen: ``host:port`` (port 0 picks a free one) or ``unix:/path``.
        workers: worker processes; 0 means one for each core this process may use.
        spare_workers: worker processes added once calls wait because others run long; tenants with
            long calls leave some of them to others.
        call_timeout_s: seconds of wall time of one call.
        call_fuel: wasmtime fuel of one call, about one unit an instruction.
        call_memory_bytes: bytes of linear memory of one call, the whole guest included.
        call_output_bytes: bytes of the JSON result of one call.
        call_console_bytes: bytes of console text of one call; a line counts as at least 32.
        call_heap_bytes: bytes of JavaScript heap of one call, a part of its linear memory.
        call_stack_bytes: bytes of JavaScript call stack of one call.
        call_host_wait_s: total seconds that one call may wait for host results.
        call_host_calls: host calls of one call in total.
        call_host_calls_in_flight: host calls of one call in flight at once.
        call_timers: pending timers of one call.
        load_timeout_s: seconds of wall time to evaluate a program's top level.
        load_fuel: fuel to evaluate a program's top level.
        load_memory_bytes: bytes of linear memory to evaluate a program's top level.
        load_console_bytes: bytes of console text of a program's top level.
        load_heap_bytes: bytes of JavaScript heap to evaluate a program's top level.
        load_stack_bytes: bytes of JavaScript call stack to evaluate a program's top level.
        load_timers: pending timers of a program's top level.
        strict_loads: true refuses a program whose top level fails, as Node does; false lets the
            tools run that it made.
        program_bytes: bytes of the largest program.
        store_bytes: bytes of all programs kept in memory.
        streams: concurrent RunTools streams; one more is refused. Tenants share them, and none can
            take all.
        stream_idle_s: seconds without a call before a stream is ended.
        peer_stall_s: seconds a peer may leave a reply unread before its stream is ended.
        unread_bytes: bytes of all replies that peers have not read; above it, a stream of the
            tenant with the most unread is ended.
        calls_per_stream: calls in flight on one stream; one more ends as OVERLOADED.
        queued_calls: calls and loads that wait for a worker; one more is refused, or evicts one of
            a tenant that has more.
        queued_bytes: bytes of the inputs of queued calls; a large one counts as several of the
            ``queued_calls``.
        images_per_worker: images that one worker keeps; the least recently used one of the tenant
            with the most is evicted first.
        image_bytes_per_worker: bytes of images that one worker keeps.
        private_images: concurrent streams whose program is loaded for them alone, because it reads
            what they grant while it loads; one more is refused. Tenants share them.
        worker_memory_bytes: bytes of private memory of one worker, above which calls in it are
            ended, the largest of the tenant that holds most first. A worker starts no call that may
            not fit. It is replaced when it exceeds the limit by a quarter or 512 MiB, whichever is
            more.
        message_bytes: bytes of the largest request and of the largest answer; requests over 1 MiB
            arrive in parts.
        request_timeout_s: seconds for a stream's first request to arrive, and for all parts of a
            request sent in parts.
        unfinished_requests: concurrent streams whose first request is still arriving, shared by
            peers.
        unfinished_bytes: bytes of first requests that are still arriving; the parts of incomplete
            requests may take as much again.
        connections: concurrent connections; one more is closed immediately.
        connection_streams: concurrent RPCs on one connection; a peer queues more.
        connection_age_s: seconds after which a peer is asked to connect again, give or take a
            tenth, so that load spreads to new toolrunners; its streams finish first.
        kill_grace_s: seconds after a missed deadline until the worker is killed.
        start_timeout_s: seconds for a worker to become ready.
        drain_s: seconds for streams to end on a stop.
        open_timeout_s: seconds for a peer to open a stream and send its program.
        keepalive_s: seconds between pings to an idle peer.
        require_jail: true refuses to start unless every part of the workers' jail holds; false runs
            with the parts that this machine supports, and reports the missing ones.
        cache_dir: folder that caches the compiled and booted guest between starts, 90 MB at most;
            by default ``caisson`` in the user's cache folder, and empty for no cache.
        log_level: the minimum level to log: DEBUG, INFO, WARNING or ERROR.
    """

    address: str = listening_address("127.0.0.1:50052")
    workers: int = whole(0, 0, 1024)
    spare_workers: int = whole(2, 0, 1024)
    call_timeout_s: float = seconds(Limits.timeout_s, 0.001, 3600.0)
    call_fuel: int = whole(Limits.fuel, 1, 2**62)
    call_memory_bytes: int = whole(Limits.memory_bytes, MIB, 4096 * MIB)
    call_output_bytes: int = whole(Limits.output_bytes, 1, MAX_OUTPUT_BYTES)
    call_console_bytes: int = whole(Limits.console_bytes, 0, MAX_OUTPUT_BYTES)
    call_heap_bytes: int = whole(Limits.heap_bytes, MIB, 4096 * MIB)
    call_stack_bytes: int = whole(Limits.stack_bytes, 64 * 1024, STACK_BYTES)
    call_host_wait_s: float = seconds(Limits.host_wait_s, 0.001, 3600.0)
    call_host_calls: int = whole(Limits.host_calls, 0, 1_000_000)
    call_host_calls_in_flight: int = whole(Limits.host_calls_in_flight, 0, 10_000)
    call_timers: int = whole(Limits.timers, 0, 1_000_000)
    load_timeout_s: float = seconds(Limits.timeout_s, 0.001, 3600.0)
    load_fuel: int = whole(Limits.fuel, 1, 2**62)
    load_memory_bytes: int = whole(Limits.memory_bytes, MIB, 4096 * MIB)
    load_console_bytes: int = whole(Limits.console_bytes, 0, MAX_OUTPUT_BYTES)
    load_heap_bytes: int = whole(Limits.heap_bytes, MIB, 4096 * MIB)
    load_stack_bytes: int = whole(Limits.stack_bytes, 64 * 1024, STACK_BYTES)
    load_timers: int = whole(Limits.timers, 0, 1_000_000)
    strict_loads: bool = switch(default=False)
    program_bytes: int = whole(BUNDLE_BYTES, 1, 256 * MIB)
    store_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    streams: int = whole(RUNS, 1, 100_000)
    stream_idle_s: float = seconds(900.0, 0.05, 86_400.0)
    peer_stall_s: float = seconds(CLIENT_STALL_S, 0.05, 3600.0)
    unread_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    calls_per_stream: int = whole(64, 1, 10_000)
    queued_calls: int = whole(1024, 0, 1_000_000)
    queued_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    images_per_worker: int = whole(32, 1, 10_000)
    image_bytes_per_worker: int = whole(512 * MIB, MIB, 1024 * 1024 * MIB)
    private_images: int = whole(RUNS, 0, 100_000)
    worker_memory_bytes: int = whole(2048 * MIB, 128 * MIB, 1024 * 1024 * MIB)
    message_bytes: int = whole(4 * MIB, 2 * MIB, 256 * MIB)
    request_timeout_s: float = seconds(REQUEST_TIMEOUT_S, 0.05, 3600.0)
    unfinished_requests: int = whole(UNFINISHED_REQUESTS, 1, 1_000_000)
    unfinished_bytes: int = whole(64 * MIB, 2 * MIB, 1024 * 1024 * MIB)
    connections: int = whole(CONNECTIONS, 1, 1_000_000)
    connection_streams: int = whole(320, 1, 100_000)
    connection_age_s: float = connection_age(CONNECTION_AGE_S)
    kill_grace_s: float = seconds(2.0, 0.05, 60.0)
    start_timeout_s: float = seconds(60.0, 0.1, 600.0)
    drain_s: float = seconds(DRAIN_S, 0.0, 3600.0)
    open_timeout_s: float = seconds(60.0, 0.05, 3600.0)
    keepalive_s: float = seconds(KEEPALIVE_S, 1.0, 3600.0)
    require_jail: bool = switch(default=False)
    cache_dir: str = ""
    log_level: str = log_level()

    def __post_init__(self) -> None:
        """Check all fields; reports all problems at once."""
        if problems := wrong(vars(self)):
            raise SetupError(all_told(problems))

    @property
    def worker_count(self) -> int:
        """The number of worker processes to start."""
        return self.workers or usable_cores()

    @property
    def call_limits(self) -> Limits:
        """The maximum limits of a call."""
        return Limits(
            timeout_s=self.call_timeout_s,
            fuel=self.call_fuel,
            memory_bytes=self.call_memory_bytes,
            output_bytes=self.call_output_bytes,
            console_bytes=self.call_console_bytes,
            heap_bytes=self.call_heap_bytes,
            stack_bytes=self.call_stack_bytes,
            host_wait_s=self.call_host_wait_s,
            host_calls=self.call_host_calls,
            host_calls_in_flight=self.call_host_calls_in_flight,
            timers=self.call_timers,
        )

    @property
    def load_limits(self) -> Limits:
        """The limits of a load for all streams, which cannot make host calls."""
        return Limits(
            timeout_s=self.load_timeout_s,
            fuel=self.load_fuel,
            memory_bytes=self.load_memory_bytes,
            output_bytes=self.call_output_bytes,
            console_bytes=self.load_console_bytes,
            heap_bytes=self.load_heap_bytes,
            stack_bytes=self.load_stack_bytes,
            host_calls=0,
            host_calls_in_flight=0,
            timers=self.load_timers,
        )

    @property
    def private_load_limits(self) -> Limits:
        """The limits of a load for one stream alone, which may make the host calls of a call."""
        return replace(
            self.load_limits,
            host_wait_s=self.load_timeout_s,
            host_calls=self.call_host_calls,
            host_calls_in_flight=self.call_host_calls_in_flight,
        )


def wrong(values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the fields' values."""
    problems = wrong_values(Settings, PREFIX, values)
    if values["message_bytes"] > values["unfinished_bytes"]:
        problems.append(
            f"{PREFIX}MESSAGE_BYTES ({values['message_bytes']}) is larger than {PREFIX}"
            f"UNFINISHED_BYTES ({values['unfinished_bytes']}); no such request could arrive."
        )
    if values["program_bytes"] > MOST_OF_STORE * values["store_bytes"]:
        problems.append(
            f"{PREFIX}PROGRAM_BYTES ({values['program_bytes']}) is more than three quarters of "
            f"{PREFIX}STORE_BYTES ({values['store_bytes']}), the most that one tenant may have; "
            "no such program would fit."
        )
    return [
        *problems,
        *wrong_tls_settings(PREFIX, values),
        *wrong_admin_settings(PREFIX, values),
    ]


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment``, by default this process's.

    Raises:
        SetupError: some are invalid; the message names them all.
    """
    given = os.environ if environment is None else environment
    values, problems = read_fields(Settings, PREFIX, given)
    values.setdefault("cache_dir", user_folder(given, "XDG_CACHE_HOME", ".cache"))
    problems += wrong({**defaults(Settings), **values})
    if problems:
        raise SetupError(all_told(problems))
    return Settings(**values)


def ignored_variables() -> list[str]:
    """Return a warning for each variable of the process that looks like a misspelt setting."""
    return ignored(os.environ, names_of(Settings, PREFIX))
