"""A request's own id, by which it joins its run; and what becomes of runs without their client."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.executor.agent.deltas import TextPiece
from tests.executor.builders import says, stage
from tests.executor.other_hosts import channel_from
from tests.executor.scripted_server import scripted
from tests.executor.served import Client, Started, finish

LONGEST = "!" + "~" * 127


async def begun(client: Client, request_id: str) -> Started:
    """A run that has the model's answer before it."""
    call = client.start(request_id=request_id)
    async for event in call:
        if event.HasField("text_delta"):
            return call
    raise AssertionError(call.details())


@pytest.mark.parametrize("request_id", ["", "a", LONGEST])
async def test_the_id_is_told_back(request_id: str) -> None:
    async with scripted(stage(says("ok"))) as client:
        outcome = await client.run(request_id=request_id)
    assert outcome.text == "ok"
    assert outcome.events[0].run_started.request_id == request_id


@pytest.mark.parametrize("request_id", ["a b", "\u00e9", "a\n", " ", LONGEST + "x"])
async def test_an_id_that_is_none_is_refused(request_id: str) -> None:
    async with scripted(stage()) as client:
        outcome = await client.run(request_id=request_id)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    violations = outcome.detail(error_details_pb2.BadRequest()).field_violations
    assert [each.field for each in violations] == ["request_id"]


async def test_the_same_request_joins_its_run_and_another_is_refused() -> None:
    held = asyncio.Event()
    scene = stage([TextPiece("Hel"), held, *says("lo")], says("another"))
    async with scripted(scene) as client:
        call = await begun(client, "one")
        joined = asyncio.create_task(client.run(request_id="one"))
        refused = await client.run("Something else", request_id="one")
        assert refused.code is grpc.StatusCode.ALREADY_EXISTS
        assert (refused.reason, refused.events) == ("REQUEST_ID_IN_USE", [])
        assert (await client.run(request_id="two")).text == "another"
        held.set()
        assert (await finish(call)).text == "lo"
        whole = await joined
        assert whole.text == "Hello"
        assert [event.sequence for event in whole.events] == [
            *range(1, whole.events[-1].sequence + 1)
        ]
        again = await client.run(request_id="one")  # it has ended, and is shown once more
        assert again.events == whole.events


async def test_a_client_blocks_no_id_of_another_host() -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()], says("mine"))
    async with scripted(scene) as client:
        call = await begun(client, "one")
        async with channel_from("127.0.0.2", client.address) as channel:
            other = Client(ExecutorServiceStub(channel), channel, client.address)
            assert (await other.run(request_id="one")).text == "mine"
        async with channel_from("127.0.0.1", client.address) as channel:
            again = Client(ExecutorServiceStub(channel), channel, client.address)
            refused = await again.run("Something else", request_id="one")
            assert refused.code is grpc.StatusCode.ALREADY_EXISTS
        call.cancel()


@pytest.mark.parametrize(
    ("way", "taken"),
    [
        (pb.ON_DISCONNECT_UNSPECIFIED, True),
        (pb.ON_DISCONNECT_CANCEL, True),
        (pb.ON_DISCONNECT_CONTINUE, True),
        (99, False),
    ],
)
async def test_what_happens_on_a_disconnect_is_known_or_refused(way: Any, taken: bool) -> None:
    spec = RunSpec(bundle=BundleSource(inline=b"x"), message="Hello")
    request = pb.ExecuteAgentRequest(spec=spec, on_disconnect=way)
    async with scripted(stage(says("ok"))) as client:
        outcome = await finish(Started(client.stub.ExecuteAgent(request)))
    assert (outcome.text == "ok") is taken
    if not taken:
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "CANCEL or CONTINUE" in outcome.message


async def test_a_run_that_may_goes_on_without_its_client() -> None:
    held = asyncio.Event()
    scene = stage([TextPiece("Hel"), held, *says("lo")])
    spec = RunSpec(bundle=BundleSource(inline=b"x"), message="Hello")
    request = pb.ExecuteAgentRequest(spec=spec, on_disconnect=pb.ON_DISCONNECT_CONTINUE)
    async with scripted(scene) as client:
        call = client.stub.ExecuteAgent(request)
        run_id = ""
        async for response in call:
            run_id = response.event.run_id
            if response.event.HasField("text_delta"):
                break
        call.cancel()
        held.set()
        asked = pb.SubscribeRunRequest(run_id=run_id)
        events = [each.event async for each in client.stub.SubscribeRun(asked)]
    assert events[-1].run_ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert "".join(event.text_delta.delta for event in events) == "Hello"
