"""Runs that wait, in every journal: raced, expired, edited, answered again, and after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.cli.client.wire import refusal_of_error
from services.executor.adapters.system import SystemClock
from services.executor.runs.ports import Answered, Journal
from services.executor.runs.rows import Entry, RunStatus
from services.executor.runs.runtime import RunKeeping
from tests.executor.builders import Stage, calls, says, stage
from tests.executor.scripted_server import scripted
from tests.executor.served import Client
from tests.runs.journals import memory, postgres, sealed, sqlite
from tests.runs.recorded import new_input, new_run
from tests.runs.watched import CALL, WAIT_S, created, json_value, reason_of, scene, watching

Open = Callable[[], AbstractAsyncContextManager[Journal]]
HOUR_S = 3600.0
SHARED = RunKeeping(lease_s=1.0, alone=False)
ALONE = RunKeeping(lease_s=1.0)
RACES = 8
AGAIN = calls(("c2", "pay", '{"a": 3, "b": 4}'))


@pytest.fixture(params=[memory, sealed, sqlite, postgres], ids=lambda made: made.__name__)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """What opens a journal; one with a database opens the same each time."""
    url = ""
    if request.param is postgres:
        url = cast("str", request.getfixturevalue("postgres_url"))
    return partial(request.param, tmp_path, lambda: url)


kept = pytest.mark.parametrize("opened", [sealed, sqlite, postgres], indirect=True)
shared = pytest.mark.parametrize("opened", [postgres], indirect=True)


@asynccontextmanager
async def executor(made: Stage, opened: Open, keeping: RunKeeping = ALONE) -> AsyncIterator[Client]:
    """Serve a stage's runs by a journal that is this executor's own connection."""
    async with opened() as journal, scripted(made, journal, keeping=keeping) as client:
        yield client


@shared
async def test_two_executors_get_answers_at_once(opened: Open) -> None:
    """One counts, the other is refused, and the run goes on once, wherever it is claimed."""
    made = scene(*[CALL, says("Done.")] * RACES)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        clients = [await enter(executor(made, opened, SHARED)) for _ in range(2)]
        for number in range(RACES):
            run_id = await created(clients[number % 2])
            async with watching(clients[(number + 1) // 2 % 2], run_id) as run:
                wanted = await run.wanted()
                inputs = [{"a": number, "b": at} for at in range(2)]
                edited = [pb.Approve(edited_input=json_value(each)) for each in inputs]
                answers = [
                    run.answer(wanted.input_id, client, approve=approve)
                    for client, approve in zip(clients, edited, strict=True)
                ]
                told = await asyncio.gather(*answers, return_exceptions=True)
                (refused,) = (each for each in told if isinstance(each, grpc.aio.AioRpcError))
                assert refusal_of_error(refused).reason == "INPUT_CLOSED"
                ended = await run.end()
            assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
            assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_EDITED]
            assert run.resumed() == 1
            counted = inputs[told.index(None)]
            assert [json.loads(each.input_json) for each in made.runner.calls[number:]] == [counted]


class SkewedClock(SystemClock):
    """The clock of an executor that is not right."""

    def __init__(self, off_s: float) -> None:
        self._off_s = off_s

    def now_ns(self) -> int:
        return super().now_ns() + int(self._off_s * 10**9)


def rule(seconds: float) -> run_pb2.ApprovalRule:
    """A rule that lets calls wait for so long."""
    made = run_pb2.ApprovalRule(tool="pay")
    made.timeout.FromMilliseconds(int(seconds * 1000))
    return made


@pytest.mark.parametrize("off_s", [-HOUR_S, 0.0, HOUR_S])
async def test_expiry_goes_by_the_clock_of_the_database(opened: Open, off_s: float) -> None:
    made = scene(CALL, says("Sorry."), CALL, says("Done."), approves=False)
    clock = SkewedClock(off_s)
    async with opened() as journal, scripted(made, journal, clock, ALONE) as client:
        run_id = await created(client, approvals=[rule(0.05)])
        async with watching(client, run_id) as run:
            ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_EXPIRED]
        assert run.resumed() == 1
        assert made.runner.calls == []
        denied = [e.tool_output_denied for e in run.events if e.HasField("tool_output_denied")]
        assert [each.reason for each in denied] == ["Nobody answered in time."]
        late = run.answer(run.asked()[0].input_id, approve=pb.Approve())
        assert await reason_of(late) == "INPUT_NOT_FOUND"
        run_id = await created(client, approvals=[rule(HOUR_S / 2)])
        async with watching(client, run_id) as run:
            wanted = await run.wanted()
            await run.answer(wanted.input_id, approve=pb.Approve())
            await run.end()
        assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_APPROVED]
        assert len(made.runner.calls) == 1


async def test_input_that_expires_leaves_the_others_of_its_step(opened: Open) -> None:
    both = calls(("c1", "pay", '{"a": 1, "b": 1}'), ("c2", "pay", '{"a": 2, "b": 2}'))
    made = scene(both, says("Done."), approves=False)
    small = rule(0.05)
    small.input_schema.CopyFrom(json_value({"properties": {"a": {"maximum": 1}}}))
    large = rule(HOUR_S)
    large.input_schema.CopyFrom(json_value({"properties": {"a": {"minimum": 2}}}))
    async with executor(made, opened) as client:
        async with watching(client, await created(client, approvals=[small, large])) as run:
            async with asyncio.timeout(WAIT_S):
                while not run.outcomes():  # noqa: ASYNC110 - another task reads the events
                    await asyncio.sleep(0.01)
            await run.wanted(2)
            other = next(each for each in run.asked() if each.tool_call_id == "c2")
            await run.answer(other.input_id, approve=pb.Approve())
            ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        expired, approved = (
            run_event_pb2.INPUT_OUTCOME_EXPIRED,
            run_event_pb2.INPUT_OUTCOME_APPROVED,
        )
        assert run.outcomes() == [expired, approved]
        assert run.resumed() == 2
        assert [json.loads(each.input_json) for each in made.runner.calls] == [{"a": 2, "b": 2}]


async def test_answer_counts_once_and_for_its_input_alone(opened: Open) -> None:
    made = scene(CALL, AGAIN, says("Done."))
    async with executor(made, opened) as client:
        async with watching(client, await created(client)) as run:
            first = (await run.wanted()).input_id
            misfit = pb.Approve(edited_input=json_value({"a": "one"}))
            assert await reason_of(run.answer(first, approve=misfit)) == "INVALID_REQUEST"
            await run.wanted()  # it waits on
            edited = pb.Approve(edited_input=json_value({"a": 1, "b": 1}))
            await run.answer(first, approve=edited, request_id="mine")
            second = (await run.wanted(2)).input_id
            assert second != first
            await run.answer(first, approve=edited, request_id="mine")
            others = (
                {"approve": edited, "request_id": "yours"},
                {"approve": edited},
                {"approve": pb.Approve(), "request_id": "mine"},
                {"deny": pb.Deny(), "request_id": "mine"},
            )
            for other in others:
                assert await reason_of(run.answer(first, **other)) == "INPUT_CLOSED"
            await run.wanted(2)  # the second call is the same one, and still needs an answer
            assert len(made.runner.calls) == 1
            await run.answer(second, deny=pb.Deny(reason="Once is enough."))
            await run.end()
            await run.answer(first, approve=edited, request_id="mine")
        assert [json.loads(each.input_json) for each in made.runner.calls] == [{"a": 1, "b": 1}]
        edited_once, denied = run_event_pb2.INPUT_OUTCOME_EDITED, run_event_pb2.INPUT_OUTCOME_DENIED
        assert run.outcomes() == [edited_once, denied]


async def test_runs_of_another_tenant_are_not_there(opened: Open) -> None:
    """Clients have one tenant today; the journal keeps them apart."""
    async with opened() as journal, scripted(scene(), journal, keeping=SHARED) as client:
        await journal.beat("other")
        await journal.create(new_run("run_other", tenant="other"), "other")
        waits = Entry(
            "run_other", 1, 1, [b""], status=RunStatus.WAITING, inputs=[new_input("input_other")]
        )
        assert not (await journal.write("other", [waits])).lost
        listed = await client.stub.ListInputs(pb.ListInputsRequest())
        assert not listed.inputs
        asked = pb.ListInputsRequest(run_id="run_other")
        assert await reason_of(client.stub.ListInputs(asked)) == "RUN_NOT_FOUND"
        for input_id in ("input_other", "none"):
            given = pb.AnswerInputRequest(
                run_id="run_other", input_id=input_id, approve=pb.Approve()
            )
            assert await reason_of(client.stub.AnswerInput(given)) == "RUN_NOT_FOUND"
        (row,) = await journal.answers("run_other")
        assert row.answer is None
        found = await journal.run("run_other", "other")
        assert found is not None
        assert found.status is RunStatus.WAITING


@kept
async def test_waiting_run_is_answered_after_a_restart(opened: Open) -> None:
    made = scene(CALL, says("Done."))
    async with executor(made, opened) as client:
        run_id = await created(client)
        async with watching(client, run_id) as run:
            wanted = await run.wanted()
    async with executor(made, opened) as client:
        listed = await client.stub.ListInputs(pb.ListInputsRequest())
        assert [each.required.input_id for each in listed.inputs] == [wanted.input_id]
        assert made.runner.calls == []
        async with watching(client, run_id) as run:
            await run.answer(wanted.input_id, approve=pb.Approve())
            ended = await run.end()
    assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_APPROVED]
    assert [event.sequence for event in run.events] == list(range(1, len(run.events) + 1))
    assert [each.tool for each in made.runner.calls] == ["pay"]


@kept
async def test_result_of_a_client_counts_while_no_executor_runs(opened: Open) -> None:
    """The database has the answer; whoever starts next goes on with it."""
    locate = run_pb2.ClientTool(name="locate", description="Where.", input_schema=json_value({}))
    made = stage(calls(("c1", "locate", "{}")), says("Oslo."))
    async with executor(made, opened) as client:
        run_id = await created(client, client_tools=[locate])
        async with watching(client, run_id) as run:
            input_id = (await run.wanted()).input_id
    async with opened() as journal:
        result = pb.ClientResult(output=json_value("Oslo"))
        given = pb.AnswerInputRequest(run_id=run_id, input_id=input_id, result=result)
        answer = given.SerializeToString()
        assert await journal.answer(run_id, "", input_id, "", answer) is Answered.ACCEPTED
    async with executor(made, opened) as client, watching(client, run_id) as run:
        ended = await run.end()
    assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert made.model.queries[1].messages[-1].text == "Oslo"
    assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_RESULT]


MANY, AT_ONCE = 40, 4


async def test_more_runs_wait_than_may_run_at_once(opened: Open) -> None:
    """They hold nothing: no slot, no sandbox, no task."""
    made = scene(*[CALL] * MANY, *[says("Done.")] * MANY)
    async with executor(made, opened, replace(ALONE, most=AT_ONCE)) as client:
        waiting = {}
        for _ in range(MANY):
            run_id = await created(client)
            async with watching(client, run_id) as run:
                waiting[run_id] = (await run.wanted()).input_id
        assert made.runner.opened == made.runner.closed
        listed = await client.stub.ListInputs(pb.ListInputsRequest())
        assert {each.run_id: each.required.input_id for each in listed.inputs} == waiting
        for run_id, input_id in waiting.items():
            approve = pb.Approve()
            await client.stub.AnswerInput(
                pb.AnswerInputRequest(run_id=run_id, input_id=input_id, approve=approve)
            )
        for run_id in waiting:
            async with watching(client, run_id) as run:
                ended = await run.end()
                assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert len(made.runner.calls) == MANY


@kept
async def test_input_that_expired_while_no_executor_ran_is_denied(opened: Open) -> None:
    made = scene(CALL, says("Sorry."), approves=False)
    async with executor(made, opened, replace(ALONE, lease_s=60.0)) as client:  # looks too seldom
        run_id = await created(client, approvals=[rule(0.3)])
        async with watching(client, run_id) as run:
            await run.wanted()
    async with executor(made, opened) as client, watching(client, run_id) as run:
        ended = await run.end()
    assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_EXPIRED]
    assert made.runner.calls == []


@kept
async def test_interrupt_after_a_restart_ends_the_run_that_waits(opened: Open) -> None:
    made = scene(CALL, says("Hello."))
    session = {"session_id": "ses", "session_policy": run_pb2.SESSION_POLICY_INTERRUPT}
    async with executor(made, opened) as client:
        waiting = await created(client, **session)
        async with watching(client, waiting) as run:
            wanted = await run.wanted()
    async with executor(made, opened) as client:
        next_one = await created(client, **session)
        async with watching(client, waiting) as run, watching(client, next_one) as then:
            ended, other = await run.end(), await then.end()
        assert ended.state == run_event_pb2.RUN_STATE_ABORTED
        assert ended.abort.cause == run_event_pb2.ABORT_CAUSE_INTERRUPTED
        assert other.state == run_event_pb2.RUN_STATE_COMPLETED
        late = run.answer(wanted.input_id, approve=pb.Approve())
        assert await reason_of(late) == "INPUT_NOT_FOUND"
        assert not (await client.stub.ListInputs(pb.ListInputsRequest())).inputs
    (effect,) = ended.effects.tool_calls
    assert effect.outcome == run_event_pb2.TOOL_OUTCOME_NOT_STARTED
    assert made.runner.calls == []
