"""The completed steps of a run as hooks see them: plain JSON, of its state."""

from __future__ import annotations

from collections.abc import Mapping

from services.executor.agent.hook_state import HookState, StepRecord
from services.executor.agent.seen_messages import parsed_input, parsed_json, result_form
from services.executor.agent.state import RunState
from services.executor.conversation import AssistantMessage, ResultForm, TokenUsage, ToolMessage
from services.executor.domain import FailureKind, Json, JsonObject

_INVALID = f"Error ({FailureKind.INVALID_INPUT.value}): "


def steps_of(state: RunState) -> list[Json]:
    """Return the steps whose answers are complete; those of agents without hooks are not kept."""
    hooks = state.hooks or HookState()
    return [_step(*each, state, hooks.outputs) for each in enumerate(hooks.records)]


def _step(
    number: int, record: StepRecord, state: RunState, outputs: Mapping[str, str]
) -> JsonObject:
    answer = state.said[record.at]
    assert isinstance(answer, AssistantMessage)
    results = {
        message.call_id: message
        for message in state.said[record.at + 1 : record.at + 1 + len(answer.calls)]
        if isinstance(message, ToolMessage)
    }
    calls: list[Json] = []
    for call in answer.calls:
        described: JsonObject = {"id": call.id, "tool": call.tool, "input": parsed_input(call)}
        result = results.get(call.id)
        if result is not None and result.text.startswith(_INVALID):
            described["invalid"] = result.text.removeprefix(_INVALID)
        calls.append(described)
    return {
        "step": number,
        "text": answer.text,
        "calls": calls,
        "results": [_result(message, outputs) for message in results.values()],
        "finishReason": record.finish_reason.value,
        "usage": _usage(record.usage),
        "model": record.model,
    }


def _result(message: ToolMessage, outputs: Mapping[str, str]) -> JsonObject:
    shown = result_form(message)["output"]
    value = shown["value"] if isinstance(shown, dict) else None
    found: JsonObject = {"id": message.call_id, "tool": message.tool, "shown": shown}
    if message.form is ResultForm.FAILURE:
        return {**found, "error": value}
    if message.call_id in outputs:
        value = parsed_json(outputs[message.call_id])
    return {**found, "output": value}


def _usage(usage: TokenUsage) -> JsonObject:
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cached": usage.cached_input_tokens,
        "cacheWrite": usage.cache_write_input_tokens,
        "reasoning": usage.reasoning_tokens,
    }
