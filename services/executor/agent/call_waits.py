"""What the calls of one agent wait for, and what becomes of the answers."""

from __future__ import annotations

from dataclasses import replace

from services.executor.agent.approvals import BY_BUNDLE, Approvals, Wanted
from services.executor.agent.ports import Clock, IdSource
from services.executor.agent.progress import Progress
from services.executor.agent.state import call_mended, with_call
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ValidCall, needs_person
from services.executor.agent.waiting import EXPIRED, Denied, Expired, Waiting
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.clients import Client
from services.executor.conversation import ResultForm, ToolCall
from services.executor.domain import AgentSpec, FailureKind, ToolFailure
from services.executor.events import Event, ToolInputAvailable, ToolOutcome
from services.executor.lifecycle_events import (
    InputAnswered,
    InputKind,
    InputOutcome,
    InputRequired,
    ToolOutputDenied,
)
from services.executor.long_json import write_long

NANO = 1_000_000_000
MAX_SCHEMA_CHARACTERS = 16 * 1024
NO_CLIENT = "the client runs this tool, and nobody waits for its result here: it was not run"
NOT_FITTING = "It was approved with another input, which cannot be used: {}"
DENIED = "Tool call execution denied."


class CallWaits:
    """Finds what calls wait for, and applies the answers.

    Args:
        agent: the agent whose calls these are.
        tools: its tools.
        approvals: the rules of the deployment and of the request.
        client: the client whose turn the checks use.
        progress: holds the state.
        clock: dates what is waited for.
        ids: names it.
        may_wait: whether the run may end for now; if not, calls that need somebody are not made.
    """

    def __init__(
        self,
        agent: AgentSpec,
        tools: AgentTools,
        approvals: Approvals,
        client: Client,
        progress: Progress,
        clock: Clock,
        ids: IdSource,
        *,
        may_wait: bool,
    ) -> None:
        self._agent = agent
        self._tools = tools
        self._approvals = approvals
        self._client = client
        self._progress = progress
        self._clock = clock
        self._ids = ids
        self.may_wait = may_wait
        self._held: dict[str, tuple[ValidCall, Wanted]] = {}

    def __repr__(self) -> str:
        return f"CallWaits({', '.join(self._held)}, may_wait={self.may_wait})"

    async def wanted(self, item: ValidCall, *, is_approved: bool) -> Wanted | None:
        """Return what a call waits for before it is made; None for a call that may be made."""
        tool = self._tools.usable[item.call.tool]
        if not is_approved:
            by_bundle = tool.needs_approval and (tool.client_side or not tool.approval_asked)
            asked = (self._agent.key, tool.key, item.input_json, self._client)
            found = await self._approvals.wanted(*asked, by_bundle=by_bundle)
            if found is not None:
                return found
        return self._approvals.result() if tool.client_side else None

    def refusal(self, call: ToolCall, wanted: Wanted) -> ToolFailure:
        """Return why a call is not made where the run may not wait."""
        if wanted.kind is InputKind.TOOL_RESULT:
            return ToolFailure(FailureKind.NOT_APPROVED, NO_CLIENT)
        return needs_person(call.tool)

    def hold(self, item: ValidCall, wanted: Wanted | None = None) -> None:
        """Hold a call back until ``begin``; by default for the approval that its bundle wants."""
        by_bundle = Wanted(InputKind.APPROVAL, BY_BUNDLE, self._approvals.wait_s)
        self._held[item.call.id] = item, wanted or by_bundle

    async def begin(self) -> bool:
        """Begin to wait for all that is held back; return whether any call of the step waits."""
        state, events = self._progress.state, list[Event]()
        for item, wanted in self._held.values():
            call = item.call
            ends_ns = self._clock.now_ns() + int(wanted.wait_s * NANO)
            waits = Waiting(self._ids.new("input"), wanted.kind, ends_ns, wanted.reason)
            outcome = ToolOutcome.NOT_STARTED
            if wanted.kind is InputKind.TOOL_RESULT:
                outcome = ToolOutcome.UNFINISHED  # from now on the client may run it
            state = with_call(state, call.id, waits=waits, outcome=outcome)
            events.append(self._required(item, waits))
        self._held.clear()
        if events:
            await self._progress.move(state, *events)
        return any(item.waits is not None and item.answer is None for item in state.pending)

    def _required(self, item: ValidCall, waits: Waiting) -> InputRequired:
        tool, schema = self._tools.usable[item.call.tool], None
        if tool.input_schema is not None and not (tool.parses_input and not tool.client_side):
            text = write_long(tool.input_schema, compact=True)
            schema = tool.input_schema if len(text) <= MAX_SCHEMA_CHARACTERS else None
        return InputRequired(
            waits.input_id,
            waits.kind,
            item.call.id,
            item.call.tool,
            item.input,
            waits.expires_ns,
            waits.reason,
            schema,
            len(item.input_json),
        )

    async def approve(self, call: ToolCall, waits: Waiting) -> None:
        """Let a call be made."""
        state = with_call(self._progress.state, call.id, waits=None, is_approved=True)
        await self._progress.move(state, InputAnswered(waits.input_id, InputOutcome.APPROVED))

    async def approve_edited(
        self, call: ToolCall, waits: Waiting, checked: ValidCall | InvalidCall
    ) -> None:
        """Let a call be made with another input, if that can be used; else it is denied."""
        if isinstance(checked, InvalidCall):
            await self.deny(call, waits, Denied(NOT_FITTING.format(checked.error_text)))
            return
        state = call_mended(self._progress.state, checked.call)
        state = with_call(state, call.id, waits=None, is_approved=True)
        size = len(checked.input_json)
        told = ToolInputAvailable(call.id, call.tool, checked.input, size)
        await self._progress.move(state, InputAnswered(waits.input_id, InputOutcome.EDITED), told)

    async def deny(self, call: ToolCall, waits: Waiting, answer: Denied | Expired) -> None:
        """Close a call that may not be made, or that nobody has answered."""
        if isinstance(answer, Expired):
            outcome, text = InputOutcome.EXPIRED, EXPIRED
        else:
            outcome, text = InputOutcome.DENIED, answer.reason or self._denied
        closed = {"waits": None, "answer": text, "form": ResultForm.FAILURE}
        state = with_call(self._progress.state, call.id, **closed)
        if not (isinstance(answer, Expired) and waits.kind is InputKind.TOOL_RESULT):
            state = with_call(state, call.id, outcome=ToolOutcome.NOT_STARTED)
        told = ToolOutputDenied(call.id, text)
        await self._progress.move(state, InputAnswered(waits.input_id, outcome), told)

    @property
    def _denied(self) -> str:
        """What the agent's framework tells the model of a call that was denied."""
        framework = framework_named(self._agent.framework)
        return DENIED if framework is None else framework.tools.denied


def edited_call(call: ToolCall, text: str) -> ToolCall:
    """Return a call with another input, JSON text."""
    return replace(call, input_text=text, is_object=None)
