"""Calls that templates left in a text are told, and never made."""

from __future__ import annotations

import pytest

from services.executor.agent.leaked_calls import leaked_call
from services.executor.conversation import ToolMessage
from services.executor.events import Finish, ModelWarning, TextDelta
from tests.executor.builders import ADD_SCHEMA, of_kind, says, stage, tool

LEAKS = {
    "hermes": '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>',
    "glm": "<tool_call>add\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>",
    "llama": '<function=add>{"a": 1}</function>',
    "qwen coder": "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>",
    "llama 3.1": '<|python_tag|>{"name": "add", "parameters": {"a": 1}}',
    "llama 3.1, as code": "<|python_tag|>add.call(a=1)",
    "mistral": '[TOOL_CALLS] [{"name": "add", "arguments": {"a": 1}}]',
    "mistral v11": '[TOOL_CALLS]add[ARGS]{"a": 1}',
    "deepseek": "<\uff5ctool\u2581call\u2581begin\uff5c>function<\uff5ctool\u2581sep\uff5c>add",
    "kimi": '<|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{"a":1}',
    "minimax": '<minimax:tool_call>\n<invoke name="add">\n<parameter name="a">1</parameter>',
    "gpt-oss": '<|channel|>commentary to=functions.add <|constrain|>json<|message|>{"a":1}',
}


@pytest.mark.parametrize("name", LEAKS)
async def test_call_in_text_is_told_and_not_made(name: str) -> None:
    scene = stage(says(f"Let me see. {LEAKS[name]}"), tools=(tool("add", ADD_SCHEMA),))
    events = await scene.run(session_id="s")
    (told,) = of_kind(events, ModelWarning)
    assert '"add" as text' in told.text
    assert (told.step, told.model, told.setting) == (1, "openai/gpt-x", "")
    assert "".join(each.delta for each in of_kind(events, TextDelta)).endswith(LEAKS[name])
    assert isinstance(events[-1].event, Finish)
    assert not scene.runner.calls
    (kept,) = scene.sessions.kept.values()
    assert not [each for each in kept if isinstance(each, ToolMessage)]


@pytest.mark.parametrize(
    "text",
    [
        "Qwen writes <tool_call> before a call.",
        'I will add them: {"name": "add"}',
        "[TOOL_CALLS] is Mistral's; adder is no tool",
        "",
    ],
)
def test_text_about_templates_is_only_text(text: str) -> None:
    assert leaked_call(text, ["add"]) == ""


def test_text_of_marks_is_read_in_no_time() -> None:
    assert leaked_call("<tool_call>" * 100_000, ["add", "sub"]) == ""
