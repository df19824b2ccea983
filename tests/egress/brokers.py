"""Brokers over the real network code, and servers on loopback that answer byte by byte."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.egress.broker import CallBroker, RunBroker
from services.executor.egress.host_calls import HostCall, HostResult
from services.executor.egress.ports import HttpExchange
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import Allowances, parse_rule
from services.executor.egress.run_requests import Slot
from services.executor.egress.secrets import MissingValue, RunSecrets, SecretBinding
from services.executor.events import ToolRequest
from tests.loopback import listening


@dataclass
class Asking:
    """A tool call that fetches; ``records`` are the events of its requests."""

    broker: CallBroker
    run: RunBroker
    records: list[ToolRequest]
    asked: int = 0

    async def ask(self, **words: Any) -> HostResult:
        """Make one host call."""
        return await self.ask_text(json.dumps(words))

    async def ask_text(self, text: str, capability: str = "fetch") -> HostResult:
        """Make one host call with ``text`` as its input."""
        self.asked += 1
        answered: asyncio.Future[HostResult] = asyncio.get_running_loop().create_future()

        async def reply(result: HostResult) -> None:
            answered.set_result(result)

        self.broker.ask(HostCall("call-1", self.asked, capability, text), reply)
        return await answered

    async def fetch(self, url: str, **words: Any) -> dict[str, Any]:
        """Make a request that is answered; ``content`` is its whole body."""
        head = ok(await self.ask(op="request", url=url, **words))
        body = head["body"] or {"data": "", "done": True}
        number = body.get("id")
        content = base64.b64decode(body["data"])
        while not body["done"]:
            body = ok(await self.ask(op="read", body=number))
            content += base64.b64decode(body["data"])
        return {**head, "content": content}

    async def refused(self, url: str, **words: Any) -> tuple[str, str]:
        """Make a request that fails at its head or in its body; return kind and message."""
        answer = await self.ask(op="request", url=url, **words)
        if answer.failure is None:
            number = json.loads(answer.output_json)["body"]["id"]
            while answer.failure is None:
                answer = await self.ask(op="read", body=number)
        return answer.failure.kind.name, answer.failure.message


def ok(answer: HostResult) -> dict[str, Any]:
    """Return the JSON of an answer, which must be no failure."""
    assert answer.failure is None, answer.failure
    value: dict[str, Any] = json.loads(answer.output_json)
    return value


class Fixed:
    """A source with one value."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def value(self, name: str) -> str:
        """Return it."""
        return self._value


@asynccontextmanager
async def asking(
    *rules: str,
    secrets: Sequence[tuple[str, str, str]] = (),
    bound: Sequence[tuple[SecretBinding, str | MissingValue]] = (),
    bounds: FetchBounds | None = None,
    exchange: HttpExchange | None = None,
    allowed: Allowances | None = None,
    key: str = "",
    place: Slot = nullcontext,
    requests: int = 0,
) -> AsyncIterator[Asking]:
    """Yield a tool call that may fetch what ``rules`` allow.

    ``secrets`` are (name, value, host), ``bound`` are bindings with the values of theirs.
    """
    permitted = allowed or Allowances((tuple(parse_rule(each) for each in rules),))
    held = [
        (SecretBinding(name, (parse_rule(host),), Fixed(value)), value)
        for name, value, host in secrets
    ]
    records: list[ToolRequest] = []

    async def record(event: ToolRequest) -> None:
        records.append(event)

    used = exchange or HttpConnections(permitted)
    run = RunBroker(
        used,
        permitted,
        RunSecrets([*held, *bound]),
        bounds or FetchBounds(),
        record,
        place,
        requests,
    )
    call = run.call("call-1", key)
    try:
        yield Asking(call, run, records)
    finally:
        await call.close()
        await run.close()


Answer = Callable[["Heard", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """One request as a server heard it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader


@dataclass
class Server:
    """A server on loopback; ``connections`` counts what was accepted, ``heard`` what was sent.

    ``arrived`` is set when a request was heard, ``left`` when a connection ended.
    """

    authority: str = ""
    port: int = 0
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[Heard] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        """Return a URL of this server."""
        return f"http://{self.authority}{path}"


@asynccontextmanager
async def server(answer: Answer, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    """Serve; each connection may carry several requests."""
    state = Server()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                fields = dict(line.split(": ", 1) for line in lines)
                headers = {name.lower(): value for name, value in fields.items()}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                heard = Heard(method, target, headers, body, reader)
                state.heard.append(heard)
                state.arrived.set()
                await answer(heard, writer)
                await writer.drain()
                if writer.is_closing():
                    return
        finally:
            state.left.set()

    async with listening(handle, host) as state.port:
        shown = f"[{host}]" if ":" in host else host
        state.authority = f"{shown}:{state.port}"
        yield state


async def silent(heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Answer nothing until the client goes."""
    await heard.reader.read()


def whole(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a response of known length."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def says(body: bytes = b"hello", *headers: str, status: str = "200 OK") -> Answer:
    """Return an answer that is always the same."""

    async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(whole(body, *headers, status=status))

    return answer
