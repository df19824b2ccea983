"""The handoffs of the agent that speaks: what models are offered of them, and how one is made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.executor.agent.cast import Cast
from services.executor.agent.handing import handed_over
from services.executor.agent.hook_changes import DishonouredError
from services.executor.agent.hook_messages import SeenMessages
from services.executor.agent.hooks import LoopHooks
from services.executor.agent.plan import RunPlan
from services.executor.agent.progress import Progress
from services.executor.agent.state import PendingCall, RunState, call_ended
from services.executor.agent_parts import AgentLink, HookName, SchemaSource
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import Message, ResultForm, ToolCall, ToolMessage
from services.executor.domain import Json, JsonObject, ToolSpec
from services.executor.errors import HookFailedError
from services.executor.events import AgentChanged, Event, ToolOutcome, ToolOutputAvailable

IGNORED = "Multiple handoffs detected, ignoring this one."
MAX_NAME = 1024
MAX_DESCRIPTION = 64 * 1024
_NO_INPUT: JsonObject = {
    "type": "object",
    "properties": {},
    "required": [],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Offered:
    """A handoff that models are offered: the tool that stands for it, and its place in the list."""

    link: AgentLink
    at: int
    tool: ToolSpec


Offers: TypeAlias = dict[str, Mapping[str, Offered]]


@dataclass(frozen=True)
class Made:
    """A handoff that was made: the plan of the agent that goes on, and the state after the step.

    ``outputs`` tell of the results of the calls, ``event`` of the agent; all come with the state,
    so that a run that goes on from a state makes a handoff once, or again as a whole.
    """

    plan: RunPlan
    state: RunState
    outputs: Sequence[Event]
    event: AgentChanged


class LoopHandoffs:
    """The handoffs of the agent that speaks.

    Args:
        plan: its plan.
        cast: plans the agents that it hands over to.
        hooks: asks its functions, if it has any.
        progress: holds the state.
        known: what the sandbox has told of agents whose handoffs stay the same, by agent.
    """

    def __init__(
        self,
        plan: RunPlan,
        cast: Cast,
        hooks: LoopHooks | None,
        progress: Progress,
        known: Offers,
    ) -> None:
        self._plan = plan
        self._cast = cast
        self._hooks = hooks
        self._progress = progress
        self._links = plan.agent.handoffs
        self._known = known
        self._offered: Mapping[str, Offered] | None = known.get(plan.agent.key)
        if not any(link.asked for link in self._links):
            each = (_offered(link, at) for at, link in enumerate(self._links))
            self._offered = {one.tool.key: one for one in each}

    def __repr__(self) -> str:
        return f"LoopHandoffs({', '.join(link.name for link in self._links)})"

    @property
    def tools(self) -> dict[str, ToolSpec]:
        """The tools that stand for the handoffs that the next query offers, by their names."""
        return {name: each.tool for name, each in (self._offered or {}).items()}

    def has(self, tool: str) -> bool:
        """Tell whether a call of ``tool`` is a handoff."""
        return tool in (self._offered or {})

    async def before_query(self) -> None:
        """Ask which handoffs the next query offers; raises HookFailedError."""
        varies = any(link.varies for link in self._links)
        if self._offered is None or varies:
            self._offered = await self._asked()
            if not varies:
                self._known[self._plan.agent.key] = self._offered

    async def before_calls(self) -> None:
        """Ask the same for the calls of a run that goes on from its state."""
        if self._offered is None:
            await self.before_query()

    async def make(self) -> Made | None:
        """Make the first handoff among the pending calls, None if there is none.

        Raises:
            HookFailedError: a function of it failed, or said what cannot be honoured.
            ExecutorError: the other agent cannot be planned.
        """
        wanted = [
            item
            for item in self._progress.state.pending
            if self.has(item.call.tool) and item.answer is None
        ]
        if not wanted or self._offered is None:
            return None
        first, *others = wanted
        offered = self._offered[first.call.tool]
        filtered = await self._filtered(offered, first.call, others) if offered.link.asked else None
        plan = await self._cast.plan_of(offered.link.agent)
        result: JsonObject = {"assistant": offered.link.name}
        state, outputs = self._progress.state, [_told(item.call, IGNORED) for item in others]
        for item in others:
            message = ToolMessage(item.call.id, item.call.tool, IGNORED)
            state = call_ended(state, ToolOutcome.NOT_STARTED, message, 0.0)
        text = _compact(result)
        message = ToolMessage(first.call.id, first.call.tool, text, ResultForm.JSON)
        state = call_ended(state, ToolOutcome.RETURNED, message, 0.0)
        outputs.append(_told(first.call, result))
        state = handed_over(
            state,
            plan.agent.key,
            first.call.id,
            {item.call.id for item in others},
            filtered,
            has_hooks=bool(plan.agent.hooks),
        )
        previous, model = self._plan.agent.key, plan.models[0].model
        changed_to = AgentChanged(plan.agent.key, model, previous, first.call.id)
        return Made(plan, state, outputs, changed_to)

    async def _asked(self) -> Mapping[str, Offered]:
        assert self._hooks is not None
        name = HookName.HANDOFFS
        said = await self._hooks.ask(name, ())
        if not isinstance(said, list) or len(said) != len(self._links):
            raise self._failed(name, "the agent has other handoffs than its source says")
        found: dict[str, Offered] = {}
        for at, (link, item) in enumerate(zip(self._links, said, strict=True)):
            fields = item if isinstance(item, dict) else {}
            if fields.get("agent") != link.name:
                other = str(fields.get("agent"))[:100]
                reason = f"its handoff [{at}] is to `{other}`, and to `{link.name}` in its source"
                raise self._failed(name, reason)
            if fields.get("enabled") is True:
                tool = await self._tool(at, fields)
                same = self._plan.agent.tools.get(tool.key)
                if same is not None and same.schema_source is SchemaSource.SERVER:
                    reason = f"its handoff [{at}] is called as a tool of its MCP servers"
                    raise self._failed(name, f"{reason}, `{tool.key[:100]}`")
                found.pop(tool.key, None)  # of several of one name, the last is offered
                found[tool.key] = Offered(link, at, tool)
        return found

    async def _tool(self, at: int, fields: JsonObject) -> ToolSpec:
        """Return what stands for a handoff, as the sandbox tells it; raises HookFailedError."""
        name, description, answer = (fields.get(key) for key in ("tool", "description", "schema"))
        if (
            not (isinstance(name, str) and isinstance(description, str) and isinstance(answer, str))
            or not 0 < len(name) <= MAX_NAME
            or len(description) > MAX_DESCRIPTION
        ):
            reason = f"its handoff [{at}] has no name or description that can be sent"
            raise self._failed(HookName.HANDOFFS, reason)
        assert self._plan.schema_of is not None
        try:
            schema = await self._plan.schema_of(answer)
        except UnreadableSchemaError as error:
            reason = f"the schema of its handoff [{at}] cannot be sent: {error}"
            raise self._failed(HookName.HANDOFFS, reason) from None
        return _tool_of(clean_text(name), clean_text(description), schema)

    async def _filtered(
        self, offered: Offered, call: ToolCall, others: Sequence[PendingCall]
    ) -> tuple[Sequence[Message], int] | None:
        """Call the functions of a handoff; return what its filter leaves, None without one."""
        assert self._hooks is not None
        name, state = HookName.HANDOFF, self._progress.state
        gone = {item.call.id for item in others}
        answered = handed_over(
            call_ended(
                state,
                ToolOutcome.RETURNED,
                ToolMessage(call.id, call.tool, _compact({"assistant": offered.link.name})),
                0.0,
            ),
            "",
            call.id,
            gone,
            None,
            has_hooks=False,
        )
        kept = self._hooks.kept.kept
        seen = SeenMessages(kept.shown(answered.conversation))
        began = len(state.history) + 1 + len(self._plan.since)
        began = began if kept.messages is None else kept.earlier
        new = len(answered.said) - len(state.said) + 1
        more: JsonObject = {
            "at": offered.at,
            "callId": call.id,
            "input": call.given_text,
            "began": seen.place_of(began),
            "new": seen.place_of(len(seen.whole) - new),
        }
        said = await self._hooks.ask(name, seen.whole, more)
        fields = said if isinstance(said, dict) else {}
        if "messages" not in fields:
            return None
        began_with = fields.get("began")
        try:
            messages = seen.read(fields["messages"])
        except DishonouredError as error:
            raise self._failed(name, str(error)) from None
        if not isinstance(began_with, int) or isinstance(began_with, bool) or not messages:
            raise self._failed(name, "its `inputFilter` leaves nothing that can be sent")
        return messages, max(0, min(began_with, len(messages)))

    def _failed(self, name: HookName, reason: str) -> HookFailedError:
        assert self._hooks is not None
        return self._hooks.failed(name, reason)


def _offered(link: AgentLink, at: int) -> Offered:
    return Offered(link, at, _tool_of(link.tool, link.description, _NO_INPUT))


def _tool_of(name: str, description: str, schema: JsonObject) -> ToolSpec:
    # Not strict: in the chat form the SDK does not ask for it either.
    return ToolSpec(name, description, schema, SchemaSource.STATIC)


def _told(call: ToolCall, output: Json) -> Event:
    return ToolOutputAvailable(call.id, output, len(_compact(output)))


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
