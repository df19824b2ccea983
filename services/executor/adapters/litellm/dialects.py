"""What providers take of a conversation where they differ, each with its source.

LiteLLM writes the forms of Anthropic, Gemini and Bedrock: it merges messages of one role, and
leaves empty texts out. What it does not do is here.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.executor.conversation import AssistantMessage, Message


@dataclass(frozen=True)
class Dialect:
    """What one provider takes.

    Attributes:
        ids: the ids of calls that it takes; others are replaced.
        id_characters: how long those are that replace them.
        empty_text: what stands for no text beside calls.
        users_after_results: whether a user's message may follow results of tools directly.
        keeps_reasoning: whether it takes its unsigned reasoning back, under the name that it had.
        wants_reasoning: the name under which it wants reasoning with calls, whoever made them.
    """

    ids: re.Pattern[str] = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
    id_characters: int = 32
    empty_text: str | None = ""
    users_after_results: bool = True
    keeps_reasoning: bool = True
    wants_reasoning: str = ""


# Any server of OpenAI's form. OpenAI takes ids of 40 characters ("Expected a string with maximum
# length 40"), and Kimi's `functions.add:0` must come back as it is. Strict servers want `content`
# in every message, and all take an empty one. Groq and Cerebras refuse a `reasoning_content`
# (janhq/jan#8136, Kilo-Org/kilocode#10375): they send `reasoning`. What came is
# sent back to its model, under its name.
OPENAI_FORM: Final = Dialect()
# "String should match pattern '^[a-zA-Z0-9_-]+$'"; LiteLLM would map `a.b` and `a:b` to one id. It
# refuses empty texts.
ANTHROPIC_FORM: Final = Dialect(
    ids=re.compile(r"[A-Za-z0-9_-]{1,64}"), empty_text=None, keeps_reasoning=False
)
# DeepSeek and Kimi, if they think, want a text with each call, for good ("The reasoning_content in
# the thinking mode must be passed back to the API", anomalyco/opencode#24722).
THINKING_FORM: Final = Dialect(wants_reasoning="reasoning_content")
DIALECTS: Final = {
    "anthropic": ANTHROPIC_FORM,
    # The pattern of `toolUseId` in the reference of Converse; its Claude models keep Anthropic's.
    "bedrock": ANTHROPIC_FORM,
    "deepseek": THINKING_FORM,
    "gemini": Dialect(empty_text=None, keeps_reasoning=False),
    # "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9", and "Unexpected role
    # 'user' after role 'tool'".
    "mistral": Dialect(
        ids=re.compile(r"[A-Za-z0-9]{9}"),
        id_characters=9,
        users_after_results=False,
        keeps_reasoning=False,
    ),
    "moonshot": THINKING_FORM,
}


def dialect_of(provider: str) -> Dialect:
    """Return what a provider takes."""
    return DIALECTS.get(provider, OPENAI_FORM)


def call_ids(messages: Iterable[Message], dialect: Dialect) -> dict[str, str]:
    """Return the ids for the provider of all calls whose own it would refuse, by these.

    No two calls get one id, and a call has the same in each query of its conversation.
    """
    own = [
        call.id
        for message in messages
        if isinstance(message, AssistantMessage)
        for call in message.calls
    ]
    if all(map(dialect.ids.fullmatch, own)):
        return {}
    taken = {call_id for call_id in own if dialect.ids.fullmatch(call_id)}
    replaced: dict[str, str] = {}
    for call_id in own:
        if call_id in taken or call_id in replaced:
            continue
        for attempt in itertools.count():
            written = f"{call_id}\0{attempt}".encode("utf-8", "replace")
            made = hashlib.sha256(written).hexdigest()[: dialect.id_characters]
            if made not in taken:
                break
        taken.add(made)
        replaced[call_id] = made
    return replaced
