"""The messages of a run that its conversation keeps: what later runs, and clients, are shown.

What checks inputs and answers has seen all of them: an input or a text that none has let pass is
not kept, and what processors, or filters of handoffs, made of messages is kept instead of what was
there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent.hook_state import HookState
from services.executor.agent.state import RunState
from services.executor.agent.working_memory import without_notes
from services.executor.agent_parts import PROCESSORS, HookName
from services.executor.conversation import AssistantMessage, Message
from services.executor.domain import AgentSpec

_INPUT_CHECKS = frozenset({HookName.INPUT_GUARDRAILS, HookName.PROCESS_INPUT})


def is_unchecked(agent: AgentSpec, state: RunState | None) -> bool:
    """Tell whether the input of a run was not checked yet by what checks it before a model does.

    Its conversation must not keep such an input: later runs would show it to models.
    """
    is_before = state is None or state.hooks is None
    return is_before and any(hook.name in _INPUT_CHECKS for hook in agent.hooks)


def kept_of(agent: AgentSpec, state: RunState, *, cut_off: bool) -> tuple[Message, ...]:
    """Return the messages to keep, in which every call has its answer.

    Args:
        agent: the agent that ran.
        state: the state at the end of the run.
        cut_off: whether to keep the text of an interrupted answer.
    """
    kept = (*_checked(agent, state), *(item.message for item in state.pending))
    if cut_off and state.asking is not None and state.asking.text:
        kept = (*kept, AssistantMessage(state.asking.text))
    return without_notes(kept, agent)


def _checked(agent: AgentSpec, state: RunState) -> tuple[Message, ...]:
    """Return the run's messages as guardrails and processors have left them."""
    names, hooks = {hook.name for hook in agent.hooks}, state.hooks
    if hooks is None:
        return state.said
    if state.handed and hooks.kept.messages is not None:
        own = _filtered(state, hooks)
        uncleared = len(hooks.records) - hooks.cleared
        is_guarded = HookName.OUTPUT_GUARDRAILS in names
        return _bared(own, uncleared, reasons=True) if is_guarded else own
    if names & PROCESSORS:
        own = _processed(state, hooks)
        if HookName.PROCESS_OUTPUT not in names:
            return own
        return _bared(own, len(hooks.records) - hooks.cleared, reasons=False)
    return _guarded(state, hooks) if HookName.OUTPUT_GUARDRAILS in names else state.said


def _filtered(state: RunState, hooks: HookState) -> tuple[Message, ...]:
    """Return the run's own messages as the filter of a handoff has left them, after its first."""
    shown = hooks.kept.shown(state.conversation)
    return (state.said[0], *shown[hooks.kept.earlier :])


def _processed(state: RunState, hooks: HookState) -> tuple[Message, ...]:
    """Return the run's own messages as processors have left the conversation."""
    shown = hooks.kept.shown(state.conversation)
    return shown[hooks.kept.earlier_of(len(state.history)) :]


def _guarded(state: RunState, hooks: HookState) -> tuple[Message, ...]:
    """Return the run's messages without the texts that no guardrail has let pass.

    An answer that the schema refused was never shown to one; the message after it corrects it.
    """
    records, is_cleared = hooks.records, hooks.cleared == len(hooks.records)
    gone: set[int] = set()
    for record in records[:-1] if is_cleared else records:
        answer = state.said[record.at]
        if isinstance(answer, AssistantMessage) and not answer.calls:
            gone |= {record.at, record.at + 1}
    said = [message for at, message in enumerate(state.said) if at not in gone]
    uncleared = [record for record in records[hooks.cleared :] if record.at not in gone]
    return _bared(said, len(uncleared), reasons=True)


def _bared(messages: Sequence[Message], last: int, *, reasons: bool) -> tuple[Message, ...]:
    """Return messages whose ``last`` answers have only their calls.

    ``reasons`` says whether the others keep the model's reasoning.
    """
    found: list[Message] = []
    for message in reversed(messages):
        if isinstance(message, AssistantMessage):
            if last > 0:
                last -= 1
                message = replace(message, text="", reasoning=())
            elif not reasons:
                message = replace(message, reasoning=())
            if not (message.text or message.calls or message.reasoning):
                continue
        found.append(message)
    return tuple(reversed(found))
