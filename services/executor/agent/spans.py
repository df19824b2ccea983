"""The spans of agents, model queries and tool calls, by the conventions for generative AI."""

from __future__ import annotations

import json
from typing import Self

from services.executor.agent.deltas import Attempts, Finished, ModelDelta, TextPiece, UsageReport
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import (
    ModelQuery,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.waiting import Suspended
from services.executor.domain import ToolResult
from services.executor.events import Abort, Error, Terminal
from services.telemetry.current import current_span
from services.telemetry.traces import names
from services.telemetry.traces.port import NO_SPAN, Kind, Span
from services.telemetry.traces.recorded import SEARCHED_CHARACTERS

SHOWN_MESSAGES = 8


def span_name(agent: str) -> str:
    """Return the name of the span of an agent, by its name."""
    return f"{names.INVOKE_AGENT} {agent}"


def begin_agent(around: Span, key: str, name: str) -> Span:
    """Begin the span of an agent, by its key and its name, inside another one."""
    span = around.child(span_name(name or key))
    describe_agent(span, key, name)
    return span


def describe_agent(span: Span, key: str, name: str) -> None:
    """Note which agent a span is about."""
    span.set(names.OPERATION, names.INVOKE_AGENT)
    span.set(names.AGENT_ID, key)
    span.set(names.AGENT_NAME, name or key)


def describe_run(span: Span, plan: RunPlan) -> None:
    """Note which run a span is about."""
    if not span.recording:
        return
    describe_agent(span, plan.agent.key, plan.agent.name)
    span.set(names.RUN_ID, plan.run_id)
    span.set(names.PROGRAM, plan.bundle.manifest.digest)
    if plan.client.organisation:
        span.set(names.ORGANISATION, plan.client.organisation)
    if plan.session is not None:
        span.set(names.CONVERSATION_ID, plan.session.session_id)
    if plan.version is not None:
        span.set(names.AGENT_VERSION, plan.version.name)


def note_end(span: Span, end: Terminal | Suspended) -> None:
    """Note how a run ended, or that it waits for somebody."""
    if isinstance(end, Suspended):
        span.set(names.FINISH_REASONS, ("waiting",))
        return
    span.set(names.INPUT_TOKENS, end.effects.usage.input_tokens)
    span.set(names.OUTPUT_TOKENS, end.effects.usage.output_tokens)
    if isinstance(end, Error):
        span.fail(str(end.error.reason))
    elif isinstance(end, Abort):
        span.fail(end.cause.name)
    else:
        span.set(names.FINISH_REASONS, (end.finish_reason.value,))


class Turns:
    """The agents to which one loop is handed over: each has a span inside that of the loop.

    Inside ``with``, the span of the agent that speaks is the current one.
    """

    def __init__(self) -> None:
        self._around: Span = NO_SPAN
        self._span: Span | None = None

    def __repr__(self) -> str:
        return f"Turns({self._span!r})"

    def __enter__(self) -> Self:
        self._around = current_span()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._span is not None:
            self._span.__exit__(kind, error, trace)
            self._span = None

    def hand_to(self, key: str, name: str) -> None:
        """Let another agent speak; does nothing outside of ``with``."""
        if not self._around.recording:
            return
        self.__exit__(None, None, None)
        self._span = begin_agent(self._around, key, name)
        self._span.__enter__()


class ChatSpan:
    """The span of one attempt to have a query answered; it takes the pieces of the answer.

    It is never the current one: an answer is read by a generator, which has no context of its own.
    """

    def __init__(self, query: ModelQuery, attempts: Attempts) -> None:
        self._text: list[str] = []
        provider, _, model = query.model.rpartition("/")
        self._span = span = current_span().child(f"{names.CHAT} {model}", Kind.CLIENT)
        self.recording = span.recording
        self._lacks = SEARCHED_CHARACTERS if span.takes_content else 0
        if not self.recording:
            return
        span.set(names.OPERATION, names.CHAT)
        span.set(names.PROVIDER, provider)
        span.set(names.REQUEST_MODEL, model)
        span.set(names.ATTEMPT, attempts.failed + 1)
        if span.takes_content:
            shown = [
                {"role": type(each).__name__.removesuffix("Message").lower(), "content": repr(each)}
                for each in query.messages[-SHOWN_MESSAGES:]
            ]
            span.set_content(names.INPUT_MESSAGES, json.dumps(shown, ensure_ascii=False))

    def take(self, delta: ModelDelta) -> None:
        """Note what a piece says of the whole answer."""
        if isinstance(delta, UsageReport):
            self._span.set(names.INPUT_TOKENS, delta.usage.input_tokens)
            self._span.set(names.OUTPUT_TOKENS, delta.usage.output_tokens)
        elif isinstance(delta, Finished):
            self._span.set(names.FINISH_REASONS, (delta.reason.value,))
        elif isinstance(delta, TextPiece) and self._lacks > 0:
            self._text.append(delta.text)
            self._lacks -= len(delta.text)

    def end(self, failure: str = "") -> None:
        """End it; ``failure`` is a word for why there is no answer, empty if there is."""
        if self._text:
            self._span.set_content(names.OUTPUT_MESSAGES, "".join(self._text))
        if failure:
            self._span.fail(failure)
        self._span.end()


async def traced_call(
    session: ToolSession, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
) -> ToolResult:
    """Make one tool call inside its span; see ``ToolSession.call``."""
    with current_span().child(f"{names.EXECUTE_TOOL} {invocation.tool}") as span:
        if not span.recording:
            return await session.call(invocation, on_console, on_begun)
        span.set(names.OPERATION, names.EXECUTE_TOOL)
        span.set(names.TOOL_NAME, invocation.tool)
        span.set(names.TOOL_CALL_ID, invocation.tool_call_id)
        span.set_content(names.TOOL_ARGUMENTS, invocation.input_json)
        result = await session.call(invocation, on_console, on_begun)
        if result.failure is not None:
            span.fail(result.failure.kind.name)
        span.set(names.FUEL, result.usage.fuel)
        if span.takes_content and result.output_json:
            span.set_content(names.TOOL_RESULT, result.output_json)
        return result
