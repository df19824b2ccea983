"""Tool calls that a model's template left in its text, since the server did not read them.

They are told, and never made: a text is no call. An example in an answer about templates looks the
same, so only a mark that the name of an offered tool follows counts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

# The marks that templates begin a call with, and the models that they are of.
_MARKS = {
    "<tool_call>": "Qwen, Hermes and GLM",
    "<function=": "Llama and Qwen Coder",
    "<|python_tag|>": "Llama",
    "[TOOL_CALLS]": "Mistral",
    "<\uff5ctool\u2581call\u2581begin\uff5c>": "DeepSeek",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>": "DeepSeek",
    "<|tool_call_begin|>": "Kimi",
    "<|tool_calls_section_begin|>": "Kimi",
    "<minimax:tool_call>": "MiniMax",
    "<|tool_call|>": "Granite and Phi",
    "<|channel|>commentary": "gpt-oss",
    "<start_function_call>": "Gemma",
    "<\uff5cDSML\uff5cinvoke": "DeepSeek V3.2",
}
_MARK = re.compile("|".join(map(re.escape, _MARKS)))
# How far behind its mark a call has its tool's name.
_NAME_WITHIN = 160
_MOST_MARKS = 20


def leaked_call(text: str, tools: Collection[str]) -> str:
    """Return a warning of a call in a text, empty if there is none.

    Args:
        text: the whole text of an answer.
        tools: keys of the tools that were offered.
    """
    for mark in itertools.islice(_MARK.finditer(text), _MOST_MARKS):
        near = text[mark.end() : mark.end() + _NAME_WITHIN]
        named = [tool for tool in tools if tool and re.search(rf"(?<!\w){re.escape(tool)}\b", near)]
        if named:
            tool = max(named, key=len)
            return (
                f'The answer has a call of the tool "{tool[:128]}" as text: `{mark[0]}` is a mark '
                f"of {_MARKS[mark[0]]}, which the model server has to read. The call was not made. "
                "Start the server with the parser of tool calls for this model, or use another one."
            )
    return ""
