"""How much of a conversation a memory shows to models, and what a run is told of it."""

from __future__ import annotations

import pytest

from services.executor.agent.remembered import memory_notes, remembered
from services.executor.agent_memory import AgentMemory
from services.executor.conversation import AssistantMessage, ToolCall, ToolMessage, UserMessage
from services.executor.domain import AgentSpec

CALL = ToolCall("1", "find", "{}")
FIRST = (UserMessage("a"), AssistantMessage("b"))
SECOND = (
    UserMessage("c"),
    AssistantMessage("", (CALL,)),
    ToolMessage("1", "find", "found"),
    AssistantMessage("d"),
)
HISTORY = (*FIRST, *SECOND)
BEGINNING = UserMessage(".")


@pytest.mark.parametrize(
    ("messages", "shown"),
    [
        (9, HISTORY),
        (4, HISTORY),
        (3, (BEGINNING, FIRST[1], *SECOND)),
        (2, SECOND),
        (1, (BEGINNING, *SECOND[1:])),
        (0, ()),
    ],
)
def test_an_answer_with_its_calls_is_one_message(messages: int, shown: tuple[object, ...]) -> None:
    assert remembered(HISTORY, AgentMemory(messages)) == shown


def test_agent_that_says_nothing_is_shown_all() -> None:
    assert remembered(HISTORY, None) == HISTORY


def agent(memory: AgentMemory | None) -> AgentSpec:
    return AgentSpec("main", "main", "", "m", {}, memory=memory)


def test_run_without_session_is_told_that_it_has_no_memory() -> None:
    (note,) = memory_notes(agent(AgentMemory(10)), "")
    assert note.path == "agents.main.memory"
    assert "no `session_id`" in note.reason
    assert memory_notes(agent(AgentMemory(10)), "s") == ()
    assert memory_notes(agent(None), "") == ()
