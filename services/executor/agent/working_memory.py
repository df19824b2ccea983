"""Notes that a model keeps from run to run: read before its first query, revised by a tool.

The framework of the agent says how models are told of them and what a call of the tool makes of
them; see ``NotesForm``. The tool runs here, not in the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.executor.agent.ports import (
    NotesStore,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.session_around import SessionAround
from services.executor.agent_memory import MemoryScope, WorkingMemory
from services.executor.bundle.frameworks.notes_form import NotesForm
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.clients import Client
from services.executor.conversation import AssistantMessage, Message, SessionKey, ToolMessage
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    Json,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.errors import FieldViolation, LimitError, RequestError

MAX_NOTES_BYTES = 64 * 1024
"""The most bytes of notes: every query of every run carries them."""


@dataclass(frozen=True)
class AgentNotes:
    """The working memory of an agent in a session, and the form that its framework gives it."""

    working: WorkingMemory
    form: NotesForm
    owner: SessionKey

    def in_prompt(self, agent: AgentSpec, notes: str) -> AgentSpec:
        """Return the agent whose system prompt tells of its notes."""
        told = self.form.told(self.working, notes)
        return replace(agent, system=f"{agent.system}\n\n{told}" if agent.system else told)


def _form_of(agent: AgentSpec) -> NotesForm | None:
    """Return the form of an agent's notes, None when it keeps none."""
    framework = framework_named(agent.framework)
    has_notes = agent.memory is not None and agent.memory.working is not None
    return framework.notes if has_notes and framework is not None else None


def notes_of(agent: AgentSpec, session: SessionKey | None) -> AgentNotes | None:
    """Return where an agent keeps its notes in a run, None without any or without a session."""
    form = _form_of(agent)
    working = None if agent.memory is None else agent.memory.working
    if session is None or working is None or form is None:
        return None
    is_shared = working.scope is MemoryScope.RESOURCE
    owner = replace(session, session_id="") if is_shared else session
    return AgentNotes(working, form, owner)


def own_tools(agent: AgentSpec, tools: Iterable[str]) -> frozenset[str]:
    """Return the names of the tools that are the bundle's own, which the sandbox runs."""
    form = _form_of(agent)
    return frozenset(tools) - ({form.tool} if form is not None else set())


def with_notes_tool(agent: AgentSpec, session: SessionKey | None) -> AgentSpec:
    """Return the agent with the tool by which it keeps notes, if it does in this run.

    Raises:
        RequestError: its notes belong to a resource, and the request names none.
    """
    notes = notes_of(agent, session)
    if notes is None:
        return agent
    if not notes.owner.resource_id and not notes.owner.session_id:
        message = (
            f'The agent "{agent.key[:128]}" keeps its working memory for a resource: set '
            "`spec.resource_id` (`--resource`), or leave out `spec.session_id` to run without."
        )
        raise RequestError(message, violations=(FieldViolation("spec.resource_id", message),))
    tools = {**agent.tools, notes.form.tool: notes.form.spec(notes.working)}
    return replace(agent, tools=tools)


def without_notes(messages: Sequence[Message], agent: AgentSpec) -> tuple[Message, ...]:
    """Return messages without the calls that revise notes: a conversation does not keep them."""
    form = _form_of(agent)
    if form is None:
        return tuple(messages)
    kept: list[Message] = []
    for message in messages:
        if isinstance(message, ToolMessage) and message.tool == form.tool:
            continue
        if isinstance(message, AssistantMessage) and message.calls:
            calls = tuple(call for call in message.calls if call.tool != form.tool)
            if not calls and not message.text:
                continue
            message = message if len(calls) == len(message.calls) else replace(message, calls=calls)
        kept.append(message)
    return tuple(kept)


class NotingSession(SessionAround):
    """The tools of a run, with the one that revises notes."""

    def __init__(
        self, session: ToolSession, notes: AgentNotes, store: NotesStore, client: Client
    ) -> None:
        super().__init__(session, {notes.form.tool})
        self._notes = notes
        self._store = store
        self._client = client

    async def call_own(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Revise the notes."""
        on_begun()
        try:
            output = await self._revised(invocation.input_json)
        except (ValueError, RecursionError, LimitError) as error:
            failure = ToolFailure(FailureKind.THROWN, str(error), "Error")
            return ToolResult(None, failure, ToolUsage())
        written = json.dumps(output, ensure_ascii=False, separators=(",", ":"))
        return ToolResult(output, None, ToolUsage(), written)

    async def _revised(self, input_json: str) -> Json:
        """Revise the notes; return the tool's output."""
        if len(input_json) > 2 * MAX_NOTES_BYTES:
            raise ValueError(_TOO_LONG)
        given: Json = json.loads(input_json)
        outputs: list[Json] = []

        def revised(old: str) -> str | None:
            revision = self._notes.form.revised(self._notes.working, old, given)
            if len((revision.notes or "").encode("utf-8", "replace")) > MAX_NOTES_BYTES:
                raise ValueError(_TOO_LONG)
            outputs.append(revision.output)
            return revision.notes

        await self._store.revise_notes(self._notes.owner, revised, self._client)
        return outputs[-1]


_TOO_LONG = f"the working memory would be over the limit of {MAX_NOTES_BYTES:,} bytes: keep less"
