"""Runs that wait, over gRPC: answered once, by whoever is first, and for one call alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.cli.client.wire import refusal_of_error
from services.executor.agent.deltas import TextPiece
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent.state import NOT_STARTED
from services.executor.agent_parts import AgentLink
from tests.executor.builders import (
    add,
    agent,
    bundle,
    calls,
    says,
    stage,
)
from tests.executor.scripted_server import scripted
from tests.runs.watched import CALL, PAY, json_value, reason_of, scene, watched


async def test_approved_run_goes_on_to_its_end() -> None:
    made = scene(CALL, says("Done."))
    async with watched(made) as run:
        wanted = await run.wanted()
        assert (wanted.tool_name, wanted.kind) == ("pay", run_event_pb2.INPUT_KIND_APPROVAL)
        assert made.runner.opened == made.runner.closed
        listed = await run.client.stub.ListInputs(pb.ListInputsRequest(run_id=run.run_id))
        assert [each.required.input_id for each in listed.inputs] == [wanted.input_id]
        await run.answer(wanted.input_id, approve=pb.Approve())
        ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        assert [each.tool for each in made.runner.calls] == ["pay"]
        assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_APPROVED]
        assert [event.sequence for event in run.events] == list(range(1, len(run.events) + 1))
        listed = await run.client.stub.ListInputs(pb.ListInputsRequest(run_id=run.run_id))
        assert not listed.inputs


async def test_first_of_two_answers_counts_and_the_other_is_told() -> None:
    async with watched(scene(CALL, says("Done."))) as run:
        wanted = await run.wanted()
        deny = run.answer(wanted.input_id, deny=pb.Deny(reason="No."))
        answers = (run.answer(wanted.input_id, approve=pb.Approve()), deny)
        told = await asyncio.gather(*answers, return_exceptions=True)
        refused = [each for each in told if isinstance(each, grpc.aio.AioRpcError)]
        assert [refusal_of_error(each).reason for each in refused] == ["INPUT_CLOSED"]
        await run.end()
        assert len(run.outcomes()) == 1


async def test_denial_tells_the_model_why() -> None:
    made = scene(CALL, says("Sorry."))
    async with watched(made) as run:
        await run.answer((await run.wanted()).input_id, deny=pb.Deny(reason="Too much."))
        await run.end()
        assert made.runner.calls == []
        denied = [e.tool_output_denied for e in run.events if e.HasField("tool_output_denied")]
        assert [each.reason for each in denied] == ["Too much."]


async def test_edited_input_must_fit_before_it_counts() -> None:
    made = scene(CALL, says("Done."))
    async with watched(made) as run:
        input_id = (await run.wanted()).input_id
        misfit = pb.Approve(edited_input=json_value({"a": "one"}))
        assert await reason_of(run.answer(input_id, approve=misfit)) == "INVALID_REQUEST"
        fitting = pb.Approve(edited_input=json_value({"a": 1, "b": 1}))
        await run.answer(input_id, approve=fitting)
        await run.end()
        assert json.loads(made.runner.calls[0].input_json) == {"a": 1, "b": 1}
        assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_EDITED]


async def test_nobody_answers_in_time() -> None:
    rule = run_pb2.ApprovalRule(tool="pay")
    rule.timeout.FromMilliseconds(50)
    made = scene(CALL, says("Sorry."), approves=False)
    async with watched(made, approvals=[rule]) as run:
        ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        assert run.outcomes() == [run_event_pb2.INPUT_OUTCOME_EXPIRED]
        assert made.runner.calls == []


async def test_client_runs_a_tool_of_its_own() -> None:
    locate = run_pb2.ClientTool(name="locate", description="Where.", input_schema=json_value({}))
    made = stage(calls(("c1", "locate", "{}")), says("Oslo."))
    async with watched(made, client_tools=[locate]) as run:
        wanted = await run.wanted()
        assert wanted.kind == run_event_pb2.INPUT_KIND_TOOL_RESULT
        approve = run.answer(wanted.input_id, approve=pb.Approve())
        assert await reason_of(approve) == "INVALID_REQUEST"
        await run.answer(wanted.input_id, result=pb.ClientResult(output=json_value("Oslo")))
        ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        assert made.model.queries[1].messages[-1].text == "Oslo"


async def test_waiting_run_that_is_cancelled_makes_no_call() -> None:
    made = scene(CALL)
    async with watched(made) as run:
        await run.wanted()
        await run.client.stub.CancelRun(pb.CancelRunRequest(run_id=run.run_id))
        ended = await run.end()
        assert ended.state == run_event_pb2.RUN_STATE_ABORTED
        (effect,) = ended.effects.tool_calls
        assert effect.outcome == run_event_pb2.TOOL_OUTCOME_NOT_STARTED
        assert made.runner.calls == []


async def test_session_keeps_what_a_cancelled_run_has_said_before_it_waited() -> None:
    made = scene(CALL, says("Hello again."))
    async with watched(made, session_id="s") as run:
        await run.wanted()
        await run.client.stub.CancelRun(pb.CancelRunRequest(run_id=run.run_id))
        ended = await run.end()
        assert ended.effects.session_saved
        assert not any(event.HasField("run_resumed") for event in run.events)
        next_one = await run.client.run("And now?", session_id="s")
        assert next_one.text == "Hello again.", next_one.message
        said = made.model.queries[1].messages
        assert [type(each).__name__ for each in said] == [
            "UserMessage",
            "AssistantMessage",
            "ToolMessage",
            "UserMessage",
        ]
        assert said[2].text == NOT_STARTED


async def test_session_goes_on_with_the_agent_that_a_cancelled_run_was_handed_to() -> None:
    link = AgentLink("main.handoffs[0]", "Billing", "transfer_to_Billing", "Hands over.")
    billing = replace(agent(PAY, key=link.agent, system="Bill."), name="Billing", inner=True)
    first = replace(agent(), handoffs=(link,))
    over = calls(("h1", "transfer_to_Billing", "{}"))
    made = stage(
        *(over, CALL, says("Hello again.")),
        bundles=FixedBundles(bundle(first, billing)),
        runner=ScriptedRunner({"pay": add}),
    )
    async with watched(made, session_id="s") as run:
        await run.wanted()
        await run.client.stub.CancelRun(pb.CancelRunRequest(run_id=run.run_id))
        ended = await run.end()
        assert ended.effects.session_saved
        assert list(made.sessions.speakers.values()) == [link.agent]


@pytest.mark.parametrize("is_approved", [False, True])
async def test_run_that_waits_ends_with_its_client(is_approved: bool) -> None:
    """Also once it has gone on, by an answer."""
    made = scene(CALL, [TextPiece("Hel"), asyncio.Event()])
    async with scripted(made) as client:
        spec = run_pb2.RunSpec(bundle=run_pb2.BundleSource(inline=b"x"), message="Hello")
        call = client.stub.ExecuteAgent(pb.ExecuteAgentRequest(spec=spec))
        run_id, last = "", "text_delta" if is_approved else "input_required"
        async with asyncio.timeout(30.0):
            async for response in call:
                event = response.event
                run_id = event.run_id
                if event.WhichOneof("event") == last:
                    break
                if event.HasField("input_required"):
                    input_id = event.input_required.input_id
                    answer = pb.AnswerInputRequest(run_id=run_id, input_id=input_id)
                    answer.approve.SetInParent()
                    await client.stub.AnswerInput(answer)
            call.cancel()
            watched_run = client.stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id))
            events = [each.event async for each in watched_run if each.HasField("event")]
        ended = events[-1].run_ended
        assert ended.abort.cause == run_event_pb2.ABORT_CAUSE_CLIENT_CANCELLED
        assert len(made.runner.calls) == is_approved
