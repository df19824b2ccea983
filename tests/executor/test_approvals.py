"""Runs that wait for a person, or for a tool of the client, and go on with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.executor.agent.resumed import Resumed
from services.executor.agent.run import AgentRun
from services.executor.agent.scripted import ScriptedRunner
from services.executor.agent.state import RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.agent.waiting import (
    Approved,
    ClientError,
    ClientOutput,
    Denied,
    Expired,
    InputAnswer,
    Suspended,
)
from services.executor.call_rules import ApprovalRule, ClientTool
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import ToolMessage
from services.executor.domain import (
    InlineBundle,
    JsonText,
    ToolSpec,
)
from services.executor.errors import RequestError
from services.executor.events import (
    RunEvent,
    ToolInputAvailable,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.lifecycle_events import (
    InputAnswered,
    InputKind,
    InputOutcome,
    InputRequired,
    ToolOutputDenied,
)
from services.executor.run_request import RunRequest
from tests.executor.builders import (
    ADD_SCHEMA,
    Stage,
    add,
    calls,
    kinds,
    of_kind,
    says,
    stage,
    tool,
)

BOTH = calls(("c1", "add", '{"a": 1, "b": 2}'), ("c2", "pay", '{"a": 3, "b": 4}'))
ONE = calls(("c1", "pay", '{"a": 3, "b": 4}'))
PAY = replace(tool("pay", ADD_SCHEMA), needs_approval=True)


@dataclass
class Waiting:
    """A run that is started again with each answer, as another process would."""

    stage: Stage
    request: RunRequest
    events: list[RunEvent] = field(default_factory=list)
    state: RunState | None = None
    suspended: Suspended | None = None

    async def go(self, answers: Mapping[str, InputAnswer] | None = None) -> list[RunEvent]:
        """Run as far as it goes, from its recorded state; return the new events."""
        plan = await self.stage.planner().plan(self.request, OWN_PROCESS)
        state = None if self.state is None else from_text(to_text(self.state))
        run = AgentRun(plan, self.stage.parts(), state=state)
        resumed = None
        if state is not None:
            last = self.events[-1].sequence
            resumed = Resumed(last, has_started=True, has_begun=True, answers=answers or {})
        before = len(self.events)
        async for batch in run.batches(_no_turn, resumed):
            self.state = batch.state or self.state
            self.suspended = batch.suspended
            batch.written()
            self.events += batch.events
        return self.events[before:]

    @property
    def inputs(self) -> list[InputRequired]:
        """All that was waited for so far."""
        return of_kind(self.events, InputRequired)

    def told(self) -> list[str]:
        """What the last query tells the model of its calls."""
        messages = self.stage.model.queries[-1].messages
        return [each.text for each in messages if isinstance(each, ToolMessage)]


async def _no_turn(plan: object) -> None:
    return None


def scene(*scripts: Any, tools: tuple[ToolSpec, ...] = (PAY,), **request: Any) -> Waiting:
    """A run with these answers of the model, on tools that add."""
    runner = ScriptedRunner({each.key: add for each in (*tools, tool("add"))})
    made = stage(*scripts, tools=tools, runner=runner)
    return Waiting(made, RunRequest(InlineBundle(b""), "Hello", **request))


async def test_calls_that_need_nobody_run_first() -> None:
    run = scene(BOTH, says("Done."), tools=(tool("add", ADD_SCHEMA), PAY))
    events = await run.go()
    assert [each.tool for each in run.stage.runner.calls] == ["add"]
    (asked,) = run.inputs
    assert (asked.kind, asked.call_id, asked.tool) == (InputKind.APPROVAL, "c2", "pay")
    assert asked.input == {"a": 3, "b": 4}
    assert asked.schema == ADD_SCHEMA
    assert kinds(events)[-1] == "InputRequired"
    assert run.suspended is not None
    assert [each.input_id for each in run.suspended.inputs] == [asked.input_id]
    assert run.stage.runner.opened == run.stage.runner.closed


async def test_approved_call_is_made_once_and_the_step_goes_on() -> None:
    run = scene(BOTH, says("Done."), tools=(tool("add", ADD_SCHEMA), PAY))
    await run.go()
    events = await run.go({run.inputs[0].input_id: Approved()})
    assert of_kind(events, InputAnswered) == [
        InputAnswered(run.inputs[0].input_id, InputOutcome.APPROVED)
    ]
    assert [(each.tool, each.approved) for each in run.stage.runner.calls] == [
        ("add", False),
        ("pay", True),
    ]
    assert run.told() == ['{"sum": 3}', '{"sum": 7}']
    assert kinds(events)[-1] == "Finish"


async def test_without_an_answer_it_waits_on_and_tells_nothing() -> None:
    run = scene(ONE, says("Done."))
    await run.go()
    assert await run.go() == []
    assert run.suspended is not None
    assert len(run.inputs) == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "text"),
    [
        (Denied("Too much."), InputOutcome.DENIED, "Too much."),
        (Denied(), InputOutcome.DENIED, "Tool call execution denied."),
        (Expired(), InputOutcome.EXPIRED, "Nobody answered in time."),
    ],
)
async def test_model_is_told_why_a_call_was_denied(
    answer: InputAnswer, outcome: InputOutcome, text: str
) -> None:
    run = scene(ONE, says("Sorry."))
    await run.go()
    events = await run.go({run.inputs[0].input_id: answer})
    assert of_kind(events, InputAnswered)[0].outcome is outcome
    assert of_kind(events, ToolOutputDenied) == [ToolOutputDenied("c1", text)]
    assert run.told() == [text]
    assert run.stage.runner.calls == []
    (effect,) = run.state.effects if run.state is not None else ()
    assert effect.outcome is ToolOutcome.NOT_STARTED


async def test_edited_input_is_checked_and_stands_in_the_conversation() -> None:
    run = scene(ONE, says("Done."))
    await run.go()
    events = await run.go({run.inputs[0].input_id: Approved('{"a": 1, "b": 1}')})
    assert of_kind(events, InputAnswered)[0].outcome is InputOutcome.EDITED
    assert of_kind(events, ToolInputAvailable) == [
        ToolInputAvailable("c1", "pay", {"a": 1, "b": 1})
    ]
    assert run.told() == ['{"sum": 2}']
    (asked, *_) = (each for each in run.stage.model.queries[-1].messages if hasattr(each, "calls"))
    assert asked.calls[0].input_text == '{"a": 1, "b": 1}'


async def test_edited_input_of_no_use_is_a_denial() -> None:
    run = scene(ONE, says("Sorry."))
    await run.go()
    events = await run.go({run.inputs[0].input_id: Approved('{"a": "one"}')})
    assert of_kind(events, InputAnswered)[0].outcome is InputOutcome.DENIED
    assert run.stage.runner.calls == []
    assert run.told()[0].startswith("It was approved with another input, which cannot be used:")


async def test_answer_of_another_kind_counts_for_nothing() -> None:
    run = scene(ONE, says("Done."))
    await run.go()
    await run.go({run.inputs[0].input_id: ClientOutput(JsonText("1")), "other": Approved()})
    assert run.suspended is not None
    assert run.stage.runner.calls == []


async def test_one_of_two_answers_lets_the_other_wait_on() -> None:
    two = calls(("c1", "pay", '{"a": 1, "b": 1}'), ("c2", "pay", '{"a": 2, "b": 2}'))
    run = scene(two, says("Done."))
    await run.go()
    first, second = run.inputs
    await run.go({first.input_id: Approved()})
    assert run.suspended is not None
    assert [each.input_id for each in run.suspended.inputs] == [second.input_id]
    assert len(run.inputs) == 2
    await run.go({second.input_id: Denied("No.")})
    assert run.told() == ['{"sum": 2}', "No."]


async def test_sandbox_says_in_the_call_that_a_person_is_needed() -> None:
    gated = replace(
        tool("pay", ADD_SCHEMA), needs_approval=True, approval_asked=True, gates=("needsApproval",)
    )
    run = scene(ONE, says("Done."), tools=(gated,))
    run.stage.runner.unapproved = {"pay"}
    await run.go()
    assert len(run.inputs) == 1
    state = run.state
    assert state is not None
    assert state.pending[0].outcome is ToolOutcome.NOT_STARTED
    await run.go({run.inputs[0].input_id: Approved()})
    assert [each.approved for each in run.stage.runner.calls] == [False, True]
    assert run.told() == ['{"sum": 7}']


RULES = {
    "by name": (ApprovalRule("pay"), True),
    "of all": (ApprovalRule("*"), True),
    "of another": (ApprovalRule("add"), False),
    "input fits": (ApprovalRule("pay", {"properties": {"a": {"minimum": 3}}}), True),
    "input does not fit": (ApprovalRule("pay", {"properties": {"a": {"minimum": 4}}}), False),
}


@pytest.mark.parametrize(("rule", "waits"), RULES.values(), ids=RULES)
async def test_requests_say_which_calls_wait(rule: ApprovalRule, waits: bool) -> None:
    run = scene(ONE, says("Done."), tools=(tool("pay", ADD_SCHEMA),), approvals=(rule,))
    await run.go()
    assert (run.suspended is not None) == waits
    if waits:
        assert run.inputs[0].reason == "A rule of the request asks for it."


async def test_the_shortest_time_of_all_who_ask_counts() -> None:
    rules = (ApprovalRule("*", timeout_s=60.0), ApprovalRule("pay", timeout_s=5.0))
    run = scene(ONE, says("Done."), approvals=rules)
    await run.go()
    assert run.inputs[0].expires_ns == run.stage.clock.now_ns() + 5_000_000_000
    assert run.inputs[0].reason == "The bundle asks for it. A rule of the request asks for it."


async def test_rule_whose_schema_cannot_be_used_refuses_the_run() -> None:
    run = scene(approvals=(ApprovalRule("pay", {"type": "nothing"}),))
    with pytest.raises(RequestError, match=r"The approval rule \[0\]: its schema"):
        await run.go()


CLIENT = ClientTool("locate", "Where the user is.", {"type": "object"})
LOCATE = calls(("c1", "locate", "{}"))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (ClientOutput(JsonText('{"city": "Oslo"}')), '{"city": "Oslo"}'),
        (ClientOutput(JsonText('"Oslo"')), "Oslo"),
        (ClientError("It is off."), "Error (THROWN): It is off."),
        (Denied("Not now."), "Not now."),
    ],
)
async def test_client_answers_the_calls_of_its_tools(answer: InputAnswer, text: str) -> None:
    run = scene(LOCATE, says("Done."), client_tools=(CLIENT,))
    await run.go()
    assert [each.key for each in run.stage.model.queries[0].tools] == ["pay", "locate"]
    assert run.inputs[0].kind is InputKind.TOOL_RESULT
    events = await run.go({run.inputs[0].input_id: answer})
    assert run.told() == [text]
    assert run.stage.runner.calls == []
    ends = (ToolOutputAvailable, ToolOutputError, ToolOutputDenied)
    assert sum(len(of_kind(events, kind)) for kind in ends) == 1


async def test_client_tool_that_is_approved_then_waits_for_its_result() -> None:
    run = scene(LOCATE, says("Done."), client_tools=(CLIENT,), approvals=(ApprovalRule("locate"),))
    await run.go()
    await run.go({run.inputs[0].input_id: Approved()})
    assert [each.kind for each in run.inputs] == [InputKind.APPROVAL, InputKind.TOOL_RESULT]
    await run.go({run.inputs[1].input_id: ClientOutput(JsonText("1"))})
    assert run.told() == ["1"]


async def test_client_tool_may_not_have_the_key_of_another() -> None:
    run = scene(client_tools=(replace(CLIENT, name="pay"),))
    with pytest.raises(RequestError, match='The agent has a tool "pay" already'):
        await run.go()


async def test_client_tool_without_a_usable_schema_refuses_the_run() -> None:
    run = scene(client_tools=(replace(CLIENT, input_schema={"type": "nothing"}),))
    with pytest.raises(RequestError, match='The tool "locate" of the client cannot be used'):
        await run.go()


async def test_wall_time_pauses_while_a_run_waits() -> None:
    run = scene(ONE, says("Done."))
    await run.go()
    run.stage.clock.seconds += 10_000.0
    events = await run.go({run.inputs[0].input_id: Approved()})
    assert kinds(events)[-1] == "Finish"
