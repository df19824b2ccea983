"""How frameworks call an agent as a tool: what it is told, and what is made of its answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.executor.agent.budget import lowest
from services.executor.agent.plan import RunPlan
from services.executor.agent.seen_messages import form_of
from services.executor.agent.state import RunState
from services.executor.agent.steps import End
from services.executor.agent.tool_answers import answer_of_tools
from services.executor.agent_parts import AgentLink, HookName
from services.executor.bundle.frameworks.agent_calls import AgentCallForm
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.bundle.manifest.instructions import BETWEEN_TEXTS
from services.executor.conversation import AssistantMessage, Message, ToolMessage, UserMessage
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    Json,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolSpec,
    ToolUsage,
)
from services.executor.events import Finish

EXTRACTOR = "customOutputExtractor"
# What the caller's own code says of a call of an agent.
_ASKED = frozenset({EXTRACTOR, "isEnabled", "needsApproval"})
AGENT_PREFIX = "agent-"
MAX_DIGITS = 6


@dataclass(frozen=True)
class Told:
    """What a nested run begins with; ``instructions`` come after the agent's own."""

    message: UserMessage
    history: tuple[Message, ...] = ()
    instructions: str = ""
    max_steps: int | None = None


def told(caller: AgentSpec, link: AgentLink, given: Json, seen: Sequence[Message]) -> Told:
    """Return what an agent is told that is called as a tool.

    Args:
        caller: the agent that calls it.
        link: what the caller says of it.
        given: the input of the call, which fits the tool's schema.
        seen: the conversation of the caller.
    """
    form = _form_of(caller)
    fields = given if isinstance(given, dict) else {}
    most = _steps(fields.get(form.max_steps)) if form.max_steps else None
    instructions = str(fields.get(form.instructions) or "") if form.instructions else ""
    if form.with_conversation and caller.system:
        instructions = BETWEEN_TEXTS.join(filter(None, (instructions, caller.system)))
    return Told(
        UserMessage(str(fields.get(form.prompt) or "")),
        _without_calls(seen) if form.with_conversation else (),
        instructions,
        most or link.max_steps or form.default_steps,
    )


def _form_of(caller: AgentSpec) -> AgentCallForm:
    framework = framework_named(caller.framework)
    return AgentCallForm() if framework is None else framework.agent_calls


def _steps(value: Json) -> int | None:
    """Return a limit of queries that a model wrote, as a number or its text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 1 <= value < 10**MAX_DIGITS else None


def asked_of(tool: ToolSpec) -> list[str]:
    """Return the settings of an agent as a tool that the sandbox is asked around a call."""
    return [name for name in tool.gates if name in _ASKED]


def begun(plan: RunPlan, said: Told) -> RunPlan:
    """Return the plan of a nested run that is told this."""
    budget, agent = plan.budget, plan.agent
    most = lowest((budget.max_steps, said.max_steps)) or budget.max_steps
    if said.instructions:
        texts = filter(None, (agent.system, said.instructions))
        agent = replace(agent, system=BETWEEN_TEXTS.join(texts))
    return replace(
        plan,
        agent=agent,
        budget=replace(budget, max_steps=max(1, most)),
        message=said.message,
        history=said.history,
    )


def text_of(plan: RunPlan, state: RunState, finish: Finish) -> str:
    """Return the answer of a nested run as its caller's framework reads it."""
    last = state.last_answer
    text = last.text if last is not None else ""
    checked = any(hook.name is HookName.OUTPUT_GUARDRAILS for hook in plan.agent.hooks)
    if text.strip() and not (checked and finish.output is not None):
        return text
    if finish.output is not None:
        (value,) = finish.output
        return value if isinstance(value, str) else _compact(value)
    return answer_of_tools(plan, state, End(finish.finish_reason)) or ""


def answered(caller: AgentSpec, text: str) -> ToolResult:
    """Return what a call gives whose nested run has answered."""
    if not _form_of(caller).in_object:
        return ToolResult(text, None, ToolUsage())
    shown = _compact({"type": "text", "value": text})
    return ToolResult({"text": text}, None, ToolUsage(), model_output_json=shown)


def failed(caller: AgentSpec, link: AgentLink) -> ToolResult:
    """Return what a call gives whose nested run has failed, in the words of its framework."""
    form = _form_of(caller)
    if form.excuse:
        return ToolResult(form.excuse, None, ToolUsage())
    key = link.tool.removeprefix(AGENT_PREFIX)
    text = form.failure.format(caller=caller.name, key=key)
    return ToolResult(None, ToolFailure(FailureKind.THROWN, text), ToolUsage())


def cut(caller: AgentSpec, link: AgentLink, text: str) -> ToolResult:
    """Return what a call gives whose nested run has made as many queries as its agent may."""
    return answered(caller, text) if _form_of(caller).cut_answers else failed(caller, link)


def refused(kind: FailureKind, reason: str, *, was_begun: bool = False) -> ToolResult:
    """Return what a call gives that Caisson does not make, or not to its end."""
    return ToolResult(None, ToolFailure(kind, reason), ToolUsage(), begun=was_begun)


def extraction(state: RunState, text: str, output: tuple[Json] | None) -> JsonObject:
    """Return what a custom output extractor is given of a nested run, for the sandbox."""
    given: JsonObject = {
        "text": text,
        "messages": [form_of(message) for message in state.conversation],
        "inputs": len(state.history) + 1,
    }
    return given if output is None else {**given, "output": output[0]}


def _without_calls(seen: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation up to the answer that makes the call, without any calls of tools."""
    last = max((at for at, m in enumerate(seen) if isinstance(m, AssistantMessage)), default=0)
    kept: list[Message] = []
    for message in seen[:last]:
        if isinstance(message, AssistantMessage):
            if message.text or message.reasoning:
                kept.append(replace(message, calls=()))
        elif not isinstance(message, ToolMessage):
            kept.append(message)
    return tuple(kept)


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
