"""The RPCs of recorded runs: what they answer, refuse, and stream to many subscribers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1.message_pb2 import JsonValue
from services.cli.client.wire import refusal_of_error
from services.executor import events
from services.executor.agent.scripted import HeldClock
from services.executor.clients import client_of
from services.executor.conversation import SessionKey
from services.executor.lifecycle_events import InputKind
from services.executor.runs.answer_wire import from_answer_request
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import RunStatus
from tests.runs.recorded import OWNER, new_input, new_run, record
from tests.runs.replicas import ABORT, FINISH, Made, Served, replica_of

LONG_S = 60.0


async def refusal(call: Awaitable[Any]) -> tuple[str, str]:
    """Return code and reason with which a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    told = refusal_of_error(error.value)
    return told.code, told.reason


async def test_run_is_shown_as_it_goes_on() -> None:
    journal = MemoryJournal(HeldClock(seconds=7.0))
    async with replica_of(journal) as served:
        run = Made(journal)
        session = SessionKey("user", "chat")
        await run.create(session=session, request_id="mine")
        asked = pb.GetRunRequest(run_id="run_1")
        going = (await served.stub.GetRun(asked)).run
        assert going.state == run_event_pb2.RUN_STATE_RUNNING
        shown = (going.session_id, going.resource_id, going.request_id, going.agent)
        assert shown == ("chat", "user", "mine", "weather")
        assert (going.create_time.seconds, going.HasField("end_time")) == (7, False)
        await run.say(events.TextDelta("t", "Hello"), FINISH)
        ended = (await served.stub.GetRun(asked)).run
        assert (ended.state, ended.last_sequence) == (run_event_pb2.RUN_STATE_COMPLETED, 2)
        assert (ended.end_time.seconds, ended.ended.effects.steps) == (7, 1)


async def test_runs_are_listed_in_pages_bound_to_their_question() -> None:
    clock = HeldClock()
    journal = MemoryJournal(clock)
    async with replica_of(journal) as served:
        for number in range(7):
            clock.seconds = float(number // 2)  # two each were created at the same time
            await journal.create(new_run(f"run_{number}"), OWNER)
        await record(journal, "run_3", [b""], end=RunStatus.FAILED)
        found, token = list[str](), ""
        while True:
            request = pb.ListRunsRequest(page_size=2, page_token=token)
            page = await served.stub.ListRuns(request)
            found += [run.run_id[-1] for run in page.runs]
            token = page.next_page_token or token
            if not page.next_page_token:
                break
        assert "".join(found) == "6543210"
        failed = pb.ListRunsRequest(states=[run_event_pb2.RUN_STATE_FAILED])
        page = await served.stub.ListRuns(failed)
        assert [run.run_id for run in page.runs] == ["run_3"]
        other = pb.ListRunsRequest(session_id="chat", page_token=token)
        assert await refusal(served.stub.ListRuns(other)) == (
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
        )


async def test_requests_that_cannot_be_are_refused() -> None:
    async with replica_of(MemoryJournal(HeldClock())) as served:
        stub = served.stub
        for call in (
            stub.GetRun(pb.GetRunRequest()),
            stub.GetRun(pb.GetRunRequest(run_id="a b")),
            stub.CancelRun(pb.CancelRunRequest(run_id="x" * 129)),
            stub.ListRuns(pb.ListRunsRequest(states=[99])),  # type: ignore[list-item]
            stub.ListRuns(pb.ListRunsRequest(states=[1] * 17)),  # type: ignore[list-item]
            stub.ListRuns(pb.ListRunsRequest(page_size=-1)),
            stub.ListRuns(pb.ListRunsRequest(resource_id="x" * 129)),
            stub.ListInputs(pb.ListInputsRequest(page_token="nonsense")),
            stub.AnswerInput(pb.AnswerInputRequest(run_id="run_1", input_id="inp_1")),
        ):
            assert await refusal(call) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
        unknown = ("NOT_FOUND", "RUN_NOT_FOUND")
        assert await refusal(stub.GetRun(pb.GetRunRequest(run_id="run_9"))) == unknown
        assert await refusal(stub.DeleteRun(pb.DeleteRunRequest(run_id="run_9"))) == unknown


async def test_cancel_reaches_the_run_and_may_be_repeated() -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as here, replica_of(journal) as elsewhere:
        run = Made(journal, tails=here.replica.tails)
        await run.create()
        request = pb.CancelRunRequest(run_id="run_1")
        await elsewhere.stub.CancelRun(request)
        await here.stub.CancelRun(request)
        assert here.replica.stopped == ["run_1"]
        assert await journal.cancels(OWNER) == [("run_1", "cancelled")]
        await run.say(ABORT)
        again = (await elsewhere.stub.CancelRun(request)).run
        assert again.state == run_event_pb2.RUN_STATE_ABORTED
        assert again.ended.abort.reason == "Somebody asked for it."
        await here.stub.DeleteRun(pb.DeleteRunRequest(run_id="run_1"))


async def test_reads_and_cancels_need_no_slot_for_runs() -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        await Made(journal).create()
        admission = served.replica.admission
        client = client_of("ipv4:10.1.1.1:1")
        with admission.room(client, admission.runs, 50 * 1024 * 1024):
            assert not admission.runs.slots.take(client_of("ipv4:10.1.1.2:1"))
            await served.stub.GetRun(pb.GetRunRequest(run_id="run_1"))
            await served.stub.ListRuns(pb.ListRunsRequest())
            await served.stub.CancelRun(pb.CancelRunRequest(run_id="run_1"))
            call = served.stub.SubscribeRun(pb.SubscribeRunRequest(run_id="run_1"))
            reading = asyncio.ensure_future(call.read())
            await Made(journal, log=[]).say(FINISH)
            assert (await reading).event.sequence == 1


async def test_inputs_are_listed_and_answered() -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        await Made(journal).create()
        inputs = [new_input(f"inp_{n}", InputKind.TOOL_RESULT) for n in range(5)]
        await record(journal, "run_1", status=RunStatus.WAITING, inputs=inputs)
        found, token = list[str](), ""
        while True:
            request = pb.ListInputsRequest(page_size=2, page_token=token)
            page = await served.stub.ListInputs(request)
            found += [each.run_id for each in page.inputs]
            token = page.next_page_token
            if not token:
                break
        assert found == ["run_1"] * 5
        long = JsonValue(json_text='"' + "x" * 500_000 + '"')
        answer = pb.AnswerInputRequest(
            run_id="run_1", input_id="inp_0", request_id="a", result={"output": long}
        )
        await served.stub.AnswerInput(answer)
        await served.stub.AnswerInput(answer)
        answer.request_id = "b"
        closed = ("FAILED_PRECONDITION", "INPUT_CLOSED")
        assert await refusal(served.stub.AnswerInput(answer)) == closed
        (kept, *_) = await journal.answers("run_1")
        assert kept.answer is not None
        assert pb.AnswerInputRequest.FromString(kept.answer).result.output == long


@pytest.mark.parametrize(
    "wrong",
    [
        pb.AnswerInputRequest(deny={"reason": "x" * 5000}),
        pb.AnswerInputRequest(result={}),
        pb.AnswerInputRequest(result={"error_text": "x" * 70_000}),
        pb.AnswerInputRequest(approve={"edited_input": {"json_text": "{"}}),
        pb.AnswerInputRequest(approve={"edited_input": {"json_text": '"' + "x" * 2**20 + '"'}}),
        pb.AnswerInputRequest(request_id="a b", deny={}),
    ],
)
def test_answers_are_bounded(wrong: pb.AnswerInputRequest) -> None:
    wrong.run_id, wrong.input_id = "run_1", "inp_1"
    with pytest.raises(Exception, match="not valid"):
        from_answer_request(wrong.SerializeToString())


async def test_silent_run_sends_heartbeats() -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal, heartbeat_s=0.05) as served:
        await Made(journal).create()
        call = served.stub.SubscribeRun(pb.SubscribeRunRequest(run_id="run_1"))
        assert [(await call.read()).HasField("heartbeat") for _ in range(2)] == [True, True]
        call.cancel()


async def test_stalled_subscriber_is_cut_and_the_run_goes_on() -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal, stall_s=1.0) as served:
        run = Made(journal, tails=served.replica.tails)
        await run.create()
        call = served.stub.SubscribeRun(pb.SubscribeRunRequest(run_id="run_1"))
        reads = asyncio.ensure_future(served.watched("run_1"))
        for _ in range(300):
            await run.say(events.TextDelta("t", "x" * 100_000))
            await asyncio.sleep(0)
        await run.say(FINISH)
        assert await reads == run.log
        while "1 subscribers" in repr(served.replica.tails):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        with pytest.raises(grpc.aio.AioRpcError, match="The run itself goes on"):
            async for _ in call:
                pass


async def follow(number: int, replicas: tuple[Served, Served], run_id: str) -> list[bytes]:
    """Return what a subscriber got, who may be slow, and may come again elsewhere."""
    seed, got = random.Random(number), list[bytes]()
    while True:
        stub = seed.choice(replicas).stub
        call = stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id, after_sequence=len(got)))
        async for each in call:
            got.append(each.SerializeToString())
            if each.event.HasField("run_ended"):
                return got
            if number % 3 == 1:
                await asyncio.sleep(seed.random() * 0.02)
            if number % 5 == 2 and seed.random() < 0.05:
                call.cancel()
                break


async def test_fifty_subscribers_on_two_replicas_get_the_same_bytes() -> None:
    journal = MemoryJournal(HeldClock())
    async with (
        asyncio.timeout(LONG_S),
        replica_of(journal) as here,
        replica_of(journal) as elsewhere,
    ):
        run, seed = Made(journal, tails=here.replica.tails), random.Random(5)
        await run.create()
        both = (here, elsewhere)
        watching = [asyncio.create_task(follow(n, both, "run_1")) for n in range(50)]
        for _ in range(100):
            size = seed.choice((1, 10, 10, 3000))
            await run.say(*[events.TextDelta("t", "x" * size)] * seed.randrange(1, 4))
            await asyncio.sleep(seed.random() * 0.01)
        await run.say(FINISH)
        got = await asyncio.gather(*watching, follow(0, both, "run_1"))
    assert all(each == run.log for each in got)
