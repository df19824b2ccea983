"""What an agent remembers of earlier runs, as its bundle says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class MemoryScope(Enum):
    """Whose notes a working memory holds: one conversation's, or all of a resource."""

    SESSION = "session"
    RESOURCE = "resource"


@dataclass(frozen=True)
class WorkingMemory:
    """Notes that the model keeps about its user, by a tool of its own.

    ``template`` is what they look like, in Markdown. With ``schema_json``, the text of a JSON
    Schema, they are JSON, and the template counts for nothing.
    """

    scope: MemoryScope
    template: str = ""
    schema_json: str = ""


@dataclass(frozen=True)
class AgentMemory:
    """What models are shown of earlier runs of a conversation.

    ``last_messages`` is how many messages of it; an answer with its calls and their results is one.
    """

    last_messages: int
    working: WorkingMemory | None = None
