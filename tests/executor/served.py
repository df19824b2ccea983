"""An executor on loopback, and a client that reads what it says."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import message_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_event_pb2 import RunEnded, RunEvent
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1.session_service_pb2_grpc import SessionServiceStub
from services.executor.agent.scripted import FixedBundles
from services.executor.domain import Bundle
from services.executor.server import running_server
from services.executor.settings import Settings
from tests.executor.builders import agent, bundle

NO_RUNNER = "127.0.0.1:9"


@dataclass
class Outcome:
    """All that a client saw of one run."""

    events: list[RunEvent] = field(default_factory=list)
    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""
    status: status_pb2.Status = field(default_factory=status_pb2.Status)

    @property
    def kinds(self) -> list[str]:
        """What happened; the end is told as ``finish``, ``abort`` or ``error``."""
        return [kind_of(event) for event in self.events]

    @property
    def ended(self) -> RunEnded:
        return self.events[-1].run_ended

    @property
    def text(self) -> str:
        return "".join(event.text_delta.delta for event in self.events)

    @property
    def reason(self) -> str:
        return str(self.detail(error_details_pb2.ErrorInfo()).reason)

    def detail(self, message: Any) -> Any:
        """The detail of the status that has the type of ``message``."""
        found = [item for item in self.status.details if item.Is(message.DESCRIPTOR)]
        assert len(found) == 1, f"{len(found)} details of that type"
        found[0].Unpack(message)
        return message


def kind_of(event: RunEvent) -> str:
    """The kind of an event; that of the last one is the way in which the run ended."""
    kind = event.WhichOneof("event")
    return str(event.run_ended.WhichOneof("detail") if kind == "run_ended" else kind)


class Started:
    """A run that was begun: its events, without heartbeats, and all that a gRPC call has."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._responses = aiter(call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def __aiter__(self) -> Started:
        return self

    async def __anext__(self) -> RunEvent:
        async for response in self._responses:
            if response.HasField("event"):
                event: RunEvent = response.event
                return event
        raise StopAsyncIteration


def json_value(value: Any) -> message_pb2.JsonValue:
    """A JSON value as a request carries it."""
    return message_pb2.JsonValue(json_text=json.dumps(value))


def user(*parts: message_pb2.Part) -> message_pb2.Messages:
    """One message of a user, made of these parts."""
    said = message_pb2.Message(role=message_pb2.ROLE_USER, parts=parts)
    return message_pb2.Messages(messages=[said])


@dataclass
class Client:
    """A client of one executor."""

    stub: Any
    channel: grpc.aio.Channel
    address: str

    @property
    def sessions(self) -> Any:
        """A stub of the service of sessions."""
        stub: Any = SessionServiceStub(self.channel)
        return stub

    def start(
        self,
        message: str = "Hello",
        timeout_s: float | None = None,
        request_id: str = "",
        **spec: Any,
    ) -> Started:
        """Begin a run."""
        spec.setdefault("bundle", BundleSource(inline=b"fixed"))
        if "messages" not in spec:
            spec["message"] = message
        wanted = pb.ExecuteAgentRequest(spec=RunSpec(**spec), request_id=request_id)
        return Started(self.stub.ExecuteAgent(wanted, timeout=timeout_s))

    async def run(self, message: str = "Hello", **request: Any) -> Outcome:
        """Run to the end."""
        return await finish(self.start(message, **request))


async def answered(client: Client, run: Any, *, approves: bool) -> AsyncGenerator[Any, None]:
    """Yield the events of a run, whose calls that wait for a person are approved or denied."""
    async for event in run:
        yield event
        if event.HasField("input_required"):
            answer = pb.AnswerInputRequest(
                run_id=event.run_id,
                input_id=event.input_required.input_id,
                approve=pb.Approve() if approves else None,
                deny=None if approves else pb.Deny(),
            )
            await client.stub.AnswerInput(answer)


async def finish(call: Any) -> Outcome:
    """Read what is left of a run."""
    outcome = Outcome()
    try:
        async for event in call:
            outcome.events.append(event)
    except grpc.aio.AioRpcError as error:
        outcome.code, outcome.message = error.code(), error.details() or ""
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        outcome.status = status_pb2.Status.FromString(bytes(packed))
    return outcome


@asynccontextmanager
async def served(
    what: Bundle | FixedBundles | None = None, **settings: Any
) -> AsyncIterator[Client]:
    """Serve ``what`` for every bundle that is asked for."""
    bundles = what if isinstance(what, FixedBundles) else FixedBundles(what or bundle(agent()))
    chosen = {"address": "127.0.0.1:0", "toolrunner": NO_RUNNER, **settings}
    async with (
        running_server(Settings(**chosen), bundles) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield Client(ExecutorServiceStub(channel), channel, address)
