"""The channels to a toolrunner: the one of new streams, and those whose streams are ending.

gRPC's clients never look at their certificates again. So when the files change, another channel is
made. New streams use it as soon as it is connected; the channel before ends with its last stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2_grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.front.tls_paths import TlsMaterial, TlsSource
from services.telemetry.current import current_span
from services.telemetry.traces.names import GRPC, RPC_METHOD, RPC_STATUS, RPC_SYSTEM
from services.telemetry.traces.port import Kind, Span
from services.telemetry.traces.w3c import TRACEPARENT, TRACESTATE

HANDOVER_S: Final = 10.0
"""How long the channel before serves new streams while the new one is not connected."""
MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # By default gRPC sends two pings, and no more until there is data again.
    ("grpc.http2.max_pings_without_data", 0),
)
RUN_TOOLS: Final = "caisson.toolrunner.v1.ToolRunnerService/RunTools"
READY: Final = grpc.ChannelConnectivity.READY


@dataclass(frozen=True)
class RunnerTls:
    """How a toolrunner is reached over TLS.

    Attributes:
        files: our certificate and key, and the authorities of the toolrunner's certificate.
        name: the host name in the toolrunner's certificate; empty for the one in its address.
    """

    files: TlsSource
    name: str = ""


class RunnerChannel:
    """One channel, and how many use it; once it is ``retired``, it closes with the last of them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        stub: Any = pb_grpc.ToolRunnerServiceStub(channel)
        self._run_tools = stub.RunTools
        self.capabilities = stub.GetCapabilities
        self.load = stub.WatchLoad
        self.check = health_pb2_grpc.HealthStub(channel).Check
        self._used = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._retired = False
        self._closing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"RunnerChannel({self.channel.get_state().name}, used={self._used})"

    @property
    def is_ready(self) -> bool:
        """Whether it is connected; it connects, if it is not."""
        return self.channel.get_state(try_to_connect=True) is READY

    @property
    def is_over(self) -> bool:
        """Whether it has retired and closed."""
        return self._closing is not None and self._closing.done()

    def run_tools(self) -> Any:
        """Start a RunTools RPC, which uses the channel until it ends."""
        span = current_span().child(RUN_TOOLS, Kind.CLIENT)
        call = self._run_tools(metadata=headers_of(span))
        self.take()

        def done(_: object) -> None:
            self.give_back()
            if span.recording:
                ending = asyncio.ensure_future(end_rpc(span, call))
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)

        call.add_done_callback(done)
        return call

    def take(self) -> None:
        """Use the channel, until ``give_back``."""
        self._used += 1

    def give_back(self) -> None:
        """End a use."""
        self._used -= 1
        self._close_if_unused()

    def retire(self) -> None:
        """Close the channel once nothing uses it."""
        self._retired = True
        self._close_if_unused()

    async def close(self) -> None:
        """Close the channel at once, with everything on it."""
        if self._closing is not None:
            await asyncio.wait([self._closing])
        await self.channel.close()

    def _close_if_unused(self) -> None:
        if self._retired and not self._used and self._closing is None:
            self._closing = asyncio.ensure_future(self.channel.close())


class RunnerChannels:
    """The channels to the toolrunner at ``address``; without ``tls`` there is only one."""

    def __init__(self, address: str, tls: RunnerTls | None = None) -> None:
        self._address = address
        self._tls = tls
        self._material = None if tls is None else tls.files.current()
        self._current = RunnerChannel(self._open(self._material))
        self._next: RunnerChannel | None = None
        self._next_at_s = 0.0
        self._leaving: list[RunnerChannel] = []

    def __repr__(self) -> str:
        return f"RunnerChannels({self._address}, {self._current!r}, leaving={len(self._leaving)})"

    def current(self) -> RunnerChannel:
        """Return the channel for what begins now."""
        if self._tls is not None:
            self._follow(self._tls.files.current())
        return self._current

    @asynccontextmanager
    async def held(self) -> AsyncIterator[RunnerChannel]:
        """Yield the channel for what begins now; it is not closed inside."""
        channel = self.current()
        channel.take()
        try:
            yield channel
        finally:
            channel.give_back()

    @property
    def is_over(self) -> bool:
        """Whether all have retired and closed."""
        return self._current.is_over and all(each.is_over for each in self._leaving)

    def retire(self) -> None:
        """Close each channel once nothing uses it; nothing begins any more."""
        for channel in filter(None, (self._current, self._next)):
            channel.retire()

    async def close(self) -> None:
        """Close all channels at once."""
        found = [*self._leaving, self._current]
        if self._next is not None:
            found.append(self._next)
        for channel in found:
            await channel.close()

    def _follow(self, material: TlsMaterial) -> None:
        """Make another channel for new certificates, and change over when it is connected."""
        now_s = asyncio.get_running_loop().time()
        if material is not self._material:
            self._material = material
            if self._next is not None:
                self._leave(self._next)
            self._next, self._next_at_s = RunnerChannel(self._open(material)), now_s
        if self._next is None:
            return
        if self._next.is_ready or not self._is_connected() or now_s > self._next_at_s + HANDOVER_S:
            self._leave(self._current)
            self._current, self._next = self._next, None

    def _is_connected(self) -> bool:
        return self._current.channel.get_state() is READY

    def _leave(self, channel: RunnerChannel) -> None:
        self._leaving = [each for each in self._leaving if not each.is_over]
        self._leaving.append(channel)
        channel.retire()

    def _open(self, material: TlsMaterial | None) -> grpc.aio.Channel:
        options: list[tuple[str, Any]] = list(CHANNEL_OPTIONS)
        if material is None or self._tls is None:
            return grpc.aio.insecure_channel(self._address, options=options)
        if self._tls.name:
            options.append(("grpc.ssl_target_name_override", self._tls.name))
        credentials = grpc.ssl_channel_credentials(
            material.authorities, material.key, material.certificate
        )
        return grpc.aio.secure_channel(self._address, credentials, options=options)


def headers_of(span: Span) -> tuple[tuple[str, str], ...]:
    """Return the metadata of an RPC that is made inside a span."""
    if not span.traceparent:
        return ()
    state = ((TRACESTATE, span.tracestate),) if span.tracestate else ()
    return ((TRACEPARENT, span.traceparent), *state)


async def end_rpc(span: Span, call: Any) -> None:
    """End the span of an RPC that is done."""
    code = (await call.code()).name
    span.set(RPC_SYSTEM, GRPC)
    span.set(RPC_METHOD, RUN_TOOLS)
    span.set(RPC_STATUS, code)
    if code != "OK":
        span.fail(code)
    span.end()
