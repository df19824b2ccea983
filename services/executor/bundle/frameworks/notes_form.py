"""How a framework lets a model keep its working memory: a tool, and a text that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.executor.agent_memory import WorkingMemory
from services.executor.domain import Json, ToolSpec


@dataclass(frozen=True)
class Revision:
    """What comes of a call of the tool: the new notes, None for the old ones, and its output."""

    notes: str | None
    output: Json


@dataclass(frozen=True, eq=False)
class NotesForm:
    """The form of working memory.

    Attributes:
        tool: the name of the tool that replaces the notes.
        spec: the tool as models are offered it.
        told: what models are told of the notes, after the system prompt; empty notes are none.
        revised: what a call with this input makes of the notes; raises ValueError with what is
            wrong with it, for the model.
    """

    tool: str
    spec: Callable[[WorkingMemory], ToolSpec]
    told: Callable[[WorkingMemory, str], str]
    revised: Callable[[WorkingMemory, str, Json], Revision]
