"""The toolrunner's configuration: one frozen object, read from the environment here and only here.

Every field of ``Settings`` can be set as ``CAISSON_TOOLRUNNER_`` and its name in upper case, for
example ``CAISSON_TOOLRUNNER_CALL_TIMEOUT_S=10``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from services.toolrunner.domain import MIB, STACK_BYTES, Limits
from services.toolrunner.errors import SetupError

PREFIX = "CAISSON_TOOLRUNNER_"
# Kubernetes sets these for a Service named caisson-toolrunner; they are nobody's mistake.
SERVICE_LINK = re.compile(rf"{PREFIX}(PORT$|PORT_|SERVICE_)")
MOST_OF_STORE = 0.75
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # Linux alone tells which ones
        return os.cpu_count() or 1


def whole(default: int, low: int, high: int) -> int:
    """Declare a whole number between ``low`` and ``high``, both included."""
    declared: int = field(default=default, metadata={"low": low, "high": high, "parse": int})
    return declared


def seconds(default: float, low: float, high: float) -> float:
    """Declare a time in seconds between ``low`` and ``high``, both included."""
    declared: float = field(default=default, metadata={"low": low, "high": high, "parse": float})
    return declared


def switch(default: bool) -> bool:
    """Declare a choice that is on or off."""
    declared: bool = field(default=default, metadata={"low": 0, "high": 1, "parse": on_or_off})
    return declared


def on_or_off(text: str) -> bool:
    """Read a choice; raises ValueError."""
    words = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError(text) from None


@dataclass(frozen=True)
class Settings:
    """How one toolrunner works; raises SetupError when a value is out of its range.

    Attributes:
        address: where to listen: ``host:port`` (port 0 picks a free one) or ``unix:/path``.
        workers: worker processes; 0 means one for each core this process may use.
        spare_workers: worker processes that are added once calls wait because others run long;
            tenants that run something long leave some of them to others.
        call_timeout_s: seconds of wall time of one call.
        call_fuel: wasmtime fuel of one call, about one unit an instruction.
        call_memory_bytes: bytes of linear memory of one call, the whole guest included.
        call_output_bytes: bytes of the JSON result of one call.
        call_console_bytes: bytes of console text of one call; a line counts as 32 at least.
        call_heap_bytes: bytes of JavaScript heap of one call, a part of its linear memory.
        call_stack_bytes: bytes of JavaScript call stack of one call.
        call_host_wait_s: seconds that one call may wait for host results, all waits together.
        call_host_calls: requests of one call to the outside world.
        call_host_calls_in_flight: requests of one call that wait for their answers at once.
        call_timers: timers of one call that are pending at once.
        load_timeout_s: seconds of wall time to evaluate a program's top level.
        load_fuel: fuel to evaluate a program's top level.
        load_memory_bytes: bytes of linear memory to evaluate a program's top level.
        load_console_bytes: bytes of console text of a program's top level.
        load_heap_bytes: bytes of JavaScript heap to evaluate a program's top level.
        load_stack_bytes: bytes of JavaScript call stack to evaluate a program's top level.
        load_timers: timers of a program's top level that are pending at once.
        program_bytes: bytes of the largest program.
        store_bytes: bytes of all programs kept in memory together.
        streams: RunTools streams at once; one more is refused. They are shared between tenants, and
            none gets the last.
        stream_idle_s: seconds that a stream may be left without a call before it is ended.
        peer_stall_s: seconds that a peer may leave a reply unread before its stream is ended.
        unread_bytes: bytes of all replies that peers have not read yet; over it the stream of the
            tenant that leaves most unread is ended.
        calls_per_stream: calls in flight on one stream; one more ends the stream.
        queued_calls: calls and loads that wait for a worker; one more is refused, or takes the
            place of one whose tenant has more of them.
        queued_bytes: bytes of what calls that wait for a worker were given; a large one counts as
            several of the ``queued_calls``.
        images_per_worker: images that one worker keeps; the least recently used one of the tenant
            that has most of them goes first.
        image_bytes_per_worker: bytes of images that one worker keeps.
        worker_memory_bytes: bytes of memory of one worker's own, above which calls in it are ended,
            the largest of the tenant that holds most first. It begins no call that may not fit.
            One that holds a quarter or 512 MiB more, whichever is more, is replaced.
        message_bytes: bytes of the largest request taken, and of the largest answer; requests of
            more than 1 MiB arrive in parts.
        request_timeout_s: seconds in which a stream's first request must arrive, and all parts of
            one that is sent in parts.
        unfinished_requests: streams at once whose first request is still arriving, shared by peers.
        unfinished_bytes: bytes of first requests that are still arriving; as much again may wait as
            parts of requests that are not complete.
        connections: connections at once; one more is closed at once.
        connection_streams: RPCs at once on one connection; a peer holds back more.
        kill_grace_s: seconds after a missed limit until the worker is killed.
        start_timeout_s: seconds that a worker has to become ready.
        drain_s: seconds that streams get to end on a stop.
        open_timeout_s: seconds that a peer has to open a stream and to send a program.
        keepalive_s: seconds between pings to a silent peer.
        require_jail: true refuses to start unless every part of the workers' jail holds; false
            runs with the parts that this machine has, and says which are missing.
        cache_dir: folder in which the compiled guest is kept between starts; by default ``caisson``
            in the user's cache folder, and nothing is kept when it is empty.
        log_level: the least severe messages to log: DEBUG, INFO, WARNING or ERROR.
    """

    address: str = "127.0.0.1:50052"
    workers: int = whole(0, 0, 1024)
    spare_workers: int = whole(2, 0, 1024)
    call_timeout_s: float = seconds(30.0, 0.001, 3600.0)
    call_fuel: int = whole(60_000_000_000, 1, 2**62)
    call_memory_bytes: int = whole(256 * MIB, MIB, 4096 * MIB)
    call_output_bytes: int = whole(1 * MIB, 1, 3 * MIB)
    call_console_bytes: int = whole(64 * 1024, 0, 3 * MIB)
    call_heap_bytes: int = whole(256 * MIB, MIB, 4096 * MIB)
    call_stack_bytes: int = whole(STACK_BYTES, 64 * 1024, STACK_BYTES)
    call_host_wait_s: float = seconds(30.0, 0.001, 3600.0)
    call_host_calls: int = whole(1000, 0, 1_000_000)
    call_host_calls_in_flight: int = whole(64, 0, 10_000)
    call_timers: int = whole(10_000, 0, 1_000_000)
    load_timeout_s: float = seconds(30.0, 0.001, 3600.0)
    load_fuel: int = whole(60_000_000_000, 1, 2**62)
    load_memory_bytes: int = whole(256 * MIB, MIB, 4096 * MIB)
    load_console_bytes: int = whole(64 * 1024, 0, 3 * MIB)
    load_heap_bytes: int = whole(256 * MIB, MIB, 4096 * MIB)
    load_stack_bytes: int = whole(STACK_BYTES, 64 * 1024, STACK_BYTES)
    load_timers: int = whole(10_000, 0, 1_000_000)
    program_bytes: int = whole(16 * MIB, 1, 256 * MIB)
    store_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    streams: int = whole(256, 1, 100_000)
    stream_idle_s: float = seconds(900.0, 0.05, 86_400.0)
    peer_stall_s: float = seconds(60.0, 0.05, 3600.0)
    unread_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    calls_per_stream: int = whole(64, 1, 10_000)
    queued_calls: int = whole(1024, 0, 1_000_000)
    queued_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    images_per_worker: int = whole(32, 1, 10_000)
    image_bytes_per_worker: int = whole(512 * MIB, MIB, 1024 * 1024 * MIB)
    worker_memory_bytes: int = whole(2048 * MIB, 128 * MIB, 1024 * 1024 * MIB)
    message_bytes: int = whole(4 * MIB, 2 * MIB, 256 * MIB)
    request_timeout_s: float = seconds(30.0, 0.05, 3600.0)
    unfinished_requests: int = whole(512, 1, 1_000_000)
    unfinished_bytes: int = whole(64 * MIB, 2 * MIB, 1024 * 1024 * MIB)
    connections: int = whole(1024, 1, 1_000_000)
    connection_streams: int = whole(320, 1, 100_000)
    kill_grace_s: float = seconds(2.0, 0.05, 60.0)
    start_timeout_s: float = seconds(60.0, 0.1, 600.0)
    drain_s: float = seconds(20.0, 0.0, 3600.0)
    open_timeout_s: float = seconds(60.0, 0.05, 3600.0)
    keepalive_s: float = seconds(30.0, 1.0, 3600.0)
    require_jail: bool = switch(default=False)
    cache_dir: str = ""
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        check_address(self.address)
        if self.log_level not in LOG_LEVELS:
            raise SetupError(
                f"log_level is {self.log_level!r}; it must be {', '.join(LOG_LEVELS)}."
            )
        for declared in fields(self):
            if declared.metadata:
                check_range(declared, getattr(self, declared.name))
        if self.message_bytes > self.unfinished_bytes:
            raise SetupError(
                "message_bytes is larger than unfinished_bytes; no such request could arrive."
            )
        if self.program_bytes > MOST_OF_STORE * self.store_bytes:
            raise SetupError(
                "program_bytes is more than three quarters of store_bytes, and no tenant may have "
                "more than that; no such program would fit."
            )

    @property
    def worker_count(self) -> int:
        """Worker processes to start."""
        return self.workers or usable_cores()

    @property
    def call_limits(self) -> Limits:
        """The most that any call gets."""
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
        """What the evaluation of a program's top level gets; it has no way to the outside."""
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


def check_address(address: str) -> None:
    """Raise SetupError unless ``address`` is ``host:port`` or ``unix:`` and a path."""
    if address.startswith("unix:") and len(address) > len("unix:"):
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SetupError(
            f"address is {address!r}; it must be HOST:PORT such as 127.0.0.1:50052, or unix:/path."
        )


def check_range(declared: Field[Any], value: float) -> None:
    """Raise SetupError unless ``value`` is a number within the field's range."""
    low, high = declared.metadata["low"], declared.metadata["high"]
    if not math.isfinite(value) or not low <= value <= high:
        raise SetupError(f"{declared.name} is {value}; it must be between {low} and {high}.")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of ``environment``, by default this process's; raises SetupError."""
    given = os.environ if environment is None else environment
    names = {PREFIX + declared.name.upper(): declared for declared in fields(Settings)}
    unknown = sorted(
        name
        for name in given
        if name.startswith(PREFIX) and name not in names and not SERVICE_LINK.match(name)
    )
    if unknown:
        raise SetupError(f"{unknown[0]} is no setting; there are: {', '.join(sorted(names))}.")
    values = {
        declared.name: parsed(name, declared, given[name])
        for name, declared in names.items()
        if name in given
    }
    values.setdefault("cache_dir", user_cache(given))
    return Settings(**values)


def user_cache(environment: Mapping[str, str]) -> str:
    """Return our folder in the user's cache folder, empty when the user has none."""
    if environment.get("XDG_CACHE_HOME"):
        return str(Path(environment["XDG_CACHE_HOME"]) / "caisson")
    home = environment.get("HOME")
    return str(Path(home) / ".cache" / "caisson") if home else ""


def parsed(name: str, declared: Field[Any], text: str) -> Any:
    """Return ``text`` as the field's type; raises SetupError that names the variable."""
    parse = declared.metadata.get("parse", str)
    try:
        return parse(text.strip())
    except ValueError:
        kinds = {int: "a whole number", float: "a number", on_or_off: "true or false"}
        kind = kinds.get(parse, "text")
        raise SetupError(f"{name} is {text!r}; it must be {kind}.") from None
