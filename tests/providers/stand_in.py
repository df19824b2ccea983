"""One server on loopback for all providers, which speaks and refuses as each by its facts.

A provider is the first segment of a URL's path, so that each has a base URL of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote

from tests.executor.provider_forms import Spoken
from tests.loopback import listening
from tests.providers.chat_facts import CHAT
from tests.providers.chat_form import chat_events
from tests.providers.converse_form import converse_frames, frame
from tests.providers.facts import KEY, Facts, Form, Refusal, Stop
from tests.providers.own_facts import OWN
from tests.providers.own_forms import (
    anthropic_events,
    cohere_events,
    gemini_events,
    named,
    responses_events,
)
from tests.providers.requests_taken import problems

PROVIDERS = {facts.name: facts for facts in (*OWN, *CHAT)}
WRITERS: dict[Form, Callable[[Facts, Spoken, Stop], Sequence[str | bytes]]] = {
    Form.CHAT: chat_events,
    Form.RESPONSES: responses_events,
    Form.ANTHROPIC: anthropic_events,
    Form.GEMINI: gemini_events,
    Form.CONVERSE: converse_frames,
    Form.COHERE: cohere_events,
}
Piece: TypeAlias = str | bytes


def pieces_of(facts: Facts, spoken: Spoken, stop: Stop) -> Sequence[Piece]:
    """Return an answer as its provider streams it."""
    return WRITERS[facts.form](facts, spoken, stop)


def broken_piece(facts: Facts) -> Piece:
    """Return the error that a provider sends within a stream."""
    if facts.form is Form.CONVERSE:
        ((name, body),) = facts.breaks.items()
        return frame(name, body)
    if "type" in facts.breaks and facts.form is not Form.CHAT:
        return named(iter([facts.breaks]))[0]
    return f"data: {json.dumps(facts.breaks)}\n\n"


@dataclass(eq=False)
class StandIn:
    """The server; ``answers`` are what each provider says next, ``requests`` what it was asked."""

    answers: dict[str, list[Sequence[Piece] | Refusal]] = field(default_factory=dict)
    requests: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    url: str = ""

    def base(self, facts: Facts) -> str:
        """Return the base URL that a deployment sets."""
        return f"{self.url}/{facts.name}{facts.base}"

    def says(self, facts: Facts, *answers: Sequence[Piece] | Refusal) -> None:
        """Let a provider say this, and forget what it was asked."""
        self.answers[facts.name] = [*answers]
        self.requests[facts.name] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            lines = [line.partition(":") for line in head.split("\r\n")]
            headers = {name.lower(): value.strip() for name, _, value in lines}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            path = unquote(head.split(" ", 2)[1].partition("?")[0])
            name = path.split("/")[1]
            facts = PROVIDERS[name]
            self.requests[name].append(body)
            found = [*_wrong(facts, path.removeprefix(f"/{name}"), headers, body)]
            answer = self.answers[name].pop(0)
            if found:
                answer = Refusal(400, {"error": {"message": "; ".join(found), "code": 400}})
            await _write(writer, facts, answer)


def _wrong(facts: Facts, path: str, headers: dict[str, str], body: dict[str, Any]) -> Iterator[str]:
    if path != facts.path:
        yield f"no such path: {path}"
    name, _, before = facts.header.partition(": ")
    if name and headers.get(name) != f"{before}{KEY}":
        yield f"no key in {name}"
    if not name and "authorization" in headers and KEY in headers["authorization"]:
        yield "another provider's key"
    yield from problems(facts, body)


async def _write(
    writer: asyncio.StreamWriter, facts: Facts, answer: Sequence[Piece] | Refusal
) -> None:
    if isinstance(answer, Refusal):
        body = json.dumps(answer.body).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} No\r\ncontent-type: application/json\r\n{more}"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        return
    kind = "vnd.amazon.eventstream" if facts.form is Form.CONVERSE else "text/event-stream"
    family = "application/" if facts.form is Form.CONVERSE else ""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {family}{kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    for piece in answer:
        data = piece if isinstance(piece, bytes) else piece.encode()
        if data:
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
    writer.write(b"0\r\n\r\n")


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """Serve until the end of the block."""
    server = StandIn()
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server
