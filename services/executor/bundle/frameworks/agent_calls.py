"""How frameworks call an agent as a tool, as data."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.agent_parts import AgentLink
from services.executor.domain import ToolSpec


@dataclass(frozen=True)
class AgentCallForm:
    """What a framework makes of an agent that is a tool of another one.

    Attributes:
        prompt: the member of the input that the agent is told.
        instructions: the one with instructions that come after its own; empty for none.
        max_steps: the one that limits the queries of a call; empty for none.
        default_steps: the most queries of a call if nobody says; None for the agent's own limit.
        with_conversation: whether the agent sees the caller's conversation, without its calls, and
            the caller's instructions after its own.
        excuse: the output of a call whose run fails; empty where the call fails.
        failure: why it fails, a format of ``caller`` and ``key``.
        is_apart: whether an agent names them apart from its tools.
        in_object: whether the output is an object with the ``text`` that the model is shown.
        cut_answers: whether a run that reaches its limit of queries answers with its last text.
    """

    prompt: str = "prompt"
    instructions: str = ""
    max_steps: str = ""
    default_steps: int | None = None
    with_conversation: bool = False
    excuse: str = ""
    failure: str = 'the agent "{key}" failed'
    is_apart: bool = False
    in_object: bool = False
    cut_answers: bool = False


@dataclass(frozen=True)
class AgentTool:
    """An agent as a tool of another one: which it is, and the tool that the model is offered."""

    link: AgentLink
    tool: ToolSpec
