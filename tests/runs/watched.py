"""Runs that wait, over gRPC: begun, watched and answered by clients of one executor or another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from caisson.executor.v1.message_pb2 import JsonValue
from services.cli.client.wire import refusal_of_error
from services.executor.agent.scripted import ScriptedRunner
from tests.executor.builders import ADD_SCHEMA, Stage, add, calls, stage, tool
from tests.executor.scripted_server import scripted
from tests.executor.served import Client

WAIT_S = 30.0
CALL = calls(("c1", "pay", '{"a": 3, "b": 4}'))
PAY = replace(tool("pay", ADD_SCHEMA), needs_approval=True)


@dataclass
class Watched:
    """A run that goes on by itself, and its events so far."""

    client: Client
    run_id: str
    events: list[run_event_pb2.RunEvent]
    reading: asyncio.Task[None]

    async def wanted(self, number: int = 1) -> run_event_pb2.InputRequired:
        """What it waits for, once it waits for so much; its status says the same."""
        asked = pb.GetRunRequest(run_id=self.run_id)
        async with asyncio.timeout(WAIT_S):
            while True:
                found = self.asked()
                run = (await self.client.stub.GetRun(asked)).run
                if len(found) == number and run.state == run_event_pb2.RUN_STATE_WAITING:
                    return found[-1]
                await asyncio.sleep(0.01)

    async def answer(self, input_id: str, at: Client | None = None, **answer: Any) -> None:
        """Answer what it waits for, at another executor if one is given."""
        request = pb.AnswerInputRequest(run_id=self.run_id, input_id=input_id, **answer)
        await (at or self.client).stub.AnswerInput(request)

    async def end(self) -> run_event_pb2.RunEnded:
        """How it ends."""
        async with asyncio.timeout(WAIT_S):
            await self.reading
        return self.events[-1].run_ended

    def asked(self) -> list[run_event_pb2.InputRequired]:
        """What it has waited for."""
        return [e.input_required for e in self.events if e.HasField("input_required")]

    def outcomes(self) -> list[int]:
        """What became of the inputs."""
        return [e.input_answered.outcome for e in self.events if e.HasField("input_answered")]

    def resumed(self) -> int:
        """How often it went on."""
        return sum(event.HasField("run_resumed") for event in self.events)


@asynccontextmanager
async def watched(scene: Stage, **spec: Any) -> AsyncIterator[Watched]:
    """Begin a run of a stage, and read its events."""
    async with scripted(scene) as client, watching(client, await created(client, **spec)) as run:
        yield run


async def created(client: Client, **spec: Any) -> str:
    """Begin a run; return its id."""
    bundle = run_pb2.BundleSource(inline=b"x")
    asked = run_pb2.RunSpec(bundle=bundle, message="Hello", **spec)
    run_id: str = (await client.stub.CreateRun(pb.CreateRunRequest(spec=asked))).run.run_id
    return run_id


@asynccontextmanager
async def watching(client: Client, run_id: str) -> AsyncIterator[Watched]:
    """Read the events of a run from the first one."""
    events: list[run_event_pb2.RunEvent] = []

    async def read() -> None:
        async for response in client.stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id)):
            if response.HasField("event"):
                events.append(response.event)  # noqa: PERF401 - read while it grows

    task = asyncio.create_task(read())
    try:
        yield Watched(client, run_id, events, task)
    finally:
        task.cancel()


def scene(*scripts: Any, approves: bool = True) -> Stage:
    """A stage with a tool that a person must approve."""
    runner = ScriptedRunner({"pay": add})
    return stage(*scripts, tools=[PAY if approves else tool("pay", ADD_SCHEMA)], runner=runner)


def json_value(value: object) -> JsonValue:
    """A value of a request."""
    return JsonValue(json_text=json.dumps(value))


async def reason_of(call: Awaitable[Any]) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return refusal_of_error(error.value).reason
