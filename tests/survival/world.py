"""The world of the runs: a model that plays a seeded script, and a server that counts effects.

Both are over HTTP in the test's process, and outlive every executor.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.executor.fake_provider import call, chunk, finish, text, usage
from tests.loopback import listening

WORD = "word "


@dataclass(frozen=True)
class Script:
    """What the model does in a run: ``steps`` answers with ``calls`` each, then one without.

    ``words`` are the pieces of text in an answer, with ``gap_s`` before each; an effect takes
    ``work_s``.
    """

    name: str
    seed: int
    steps: int = 2
    calls: int = 2
    words: int = 4
    gap_s: float = 0.01
    work_s: float = 0.02

    def message(self) -> str:
        """Return the user's message, by which the model knows the script."""
        return json.dumps(vars(self))

    @staticmethod
    def of(messages: list[dict[str, Any]]) -> Script:
        """Return the script that a conversation's latest user message names."""
        said = [each["content"] for each in messages if each["role"] == "user"][-1]
        words = said if isinstance(said, str) else said[0]["text"]
        return Script(**json.loads(words))

    def effects(self, step: int) -> list[str]:
        """Return the names of the effects that an answer asks for, from step 0."""
        if step >= self.steps:
            return []
        calls = random.Random(f"{self.seed}-{step}").randint(1, self.calls)
        return [f"{self.name}.{step}.{number}" for number in range(calls)]

    def all_effects(self) -> set[str]:
        """Return the names of all effects."""
        return {effect for step in range(self.steps) for effect in self.effects(step)}


@dataclass(eq=False)
class World:
    """What the model was asked, and what was done."""

    counts: Counter[str] = field(default_factory=Counter)
    keys: dict[str, set[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    model_url: str = ""
    counter_url: str = ""
    counter_host: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the model's API on one connection."""
        while request := await _request(reader):
            body = json.loads(request[1])
            script = Script.of(body["messages"])
            step = _answered(body["messages"])
            self.asked[f"{script.name}.{step}"] += 1
            head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            writer.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
            for piece in _pieces(script, step):
                await asyncio.sleep(script.gap_s)
                await _send(f"data: {json.dumps(piece)}\n\n", writer)
            await _send("data: [DONE]\n\n", writer)
            writer.write(b"0\r\n\r\n")

    async def count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the counter on one connection: an effect is counted when it was asked for."""
        while request := await _request(reader):
            kind, _, effect = request[0].split()[1].strip("/").partition("/")
            key = request[1].decode()
            known = self.keys.setdefault(effect, set())
            if kind == "once" or key not in known:
                self.counts[effect] += 1
            known.add(key)
            await asyncio.sleep(0.02)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()


def _answered(messages: list[dict[str, Any]]) -> int:
    """Return how many answers the model has given to the latest user message."""
    last = max(at for at, each in enumerate(messages) if each["role"] == "user")
    return sum(each["role"] == "assistant" for each in messages[last:])


def _pieces(script: Script, step: int) -> list[dict[str, Any]]:
    effects = script.effects(step)
    calls = [
        call(at, f"c{step}-{at}", "once", json.dumps({"effect": effect}))
        for at, effect in enumerate(effects)
    ]
    said = [text(WORD), *[chunk({"content": WORD}) for _ in range(script.words - 1)]]
    ends = [finish("tool_calls" if calls else "stop"), usage(10, script.words)]
    return [*said, *calls, *ends]


async def _request(reader: asyncio.StreamReader) -> tuple[str, bytes] | None:
    """Return the request line and the body of the next request; None when there is none."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    lines = head.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return lines[0], await reader.readexactly(int(fields.get("content-length", "0")))


async def _send(line: str, writer: asyncio.StreamWriter) -> None:
    data = line.encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Serve the model and the counter."""
    made = World()
    async with listening(made.answer) as model, listening(made.count) as counter:
        made.model_url = f"http://127.0.0.1:{model}/v1"
        made.counter_host = f"127.0.0.1:{counter}"
        made.counter_url = f"http://{made.counter_host}"
        yield made
