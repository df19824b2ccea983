"""What hooks change of a run's queries, as data: a part of a run's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.executor.conversation import Message
from services.executor.domain import AgentSpec, Json, ToolChoice


@dataclass(frozen=True)
class Changes:
    """What hooks have changed of a run's queries; the default is nothing.

    Attributes:
        system: the system prompt; None for the agent's own.
        model: the model's name as the bundle has it; empty for the plan's.
        messages: what models see instead of the first ``covers`` messages of the conversation.
        covers: see ``messages``.
        settings: settings of the query under the manifest's names; None takes one away.
        active_tools: keys of the tools to offer; None for those of the agent.
        has_choice: whether ``tool_choice`` counts.
        tool_choice: the choice; None leaves it to the model.
        is_kept: whether steps after this one keep its instructions and messages.
        earlier: how many of ``messages`` are of the conversation before the run.
    """

    system: str | None = None
    model: str = ""
    messages: tuple[Message, ...] | None = None
    covers: int = 0
    settings: Mapping[str, Json] = field(default_factory=dict)
    active_tools: tuple[str, ...] | None = None
    has_choice: bool = False
    tool_choice: ToolChoice | None = None
    is_kept: bool = True
    earlier: int = 0

    def with_step(self, step: Changes) -> Changes:
        """Return these with what one step changes besides."""
        if step == NONE:
            return self
        return replace(
            self._told_by(step),
            model=step.model or self.model,
            settings={**self.settings, **step.settings},
            active_tools=self.active_tools if step.active_tools is None else step.active_tools,
            has_choice=self.has_choice or step.has_choice,
            tool_choice=step.tool_choice if step.has_choice else self.tool_choice,
        )

    def kept_of(self, step: Changes) -> Changes:
        """Return these with what later steps keep of a step."""
        return self._told_by(step) if step.is_kept else self

    def _told_by(self, step: Changes) -> Changes:
        """Return these with a step's instructions and messages."""
        kept = self
        if step.system is not None:
            kept = replace(kept, system=step.system)
        if step.messages is not None:
            kept = replace(kept, messages=step.messages, covers=step.covers, earlier=step.earlier)
        return kept

    def of(self, agent: AgentSpec) -> AgentSpec:
        """Return the agent as a query has it."""
        if self == NONE:
            return agent
        settings = {**agent.settings, **self.settings}
        return replace(
            agent,
            system=agent.system if self.system is None else self.system,
            settings={name: value for name, value in settings.items() if value is not None},
            tool_choice=self.tool_choice if self.has_choice else agent.tool_choice,
        )

    def earlier_of(self, history: int) -> int:
        """Return how many of the messages that models see are before the run's own."""
        return history if self.messages is None else self.earlier

    def shown(self, conversation: Sequence[Message]) -> tuple[Message, ...]:
        """Return the messages that models see of a conversation."""
        if self.messages is None:
            return tuple(conversation)
        return (*self.messages, *conversation[self.covers :])


NONE = Changes()
