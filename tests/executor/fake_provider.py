"""A small provider that speaks streaming HTTP on loopback, as it is told.

The chunks made here are OpenAI's; ``provider_forms.py`` has those of others.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tests.loopback import listening

BREAK = "break"  # close the connection where the answer is not complete
END = "end"  # end the HTTP body properly, without a finish reason
SILENT = "silent"  # take the request and say nothing at all, not even a status
STALL = "stall"  # say nothing more until the client goes away


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def text(words: str) -> dict[str, Any]:
    return chunk({"role": "assistant", "content": words})


def call(index: int, call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    function: dict[str, Any] = {"arguments": arguments}
    if name is not None:
        function["name"] = name
    item: dict[str, Any] = {"index": index, "type": "function", "function": function}
    if call_id is not None:
        item["id"] = call_id
    return chunk({"tool_calls": [item]})


def finish(reason: str) -> dict[str, Any]:
    return chunk({}, reason)


def usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }


def answer(words: str) -> list[Any]:
    """A whole answer in text."""
    return [text(words), finish("stop"), usage(3, 2)]


@dataclass(frozen=True)
class Refusal:
    """An answer that is one body, such as an HTTP error: JSON, or a web page if it is a text."""

    status: int
    body: dict[str, Any] | str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class FakeProvider:
    """Plays one script for each request; ``requests`` holds their bodies, ``heads`` their heads.

    ``sent`` is how many items of each script were taken by the connection.

    ``stalled`` is set when an answer stalls, ``gone`` when its client then went away.
    """

    scripts: list[Sequence[Any] | Refusal]
    requests: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    sent: list[int] = field(default_factory=list)
    _none_open: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    url: str = ""

    async def all_closed(self) -> None:
        """Wait until no connection is open; a test bounds this in time."""
        await self._none_open.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self._none_open.clear()
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), reader, writer)
        finally:
            self.open.discard(writer)
            if not self.open:
                self._none_open.set()

    def script(self) -> Sequence[Any] | Refusal:
        """Return the answer to the last request."""
        return self.scripts[min(len(self.requests), len(self.scripts)) - 1]

    async def _answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        lines = [line.partition(":") for line in head.split("\r\n")]
        length = next(int(value) for name, _, value in lines if name.lower() == "content-length")
        self.heads.append(head)
        self.requests.append(json.loads(await reader.readexactly(length)))
        script = self.script()
        if script and not isinstance(script, Refusal) and script[0] == SILENT:
            await self._stall(reader)
        if isinstance(script, Refusal):
            is_page = isinstance(script.body, str)
            body = (str(script.body) if is_page else json.dumps(script.body)).encode()
            kind = "text/html" if is_page else "application/json"
            extra = "".join(f"{name}: {value}\r\n" for name, value in script.headers.items())
            writer.write(
                f"HTTP/1.1 {script.status} No\r\ncontent-type: {kind}\r\n{extra}"
                f"content-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            return
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        await self._play(script, reader, writer)
        if "/chat/completions" in head.split("\r\n", 1)[0]:
            await self._send("data: [DONE]\n\n", writer)
        writer.write(b"0\r\n\r\n")

    async def _play(
        self, script: Sequence[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        at = len(self.sent)
        self.sent.append(0)
        for item in script:
            if item == BREAK:
                writer.close()
                raise ConnectionError
            if item == STALL:
                await self._stall(reader)
            if item == END:
                writer.write(b"0\r\n\r\n")
                raise ConnectionError
            line = item if isinstance(item, str) else f"data: {json.dumps(item)}\n\n"
            await self._send(line, writer)
            self.sent[at] += 1

    async def _stall(self, reader: asyncio.StreamReader) -> NoReturn:
        """Wait until the client goes away."""
        self.stalled.set()
        try:
            await reader.read(1)
        finally:
            self.gone.set()
        raise ConnectionError

    async def _send(self, line: str, writer: asyncio.StreamWriter) -> None:
        data = line.encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def fake_provider(*scripts: Sequence[Any] | Refusal) -> AsyncIterator[FakeProvider]:
    """Serve ``scripts`` in turn, the last one again and again."""
    provider = FakeProvider(list(scripts))
    async with listening(provider.serve) as port:
        provider.url = f"http://127.0.0.1:{port}/v1"
        yield provider
