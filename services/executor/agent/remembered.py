"""What a run's models are shown of the runs before it, as the agent's memory says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import SessionStore, ToolSession
from services.executor.agent.state import RunState
from services.executor.agent.working_memory import NotingSession, notes_of
from services.executor.agent_memory import AgentMemory
from services.executor.conversation import Message, UserMessage
from services.executor.domain import AgentSpec, Diagnostic, Severity

# Providers want a conversation to begin with its user; this is how frameworks let it begin so.
_NOTHING_SAID = UserMessage(".")
NO_SESSION = (
    "the request names no `session_id`, so that this run has no memory, as in its framework "
    "without a thread"
)


@dataclass(frozen=True)
class Earlier:
    """What a run takes over: earlier messages, and the notes of its model."""

    history: tuple[Message, ...]
    notes: str = ""

    def first_state(self, plan: RunPlan, elapsed_s: float) -> RunState:
        """Return the state of a run before its first query, so many seconds after it began."""
        said = (plan.message, *plan.since)
        return RunState(
            said, self.history, prices=plan.prices, notes=self.notes, elapsed_s=elapsed_s
        )


async def earlier_of(plan: RunPlan, store: SessionStore) -> Earlier:
    """Return what a run takes over from earlier ones; raises what ``SessionStore.load`` raises."""
    if plan.session is None:
        return Earlier(plan.history)
    history = remembered(await store.load(plan.session), plan.agent.memory)
    notes = notes_of(plan.agent, plan.session)
    return Earlier(history, "" if notes is None else await store.notes(notes.owner))


def noting(
    plan: RunPlan, session: ToolSession, store: SessionStore, notes: str
) -> tuple[RunPlan, ToolSession]:
    """Return a run's plan and tools with what its model is told of its notes, and their tool."""
    kept = notes_of(plan.agent, plan.session)
    if kept is None:
        return plan, session
    told = replace(plan, agent=kept.in_prompt(plan.agent, notes))
    return told, NotingSession(session, kept, store, plan.client)


def remembered(history: tuple[Message, ...], memory: AgentMemory | None) -> tuple[Message, ...]:
    """Return the latest messages of a session that a memory shows.

    An answer, with its calls, their results and the answers after them, is one message of it.
    """
    if memory is None:
        return history
    begins = [
        at
        for at, message in enumerate(history)
        if isinstance(message, UserMessage) or _follows_a_user(history, at)
    ]
    if len(begins) <= memory.last_messages:
        return history
    shown = history[begins[-memory.last_messages] :] if memory.last_messages else ()
    begins_with_user = not shown or isinstance(shown[0], UserMessage)
    return shown if begins_with_user else (_NOTHING_SAID, *shown)


def _follows_a_user(history: Sequence[Message], at: int) -> bool:
    return at == 0 or isinstance(history[at - 1], UserMessage)


def memory_notes(agent: AgentSpec, session_id: str) -> tuple[Diagnostic, ...]:
    """Return what a run is told of its agent's memory: that it has none without a session."""
    if agent.memory is None or session_id:
        return ()
    return (Diagnostic(Severity.INFO, f"agents.{agent.key}.memory", NO_SESSION),)
