"""Handing a run over to another agent: the transition of its state, a pure function."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.executor.agent.changes import NONE, Changes
from services.executor.agent.hook_state import HookState
from services.executor.agent.state import Handed, RunState, calls_done, changed
from services.executor.conversation import AssistantMessage, Message


def handed_over(
    state: RunState,
    agent: str,
    made: str,
    ignored: Collection[str],
    filtered: tuple[Sequence[Message], int] | None,
    *,
    has_hooks: bool,
) -> RunState:
    """Return the state after a step whose calls all have results, one of them a handoff.

    Args:
        state: the state of the step.
        agent: key of the agent that goes on.
        made: id of the call that hands over: its result is the step's last.
        ignored: ids of further calls that wanted to: models do not see them again.
        filtered: what the agent sees instead of the conversation so far, and how many of these
            messages the run began with; None for all of it.
        has_hooks: whether that agent has hooks.
    """
    pending = [item for item in state.pending if item.call.id not in ignored]
    pending.sort(key=lambda item: item.call.id == made)
    *said, answer = state.said
    assert isinstance(answer, AssistantMessage)
    if ignored:
        kept = tuple(call for call in answer.calls if call.id not in ignored)
        answer = changed(answer, calls=kept)
    gone = tuple(item.effect for item in state.pending if item.call.id in ignored)
    done = calls_done(changed(state, said=(*said, answer), pending=tuple(pending)), None)
    view = NONE
    if filtered is not None:
        messages, began_with = filtered
        covers = len(done.conversation)
        view = Changes(messages=tuple(messages), covers=covers, earlier=began_with)
    elif state.hooks is not None:
        before = state.hooks.kept
        view = Changes(messages=before.messages, covers=before.covers, earlier=before.earlier)
    hooks = state.hooks or HookState()
    hooks = HookState(
        call=view,
        kept=view,
        records=hooks.records,
        passed=state.step,
        outputs=hooks.outputs,
        cleared=hooks.cleared,
    )
    return changed(
        done,
        effects=(*done.effects, *gone),
        handed=(*state.handed, Handed(len(done.said), agent)),
        hooks=hooks if has_hooks or state.hooks is not None or view != NONE else None,
        invalid_steps=0,
        corrections=0,
    )
