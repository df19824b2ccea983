"""Runs of the real loop, and what a page shows of them."""

from __future__ import annotations

from typing import Any

from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor.events import AbortCause
from services.executor.wire.events import to_response
from tests.executor.builders import ADD_SCHEMA, Stage, tool
from tests.ui_stream.reader import Read, Reader, body_of, parts_of

ADD = tool("add", ADD_SCHEMA)
SHOWN = ("type", "state", "toolName", "input", "output", "errorText", "text", "data")


async def events_of(scene: Stage, **request: Any) -> list[ExecuteAgentResponse]:
    return [to_response(event) for event in await scene.run(**request)]


async def read(scene: Stage, reader: Reader, version: int, **request: Any) -> Read:
    """Run to the end, and have the AI SDK read what happened."""
    return checked(await events_of(scene, **request), reader, version)


def checked(events: list[ExecuteAgentResponse], reader: Reader, version: int) -> Read:
    """Read the events; every part passes the AI SDK's check, and its two readers agree."""
    parts = parts_of(events)
    seen = reader.read(version, body_of(parts))
    assert seen.chunks == parts
    if seen.assembled is not None:
        assert seen.messages[-1] == seen.assembled
    return seen


def shown(seen: Read) -> list[dict[str, Any]]:
    """What a page shows of the answer's parts."""
    return [
        {key: part[key] for key in SHOWN if part.get(key) is not None}
        for part in seen.message["parts"]
    ]


def called(state: str, **what: Any) -> dict[str, Any]:
    return {"type": "dynamic-tool", "state": state, "toolName": "add", **what}


STEP = {"type": "step-start"}


async def stopped(
    scene: Stage, cause: AbortCause, at: str, **request: Any
) -> list[ExecuteAgentResponse]:
    """Run, and abort at the first event of a kind."""
    run = await scene.start(**request)
    seen = []
    async for event in run.events():
        seen.append(to_response(event))
        if seen[-1].event.WhichOneof("event") == at:
            run.abort(cause)
    return seen
