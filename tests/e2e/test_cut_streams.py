"""A provider's stream that is cut at any chunk of a run with tools is reported truthfully."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_event_pb2
from tests.e2e.pair import BUNDLE, pair
from tests.executor.fake_provider import BREAK, END, FakeProvider
from tests.executor.provider_forms import FORMS, Call, Form, Spoken
from tests.executor.served import Client, Outcome
from tests.repeats import some

WORDS = ("Let ", "me ", "add.")
ANSWER = ("They ", "are ", "3 ", "and ", "7.")
INPUTS = {"c1": '{"a": 1, "b": 2}', "c2": '{"a": 3, "b": 4}'}
CALLING = Spoken(
    words=WORDS,
    calls=(
        Call("c1", "add", ('{"a"', ": 1, ", '"b": 2}')),
        Call("c2", "add", ('{"a": 3,', ' "b": 4}')),
    ),
)
ANSWERING = Spoken(words=ANSWER)
RETURNED = run_event_pb2.TOOL_OUTCOME_RETURNED


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_cut_stream_is_reported_truthfully(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling, answering = form.chunks(CALLING), form.chunks(ANSWERING)
    async with pair([], model_retry_first_wait_s=0.001) as (client, model):
        for name, value in form.environment(model.url).items():
            monkeypatch.setenv(name, value)
        for cut in (BREAK, END):
            for at in some(range(len(calling)), every=2):
                broken = [*calling[:at], cut]
                again = [answering] if says_its_end(form, broken) else [calling, answering]
                check(await run(client, model, form, [broken, *again]), whole_steps=0)
            for at in some(range(len(answering)), every=2):
                broken = [*answering[:at], cut]
                check(await run(client, model, form, [calling, broken, answering]), whole_steps=1)


def says_its_end(form: Form, chunks: Sequence[Any]) -> bool:
    """Tell whether the finish reason is among the chunks: then the answer is whole."""
    reasons = {"openai": "'finish_reason': 'tool_calls'", "anthropic": '"stop_reason": "tool_use"'}
    return reasons.get(form.name, "'finishReason': 'STOP'") in str(chunks)


async def run(client: Client, model: FakeProvider, form: Form, scripts: Sequence[Any]) -> Outcome:
    model.scripts[:] = list(scripts)
    model.requests.clear()
    return await client.run("1 + 2, 3 + 4?", bundle=BUNDLE, agent="calculator", model=form.model)


def check(outcome: Outcome, whole_steps: int) -> None:
    """The run is complete, with nothing doubled, or failed with nothing invented."""
    kind, effects = outcome.kinds[-1], outcome.ended.effects
    assert sum(item in {"finish", "abort", "error"} for item in outcome.kinds) == 1
    everything = "".join(WORDS) + "".join(ANSWER)
    outputs: list[Any] = [
        event.tool_output_available.output.value.struct_value["sum"]
        for event in outcome.events
        if event.HasField("tool_output_available")
    ]
    if kind == "finish":
        assert outcome.code is grpc.StatusCode.OK
        assert outcome.text == everything
        assert sorted(outputs) == [3, 7]
    else:
        assert kind == "error"
        assert outcome.code is grpc.StatusCode.UNAVAILABLE
        assert outcome.reason == "MODEL_UNAVAILABLE"
        assert everything.startswith(outcome.text)
        assert sorted(outputs) == ([3, 7] if whole_steps else [])
        assert effects.steps == whole_steps
    assert [call.outcome for call in effects.tool_calls] == [RETURNED] * len(outputs)
    check_inputs(outcome)


def check_inputs(outcome: Outcome) -> None:
    """What was seen of each tool's input is the beginning of what the model wrote."""
    written: dict[str, str] = {}
    for event in outcome.events:
        if event.HasField("tool_input_start"):
            assert event.tool_input_start.tool_call_id not in written
            written[event.tool_input_start.tool_call_id] = ""
        elif event.HasField("tool_input_delta"):
            delta = event.tool_input_delta
            written[delta.tool_call_id] += delta.input_text_delta
    plain = [text.replace(" ", "") for text in INPUTS.values()]
    for text, whole in zip(written.values(), plain, strict=False):
        assert whole.startswith(text.replace(" ", ""))
    assert len(written) <= len(plain)


async def test_session_keeps_tool_results_of_a_complete_step() -> None:
    form = FORMS[0]
    calling, answering = form.chunks(CALLING), form.chunks(ANSWERING)
    async with pair(calling, [*answering[:3], BREAK], answering) as (client, model):
        for expected in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.OK):
            outcome = await client.run(
                "go", bundle=BUNDLE, agent="calculator", model=form.model, session_id="s"
            )
            assert outcome.code is expected
    roles = [message["role"] for message in model.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "user"]
