"""Schemas that cost much, and inputs for them; and a loop that is watched."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.executor.adapters.schema_pool import SchemaPool
from services.executor.domain import Json, JsonObject

FOLDED = r"(?i)\p{L}{150}|z"
TREE: JsonObject = {
    "type": "object",
    "properties": {"tree": {"$ref": "#/$defs/e"}},
    "required": ["tree"],
    "$defs": {
        "e": {
            "oneOf": [
                {"type": "number"},
                {
                    "type": "object",
                    "properties": {
                        "op": {"const": "+"},
                        "l": {"$ref": "#/$defs/e"},
                        "r": {"$ref": "#/$defs/e"},
                    },
                    "required": ["op", "l", "r"],
                },
                {
                    "type": "object",
                    "properties": {"op": {"const": "neg"}, "l": {"$ref": "#/$defs/e"}},
                    "required": ["op", "l"],
                },
            ]
        }
    },
}


def tree(depth: int, leaf: Json) -> Json:
    """An input for ``TREE``; a leaf that is no number makes it wrong."""
    found = leaf
    for _ in range(depth):
        found = {"op": "+", "l": found, "r": 1}
    return {"tree": found}


def doubling(depth: int, keyword: str = "anyOf") -> JsonObject:
    """Each definition refers twice to the next: two to the power of ``depth`` when written out."""
    next_: list[Json] = [{"$ref": f"#/$defs/d{i + 1}"} for i in range(depth)]
    definitions: JsonObject = {f"d{i}": {keyword: [next_[i], next_[i]]} for i in range(depth)}
    definitions[f"d{depth}"] = {"type": "string"}
    return {"type": "object", "$defs": definitions, "properties": {"x": {"$ref": "#/$defs/d0"}}}


def unevaluated(depth: int) -> JsonObject:
    """A small schema that looks at a value again and again: three to the power of ``depth``."""
    definitions: JsonObject = {
        f"d{i}": {
            "anyOf": [{"$ref": f"#/$defs/d{i + 1}"}, {"properties": {"q": {}}}],
            "unevaluatedProperties": False,
        }
        for i in range(depth)
    }
    definitions[f"d{depth}"] = {"properties": {"a": {}}}
    return {"type": "object", "$defs": definitions, "$ref": "#/$defs/d0"}


ENDLESS = unevaluated(40)
ENDLESS_INPUT = '{"a": 1}'


@dataclass
class Lag:
    """The most that the loop was kept busy in one go.

    It counts what this process computes, all threads together, so that a busy machine does not
    show.
    """

    worst_s: float = 0.0


@asynccontextmanager
async def watched_loop() -> AsyncIterator[Lag]:
    """Watch the loop."""
    lag = Lag()

    async def watch() -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0.002)
            lag.worst_s = max(lag.worst_s, time.process_time() - before)

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    try:
        yield lag
        await asyncio.sleep(0.01)
    finally:
        task.cancel()


@asynccontextmanager
async def pool(timeout_s: float = 20.0, **parts: int) -> AsyncIterator[SchemaPool]:
    """A pool that leaves no process behind."""
    made = SchemaPool(1, timeout_s, **parts)
    try:
        yield made
    finally:
        await made.close()
        assert check_processes() == []


def check_processes() -> list[int]:
    """The children of this process that check by schemas, or are zombies."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == os.getpid() and (b"check_worker" in command or status[0] == "Z"):
            found.append(int(entry.name))
    return found


def resident_bytes(pid: int | str = "self") -> int:
    """The memory of a process that is in use, of this one by default."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
