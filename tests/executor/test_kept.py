"""What conversations keep of runs that guardrails and processors change or refuse."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.executor.agent.state import RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolMessage,
)
from services.executor.domain import Json, JsonObject
from services.executor.events import Event, Finish
from tests.executor.builders import Stage, calls, of_kind, says
from tests.executor.test_guards import PASSED, TRIPPED, guarded, scene, text_of
from tests.executor.test_hooks import Hook, answer

SPOKEN = [*says("so"), *calls(("c1", "add", '{"a": 1, "b": 2}'))]
KEY = SessionKey("r", "s")


async def kept_by(made: Stage, **more: object) -> tuple[list[object], Sequence[Message]]:
    events = await made.run(session_id="s", resource_id="r", **more)  # type: ignore[arg-type]
    return list(events), await made.sessions.load(KEY)


def shape(messages: Sequence[Message]) -> list[str]:
    """The messages in few words: what is said, `call` or `result`."""
    found = []
    for each in messages:
        if isinstance(each, ToolMessage):
            found.append("result")
        elif isinstance(each, AssistantMessage):
            found.append(f"{each.text}{' call' if each.calls else ''}".strip())
        else:
            found.append(each.text)
    return found


@pytest.mark.parametrize("verdict", [PASSED, TRIPPED])
async def test_text_beside_calls_is_shown_to_nobody_and_kept_if_the_answer_passes(
    verdict: Json,
) -> None:
    made = scene({"outputGuardrails": answer(verdict)}, SPOKEN, says("done"))
    events, kept = await kept_by(made)
    is_passed = verdict == PASSED
    assert text_of(events) == ("done" if is_passed else "")  # type: ignore[arg-type]
    expected = ["Hello", "so call", "result", "done"] if is_passed else ["Hello", "call", "result"]
    assert shape(kept) == expected


async def test_answers_that_the_schema_refused_are_not_kept_beside_guardrails() -> None:
    made = scene({"outputGuardrails": answer(PASSED)}, says("secret"), says('{"a":1}'))
    _, kept = await kept_by(made, output_schema={"type": "object", "required": ["a"]})
    assert shape(kept) == ["Hello", '{"a":1}']
    assert "secret" in shape(made.model.queries[1].messages)


async def test_nothing_is_kept_of_answers_that_never_had_the_form() -> None:
    made = scene({"outputGuardrails": answer(PASSED)}, SPOKEN, says("secret"), says("secret"))
    _, kept = await kept_by(made, output_schema={"type": "object"})
    assert shape(kept) == ["Hello", "call", "result"]


def processed(*answers: Json) -> dict[str, Hook]:
    said = [*answers]
    return {"processInput": answer({"state": {}}), "processOutput": lambda _: said.pop(0)}


def loud(given: JsonObject, text: str) -> Json:
    refs: list[Json] = [{"ref": 0}]
    spoken: Json = {"type": "text", "text": "SO"}
    called: Json = {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "input": {"a": 1}}
    refs.append({"role": "assistant", "content": [spoken, called]})
    return {"text": text, "state": {}, "messages": [*refs, {"ref": 2}, {"ref": 3}]}


async def test_conversation_keeps_earlier_steps_as_processors_leave_them() -> None:
    hooks = processed({"text": "so", "waits": True, "state": {}}, loud({}, "done"))
    made = scene(hooks, SPOKEN, says("done"), spec=guarded(["processOutput"], "mastra"))
    events, kept = await kept_by(made)
    assert of_kind(events, Finish)  # type: ignore[arg-type]
    assert shape(kept) == ["Hello", "SO call", "result", "done"]
    assert text_of(events) == "done"  # type: ignore[arg-type]


async def test_text_that_waited_for_a_run_that_was_refused_is_not_kept() -> None:
    aborted: Json = {"abort": {"reason": "no", "processor": "p"}, "state": {}}
    hooks = processed({"text": "so", "waits": True, "state": {}}, aborted)
    made = scene(hooks, SPOKEN, says("done"), spec=guarded(["processOutput"], "mastra"))
    assert shape((await kept_by(made))[1]) == ["Hello", "call", "result"]


async def test_history_before_the_run_is_kept_once() -> None:
    """Processors of the second run change what the first has left, and take messages away."""
    hooks: dict[str, Hook] = {
        "processInput": answer({"state": {}}),
        "processOutput": lambda given: {
            "text": "hi",
            "state": {},
            "messages": [{"ref": len(given["messages"]) - 2}, {"ref": len(given["messages"]) - 1}],  # type: ignore[arg-type]
        },
    }
    spec = guarded(["processOutput"], "mastra")
    made = scene(hooks, says("hi"), says("hi"), says("hi"), spec=spec)
    for _ in range(3):
        _, kept = await kept_by(made)
    assert shape(kept) == ["Hello", "hi"] * 3


async def test_what_was_let_pass_is_part_of_the_state() -> None:
    states: list[RunState] = []

    async def keep(state: RunState, events: Sequence[Event]) -> None:
        states.append(state)

    hooks = processed({"text": "so", "waits": True, "state": {}}, loud({}, "done"))
    made = scene(hooks, SPOKEN, says("done"), spec=guarded(["processOutput"], "mastra"))
    assert [event async for event in (await made.start(keep=keep)).events()]
    assert [state.hooks.cleared for state in states if state.hooks][-1] == 2
    assert all(from_text(to_text(state)) == state for state in states)
