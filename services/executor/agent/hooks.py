"""Asks an agent's hooks at their places in the loop, and checks what they say.

A hook is a function of the bundle. It runs in the sandbox, without any capability. One that fails,
or says what cannot be honoured, ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent.changes import NONE, Changes
from services.executor.agent.hook_changes import DishonouredError, lost_names, read_changes
from services.executor.agent.hook_messages import SeenMessages
from services.executor.agent.hook_state import HookState, StepRecord
from services.executor.agent.hook_steps import steps_of
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import ToolSession
from services.executor.agent.progress import Progress
from services.executor.agent.shown_results import where
from services.executor.agent.state import RunState, changed
from services.executor.agent_parts import HookName
from services.executor.conversation import FinishReason, Message, ToolCall
from services.executor.domain import AgentSpec, ConsoleLine, Json, JsonObject, ToolFailure
from services.executor.errors import FieldViolation, HookFailedError
from services.executor.events import ToolConsole
from services.executor.side_thread import dumps_json, loads_json

MAX_GIVEN = 1000 * 1000
"""The most characters of what a hook is given; nothing is left out of it."""
MAX_NAME = 1024
MAX_PROBLEM = 600


class AgentHooks:
    """Calls an agent's hooks in the run's sandbox."""

    def __init__(self, agent: AgentSpec, session: ToolSession, context: JsonObject) -> None:
        self._agent = agent
        self._session = session
        self._context = context
        self.names = frozenset(hook.name for hook in agent.hooks)

    def __repr__(self) -> str:
        return f"AgentHooks({', '.join(sorted(name.value for name in self.names))})"

    async def ask(self, name: HookName, given: JsonObject) -> Json:
        """Return what a hook says, in the form of the toolrunner's protocol.

        Raises:
            HookFailedError: it failed, or said what cannot be honoured.
            RunnerUnavailableError, BundleLoadError: it cannot be called.
        """
        said = await self.said(name, given)
        if isinstance(said, ToolFailure):
            reason = f"it failed ({said.kind.value}): {said.text[:MAX_PROBLEM]}{where(said)}"
            raise self.failed(name, reason)
        return said

    async def said(self, name: HookName, given: JsonObject) -> Json | ToolFailure:
        """Return what a hook says, or how it failed; raises as ``ask`` for what is not honoured."""
        text = await dumps_json(given, compact=True)
        if len(text) > MAX_GIVEN:
            most = f"{MAX_GIVEN} characters, the most that a hook is given"
            raise self.failed(name, f"the conversation has more than {most}; shorten it")
        said = await self._session.hook(self._agent.key, name, text, self._context)
        if isinstance(said, ToolFailure):
            return said
        try:
            answer = await loads_json(said)
        except (ValueError, RecursionError):
            answer = None
        fields = answer if isinstance(answer, dict) else {}
        if "problem" in fields:
            raise self.failed(name, str(fields["problem"])[:MAX_PROBLEM])
        if "value" not in fields:
            raise self.failed(name, "its answer cannot be read")
        return fields["value"]

    def place(self, name: HookName) -> str:
        """Return where a hook is, after a blank; empty if that is not known."""
        hooks = self._agent.hooks
        hook = next((each for each in hooks if each.name is name), hooks[0] if hooks else None)
        return f" (line {hook.line}, column {hook.column})" if hook and hook.line else ""

    def failed(self, name: HookName, reason: str) -> HookFailedError:
        """Return why a hook ends the run; the reason is a clause."""
        message = (
            f'The run of the agent "{self._agent.key[:128]}" ended at its `{name.value}`'
            f"{self.place(name)}, a function of the bundle: {reason}."
        )
        return HookFailedError(message, violations=(FieldViolation("spec.agent", message),))


class LoopHooks:
    """The hooks of a loop: what they change is in the state of its progress."""

    def __init__(self, plan: RunPlan, session: ToolSession, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        self._hooks = AgentHooks(plan.agent, session, plan.context)
        self._step = NONE
        self._told: set[tuple[HookName, str]] = set()

    def __repr__(self) -> str:
        return f"LoopHooks({self._hooks!r})"

    @property
    def changes(self) -> Changes:
        """What holds for the query that comes or goes on."""
        return self.kept.kept.with_step(self._step)

    @property
    def names(self) -> frozenset[HookName]:
        """The names of the hooks."""
        return self._hooks.names

    async def ask(
        self, name: HookName, messages: Sequence[Message], more: JsonObject | None = None
    ) -> Json:
        """Return what a hook says of the run so far, and of what else it is given."""
        return await self._hooks.ask(name, {**self._given(messages), **(more or {})})

    def failed(self, name: HookName, reason: str) -> HookFailedError:
        """Return why a hook ends the run; the reason is a clause."""
        return self._hooks.failed(name, reason)

    def place(self, name: HookName) -> str:
        """Return where a hook is, after a blank; empty if that is not known."""
        return self._hooks.place(name)

    def change_step(self, changes: Changes) -> None:
        """Change the query that comes, besides what other hooks change of it.

        Raises:
            HookFailedError: the model must call a tool that it is not offered.
        """
        self._step = changes
        self._check_choice(HookName.PROCESS_INPUT_STEP)

    @property
    def mends(self) -> bool:
        """Whether a hook mends calls that cannot be made."""
        return HookName.REPAIR_TOOL_CALL in self._hooks.names

    @property
    def kept(self) -> HookState:
        """What hooks have made of the run so far."""
        return self._progress.state.hooks or HookState()

    async def before_query(self) -> None:
        """Ask what changes the next query; raises HookFailedError."""
        if self._progress.state.hooks is None:
            call = await self._changes_by(HookName.PREPARE_CALL)
            await self._progress.move(
                changed(self._progress.state, hooks=HookState(call=call, kept=call))
            )
        self._step = await self._changes_by(HookName.PREPARE_STEP)
        self._check_choice(HookName.PREPARE_STEP)

    def _check_choice(self, of_step: HookName) -> None:
        """Raise HookFailedError if the model must call a tool that it is not offered."""
        changes, step = self.changes, self._step
        wanted = changes.tool_choice.tool if changes.tool_choice is not None else ""
        active = changes.active_tools
        if wanted and wanted not in (self._plan.tools.offered if active is None else active):
            is_of_step = step.has_choice or step.active_tools is not None
            name = of_step if is_of_step else HookName.PREPARE_CALL
            reason = f"the model must call `{wanted[:100]}`, which it is not offered"
            raise self._hooks.failed(name, reason)

    def after_answer(self, state: RunState) -> RunState:
        """Return the state after an answer, with what later steps need."""
        before, changes = self.kept, self.changes
        record = StepRecord(
            len(state.said) - 1,
            state.finish_reason or FinishReason.OTHER,
            state.answer_usage,
            state.answer_model,
        )
        hooks = replace(
            before,
            kept=before.kept.kept_of(self._step),
            records=(*before.records, record),
            offered=changes.active_tools,
            tried=(),
        )
        self._step = NONE
        return changed(state, hooks=hooks)

    async def stops(self) -> bool:
        """Ask whether the run ends after the last step; raises HookFailedError."""
        stop = await self._hooks.ask(HookName.STOP_WHEN, self._given(()))
        state = self._progress.state
        if stop is not True:
            passed = replace(self.kept, passed=state.step)
            await self._progress.move(changed(state, hooks=passed))
        return stop is True

    async def mended(self, call: ToolCall, problem: str) -> ToolCall | None:
        """Return a call as a hook mends it, None if it does not; once for each call.

        A hook that fails here leaves the call as it is, as its framework does: the model is told.

        Raises:
            RunnerUnavailableError, BundleLoadError: it cannot be called.
        """
        if call.id in self.kept.tried:
            return None
        state = self._progress.state
        self._progress.correct(
            changed(state, hooks=replace(self.kept, tried=(*self.kept.tried, call.id)))
        )
        asked: JsonObject = {"id": call.id[:MAX_NAME], "tool": call.tool, "problem": problem}
        given = self._given(self.kept.kept.shown(self.conversation(until_answer=True)))
        given["call"] = {**asked, "input_text": call.input_text}
        given["schemas"] = self._schemas()
        said = await self._hooks.ask(HookName.REPAIR_TOOL_CALL, given)
        if said is None:
            return None
        fields = said if isinstance(said, dict) else {}
        tool, text = fields.get("tool"), fields.get("input_text")
        if not isinstance(tool, str) or not isinstance(text, str) or len(tool) > MAX_NAME:
            reason = "its answer is no call of a tool"
            raise self._hooks.failed(HookName.REPAIR_TOOL_CALL, reason)
        return ToolCall(call.id, tool, text, call.signature)

    def _schemas(self) -> JsonObject:
        """Return the JSON Schemas of the inputs of tools that were offered."""
        tools, offered = self._plan.tools, self.kept.offered
        keys = tools.offered if offered is None else offered
        return {key: tools.usable[key].input_schema for key in keys}

    async def _changes_by(self, name: HookName) -> Changes:
        if name not in self._hooks.names:
            return NONE
        conversation = self.conversation()
        seen = self.seen(self.kept, conversation)
        given = self._given(seen.whole)
        said = await self._hooks.ask(name, given)
        changes = self.changes_in(name, said, seen, len(conversation))
        await self._tell_lost(name, said)
        return changes

    async def _tell_lost(self, name: HookName, said: Json) -> None:
        """Tell clients once what an answer says that is not used; raises HookFailedError."""
        try:
            lost = lost_names(said)
        except DishonouredError as error:
            raise self._hooks.failed(name, str(error)) from None
        for each in lost:
            if (name, each) in self._told:
                continue
            self._told.add((name, each))
            text = f"`{name.value}` sets `{each}`, which is not used: what it says is lost."
            line = ToolConsole("", ConsoleLine("warn", text))
            await self._progress.move(changed(self._progress.state), line)

    def changes_in(self, name: HookName, said: Json, seen: SeenMessages, covers: int) -> Changes:
        """Return the changes that a hook wants of ``covers`` messages, which it was shown.

        Raises:
            HookFailedError: a part of them cannot be honoured.
        """
        agent, known = self._plan.agent, self._plan.tools.usable
        try:
            found = read_changes(said, agent, known, seen.read, covers)
        except DishonouredError as error:
            raise self._hooks.failed(name, str(error)) from None
        messages = found.messages
        return found if messages is None else replace(found, earlier=seen.earlier_in(messages))

    def seen(self, hooks: HookState, conversation: Sequence[Message]) -> SeenMessages:
        """Return what models, and so hooks, see of a conversation."""
        earlier = hooks.kept.earlier_of(len(self._progress.state.history))
        return SeenMessages(hooks.kept.shown(conversation), earlier)

    def conversation(self, *, until_answer: bool = False) -> tuple[Message, ...]:
        """Return the messages of the conversation, without the last answer if wanted."""
        state = self._progress.state
        said = state.said[: self.kept.records[-1].at] if until_answer else state.said
        return (*state.history, *said)

    def _given(self, messages: Sequence[Message]) -> JsonObject:
        """Return what a hook is given, in the form of the toolrunner's protocol."""
        state, kept, changes = self._progress.state, self.kept, self.changes
        agent = changes.of(self._plan.agent)
        offered = self._plan.tools.offered if changes.active_tools is None else changes.active_tools
        initial = SeenMessages(self._initial())
        # Their place among the messages is known, unless a step has put others there.
        is_there = kept.kept.messages is kept.call.messages
        return {
            "step": len(kept.records),
            "instructions": [agent.system],
            "instructionsAreOwn": changes.system is None,
            "messages": SeenMessages(messages).to_json(),
            "initialMessages": len(initial) if is_there else initial.to_json(),
            "steps": steps_of(state),
            "tools": list(offered),
            "settings": dict(agent.settings),
        }

    def _initial(self) -> tuple[Message, ...]:
        """Return the messages that the run began with."""
        state, records = self._progress.state, self.kept.records
        began = state.said[: records[0].at] if records else state.said
        return self.kept.call.shown((*state.history, *began))
