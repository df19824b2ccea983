"""Recorded runs, as the executor reports them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client.clients import open_channel
from services.cli.client.refusals import refused
from services.cli.client.run_wire import detached_request
from services.cli.client.shown import message_line
from services.cli.client.wire import Event, ending_of, refusal_of
from services.cli.domain import RunEvent, RunRequest

PREFIX: Final = "RUN_STATE_"
STATES: Final = tuple(
    name.removeprefix(PREFIX).lower()
    for name, number in run_event_pb2.RunState.items()
    if number != run_event_pb2.RUN_STATE_UNSPECIFIED
)
# A watched run may outlive its executor: how long to wait before each try to find another one.
AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class ShownRun:
    """A run as a person sees it; ``line`` is the same as one line of proto3 JSON.

    ``took_s`` and ``ending`` are None while it goes on; ``error`` is why it failed.
    """

    run_id: str
    state: str
    agent: str
    deployed: str
    bundle: str
    session_id: str
    resource_id: str
    created: str
    events: int
    took_s: float | None
    ending: RunEvent | None
    error: str
    line: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.ending is not None


@dataclass(frozen=True)
class Wanted:
    """Which runs to list; what is empty is not asked."""

    session_id: str = ""
    resource_id: str = ""
    states: tuple[str, ...] = ()


async def create_run(address: str, request: RunRequest) -> ShownRun:
    """Begin a run that goes on by itself; raises CliError."""
    async with open_channel(address) as channel:
        asked = detached_request(request, f"cli-{secrets.token_hex(8)}")
        created = await ExecutorServiceStub(channel).CreateRun(asked)
        return _run(created.run)


async def runs_of(address: str, wanted: Wanted) -> AsyncGenerator[ShownRun, None]:
    """Yield runs, the latest first; raises CliError."""
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)
        request = pb.ListRunsRequest(
            session_id=wanted.session_id,
            resource_id=wanted.resource_id,
            states=[f"{PREFIX}{state.upper()}" for state in wanted.states],
        )
        while True:
            page = await stub.ListRuns(request)
            for run in page.runs:
                yield _run(run)
            request.page_token = page.next_page_token
            if not request.page_token:
                return


async def run_of(address: str, run_id: str) -> ShownRun:
    """Return a run; raises CliError."""
    async with open_channel(address) as channel:
        found = await ExecutorServiceStub(channel).GetRun(pb.GetRunRequest(run_id=run_id))
        return _run(found.run)


async def cancel_run(address: str, run_id: str) -> ShownRun:
    """Stop a run; return it as it is then; raises CliError."""
    async with open_channel(address) as channel:
        found = await ExecutorServiceStub(channel).CancelRun(pb.CancelRunRequest(run_id=run_id))
        return _run(found.run)


async def delete_run(address: str, run_id: str) -> None:
    """Delete a run; raises CliError."""
    async with open_channel(address) as channel:
        await ExecutorServiceStub(channel).DeleteRun(pb.DeleteRunRequest(run_id=run_id))


async def events_of(address: str, run_id: str, after: int) -> AsyncGenerator[Event, None]:
    """Yield the events of a run after a sequence, to its end; leaving early ends the watching only.

    A connection that is lost is made again, and goes on where it was.

    Raises:
        CliError: the run is unknown or has failed, or nobody answers any more.
    """
    tries, known = 0, False
    while True:
        async with open_channel(address) as channel:
            request = pb.SubscribeRunRequest(run_id=run_id, after_sequence=after)
            call = ExecutorServiceStub(channel).SubscribeRun(request)
            try:
                async for response in call:
                    tries, known = 0, True
                    if response.HasField("event"):
                        after = response.event.sequence
                        yield response.event
                        _raise_failure(response.event, address)
                return
            except grpc.aio.AioRpcError as error:
                is_lost = error.code() is grpc.StatusCode.UNAVAILABLE
                if not (is_lost and known and tries < len(AGAIN_S)):
                    raise
            finally:
                call.cancel()
        await asyncio.sleep(AGAIN_S[tries])
        tries += 1


def _raise_failure(event: Event, address: str) -> None:
    """Raise the CliError of a run that failed, as its own RPC would."""
    if event.HasField("run_ended") and event.run_ended.HasField("error"):
        raise refused(refusal_of(event.run_ended.error), address)


def _run(run: run_pb2.Run) -> ShownRun:
    ended = run.HasField("ended")
    took_ns = run.end_time.ToNanoseconds() - run.create_time.ToNanoseconds()
    return ShownRun(
        run_id=run.run_id,
        state=run_event_pb2.RunState.Name(run.state).removeprefix(PREFIX).lower(),
        agent=run.agent,
        deployed=run.deployed,
        bundle=run.bundle_digest,
        session_id=run.session_id,
        resource_id=run.resource_id,
        created=_time(run.create_time),
        events=run.last_sequence,
        took_s=took_ns / 1e9 if ended else None,
        ending=ending_of(run.ended) if ended else None,
        error=refusal_of(run.ended.error).message if run.ended.HasField("error") else "",
        line=message_line(run),
    )


def _time(stamp: Timestamp) -> str:
    local = datetime.fromtimestamp(stamp.seconds, UTC).astimezone()
    return local.strftime("%Y-%m-%d %H:%M:%S")
