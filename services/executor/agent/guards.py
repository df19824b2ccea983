"""Guardrails and processors of an agent: what they see, change and refuse of inputs and answers.

An answer that they may still refuse or change is held back until they have seen it: its text gets
neither to the client nor into the conversation before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.executor.agent.changes import Changes
from services.executor.agent.held_answer import pieces_of, shown_events
from services.executor.agent.hook_state import HookState
from services.executor.agent.hook_steps import steps_of
from services.executor.agent.hooks import LoopHooks
from services.executor.agent.plan import RunPlan
from services.executor.agent.progress import Progress
from services.executor.agent.state import RunState, changed
from services.executor.agent.steps import End
from services.executor.agent_parts import PROCESSORS, HookName
from services.executor.bundle.manifest.instructions import BETWEEN_TEXTS
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import AssistantMessage, FinishReason, Message
from services.executor.domain import Json, JsonObject
from services.executor.errors import GuardrailTrippedError
from services.executor.events import Event

MAX_TEXT = 4 * 1024 * 1024
MAX_REASON = 600
MAX_NAME = 128
_FEEDBACK = (
    "[Processor Feedback] Your previous response was not accepted: {reason}. Please try again with "
    "the feedback in mind."
)
_WITHHOLDING = frozenset({HookName.OUTPUT_GUARDRAILS, HookName.PROCESS_OUTPUT})


@dataclass(frozen=True)
class Checked:
    """A state after an answer, and the events of the answer that clients may see."""

    state: RunState
    events: Sequence[Event]


class LoopGuards:
    """The guardrails and processors of a loop; what they change is in the state of its progress."""

    def __init__(self, plan: RunPlan, hooks: LoopHooks, progress: Progress) -> None:
        self._plan = plan
        self._hooks = hooks
        self._progress = progress
        self._names = hooks.names
        self.withholds = bool(self._names & _WITHHOLDING)

    def __repr__(self) -> str:
        return f"LoopGuards({self._hooks!r})"

    async def before_query(self) -> None:
        """Ask what refuses or changes the next query.

        Raises:
            GuardrailTrippedError: one refuses the run or the query.
            HookFailedError: one failed, or said what cannot be honoured.
        """
        if HookName.INPUT_GUARDRAILS in self._names and not self._progress.state.step:
            said = await self._hooks.ask(HookName.INPUT_GUARDRAILS, self._hooks.conversation())
            self._refuse_tripped(HookName.INPUT_GUARDRAILS, said)
        if self._names & PROCESSORS and self._progress.state.hooks is None:
            await self._begin()
        await self._hooks.before_query()
        if HookName.PROCESS_INPUT in self._names:
            changes, memory = await self._process(HookName.PROCESS_INPUT_STEP)
            self._hooks.change_step(changes)
            await self._keep(replace(self._hooks.kept, memory=memory))

    async def after_answer(self, state: RunState, events: Sequence[Event]) -> Checked:
        """Return what becomes of a state after an answer, and which of its events may be sent.

        Raises:
            GuardrailTrippedError: the answer is refused.
            HookFailedError: a hook failed, or said what cannot be honoured.
            LimitError: checking the answer against its schema takes too long.
        """
        state = self._without_instructions_of_step(self._hooks.after_answer(state))
        if not self.withholds:
            return Checked(state, events)
        answer = state.last_answer
        assert answer is not None
        if HookName.PROCESS_OUTPUT in self._names:
            return await self._processed(state, answer, events)
        # What is beside calls, no guardrail sees: nor does anybody else.
        if answer.calls or await self._is_misfit(answer.text):
            return Checked(state, shown_events(events, None))
        await self._refuse_output(state, answer.text)
        return Checked(_cleared(state), events)

    async def stops(self) -> End | None:
        """Return how the bundle ends the run after the last step, if it does."""
        state, name = self._progress.state, HookName.TOOL_USE_BEHAVIOR
        if name not in self._names:
            reason = state.finish_reason or FinishReason.OTHER
            return End(reason) if await self._hooks.stops() else None
        said = await self._hooks.ask(name, self._hooks.conversation())
        fields = self._fields(name, said)
        if fields.get("final") is not True:
            await self._keep(replace(self._hooks.kept, passed=state.step))
            return None
        value = fields.get("output")
        return End(state.finish_reason or FinishReason.OTHER, output=(value,))

    async def at_end(self, answer: str | None) -> None:
        """Check the end of a run after tools, whose output is ``answer`` if it is the answer.

        Raises:
            GuardrailTrippedError: it is refused.
            HookFailedError: a hook failed, or said what cannot be honoured.
        """
        state = self._progress.state
        if HookName.PROCESS_OUTPUT in self._names and state.last_calls:
            await self._process_end(state)
        if HookName.OUTPUT_GUARDRAILS in self._names and answer is not None:
            await self._refuse_output(state, answer)
            await self._progress.move(_cleared(state))

    async def _begin(self) -> None:
        """Run what processes the input of the run, before all else."""
        call, memory = await self._process(HookName.PROCESS_INPUT)
        state = self._progress.state
        said = state.said if call.messages is None else call.messages[call.earlier :]
        # The conversation keeps the input as processors leave it: later runs see no other.
        call = replace(call, covers=len(state.history) + len(said))
        hooks = HookState(call=call, kept=call, memory=memory)
        await self._progress.move(changed(state, said=said, hooks=hooks))

    async def _keep(self, kept: HookState) -> None:
        await self._progress.move(changed(self._progress.state, hooks=kept))

    async def _process(self, name: HookName) -> tuple[Changes, JsonObject]:
        """Ask processors; return what they change, and what they remember."""
        conversation = self._hooks.conversation()
        seen = self._hooks.seen(self._hooks.kept, conversation)
        said = await self._hooks.ask(name, seen.whole, self._memory())
        fields = self._fields(name, said)
        self._refuse_aborted(name, fields)
        return self._hooks.changes_in(name, fields, seen, len(conversation)), _memory_of(fields)

    async def _processed(
        self, state: RunState, answer: AssistantMessage, events: Sequence[Event]
    ) -> Checked:
        name, is_final = HookName.PROCESS_OUTPUT, not answer.calls
        messages, more = self._given_output(state, pieces_of(events), final=is_final)
        said = await self._hooks.ask(name, messages, more)
        fields = self._fields(name, said)
        if (feedback := self._feedback(fields)) is not None:
            return Checked(self._rejected(state, fields, feedback), ())
        self._refuse_aborted(name, fields)
        text = fields.get("text")
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise self._hooks.failed(
                name, "what it makes of the answer is no text that can be sent"
            )
        answer = replace(answer, text=clean_text(text))
        state = changed(state, said=(*state.said[:-1], answer))
        hooks = self._with_messages(state, fields)
        waits = fields.get("waits") is True
        hooks = replace(
            hooks,
            memory=_memory_of(fields),
            retries=0,
            cleared=hooks.cleared if waits else len(hooks.records),
        )
        shown = shown_events(events, None if waits else answer.text)
        return Checked(changed(state, hooks=hooks), shown)

    async def _process_end(self, state: RunState) -> None:
        """Show processors the whole of a run that ends after tools."""
        name = HookName.PROCESS_OUTPUT
        messages, more = self._given_output(state, (), final=True)
        said = await self._hooks.ask(name, messages, {**more, "ended": True})
        fields = self._fields(name, said)
        self._refuse_aborted(name, fields)
        await self._keep(self._with_messages(_cleared(state), fields))

    def _with_messages(self, state: RunState, fields: JsonObject) -> HookState:
        """Return what hooks have made of a run after processors have changed its messages."""
        hooks = state.hooks or HookState()
        if "messages" not in fields:
            return hooks
        conversation, told = state.conversation, {"messages": fields["messages"]}
        seen = self._hooks.seen(hooks, conversation)
        changes = self._hooks.changes_in(HookName.PROCESS_OUTPUT, told, seen, len(conversation))
        return replace(hooks, kept=hooks.kept.kept_of(changes))

    def _given_output(
        self, state: RunState, pieces: Sequence[str], *, final: bool
    ) -> tuple[Sequence[Message], JsonObject]:
        """Return the conversation with the last answer, and what else is given of it."""
        hooks = state.hooks or HookState()
        conversation = hooks.kept.shown(state.conversation)
        *steps, last = steps_of(state)
        answer = last if isinstance(last, dict) else {}
        given: JsonObject = {"steps": steps, "answer": {**answer, "pieces": list(pieces)}}
        return conversation, {**given, "final": final, **self._memory()}

    def _memory(self) -> JsonObject:
        return {"state": dict(self._hooks.kept.memory), "retries": self._hooks.kept.retries}

    def _rejected(self, state: RunState, fields: JsonObject, feedback: str) -> RunState:
        """Return the state after an answer that is asked for again: it is no part of the run."""
        before, kept = self._progress.state, self._hooks.kept
        system = kept.kept.system if kept.kept.system is not None else self._plan.agent.system
        if feedback not in system:
            system = BETWEEN_TEXTS.join(filter(None, (system, feedback)))
        told = replace(kept.kept, system=system)
        call = replace(kept.call, system=told.system)
        memory = _memory_of(fields)
        hooks = replace(kept, call=call, kept=told, memory=memory, retries=kept.retries + 1)
        return changed(state, said=before.said, pending=(), hooks=hooks)

    def _feedback(self, fields: JsonObject) -> str | None:
        """Return what the model is told about an answer that is asked for again."""
        abort = fields.get("abort")
        most = self._plan.agent.settings.get("maxProcessorRetries")
        if not isinstance(abort, dict) or abort.get("retry") is not True:
            return None
        if not isinstance(most, int) or self._hooks.kept.retries >= most:
            return None
        return _FEEDBACK.format(reason=clean_text(str(abort.get("reason"))[:MAX_REASON]))

    def _without_instructions_of_step(self, state: RunState) -> RunState:
        """Return a state whose instructions are those of the run: processors' hold for a step."""
        if state.hooks is None or HookName.PROCESS_INPUT not in self._names:
            return state
        kept = replace(state.hooks.kept, system=state.hooks.call.system)
        return changed(state, hooks=replace(state.hooks, kept=kept))

    async def _is_misfit(self, text: str) -> bool:
        """Tell whether an answer is not of the form that it must have, so that it is none yet."""
        output = self._plan.output
        if output is None:
            return False
        return (await output.read(text, self._plan.client)).problems is not None

    async def _refuse_output(self, state: RunState, text: str) -> None:
        name = HookName.OUTPUT_GUARDRAILS
        more: JsonObject = {"steps": steps_of(state), "text": text}
        self._refuse_tripped(name, await self._hooks.ask(name, (), more))

    def _refuse_tripped(self, name: HookName, said: Json) -> None:
        tripped = self._fields(name, said).get("tripped")
        if tripped is None:
            return
        fields = tripped if isinstance(tripped, dict) else {}
        which, info = str(fields.get("name"))[:MAX_NAME], str(fields.get("info"))[:MAX_REASON]
        what = f'the guardrail "{which}" was tripped{f": {info}" if info else ""}'
        raise self._tripped(name, what, {"guardrail": which})

    def _refuse_aborted(self, name: HookName, fields: JsonObject) -> None:
        abort = fields.get("abort")
        if abort is None:
            return
        said = abort if isinstance(abort, dict) else {}
        which = str(said.get("processor"))[:MAX_NAME]
        what = f'the processor "{which}" aborted it: {str(said.get("reason"))[:MAX_REASON]}'
        raise self._tripped(name, what, {"processor": which})

    def _tripped(
        self, name: HookName, what: str, metadata: dict[str, str]
    ) -> GuardrailTrippedError:
        agent, where = self._plan.agent.key[:MAX_NAME], self._hooks.place(name)
        message = f'The agent "{agent}" refused to go on at its `{name.value}`{where}: {what}.'
        return GuardrailTrippedError(clean_text(message), {**metadata, "hook": name.value})

    def _fields(self, name: HookName, said: Json) -> JsonObject:
        if not isinstance(said, dict):
            raise self._hooks.failed(name, "its answer is no object")
        return said


def _cleared(state: RunState) -> RunState:
    """Return the state after all answers so far were let pass."""
    hooks = state.hooks or HookState()
    return changed(state, hooks=replace(hooks, cleared=len(hooks.records)))


def _memory_of(fields: JsonObject) -> JsonObject:
    memory = fields.get("state")
    return memory if isinstance(memory, dict) else {}
