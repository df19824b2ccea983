"""The ids of the calls of a conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.executor.agent.ports import IdSource
from services.executor.conversation import AssistantMessage, Message

MAX_CALL_ID_CHARACTERS = 128


def unique_ids(said: Sequence[Message], ids: IdSource) -> Callable[[str], str]:
    """Return a function that makes call ids unique in a conversation."""
    answers = (message for message in said if isinstance(message, AssistantMessage))
    taken = {call.id for answer in answers for call in answer.calls}

    def unique(provider_id: str) -> str:
        usable = 0 < len(provider_id) <= MAX_CALL_ID_CHARACTERS and provider_id not in taken
        call_id = provider_id if usable else ids.new("call")
        taken.add(call_id)
        return call_id

    return unique
