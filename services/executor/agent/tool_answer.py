"""The answer of a model to a tool, as it arrives."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from services.executor.agent.assembler import Answer, Spent, StepAssembler
from services.executor.agent.budget import lowest
from services.executor.agent.deltas import Answering, Refused, Retrying
from services.executor.agent.ports import ModelQuery
from services.executor.agent.spent import tool_queried
from services.executor.agent.state import setting_refused
from services.executor.agent.tool_asking import (
    CANCELLED,
    MAX_PARTS_CHARACTERS,
    PART_CHARACTERS,
    Asking,
)
from services.executor.agent.tool_queries import AskedQuery
from services.executor.agent.usage_costs import BYTES_PER_TOKEN, estimated_tokens
from services.executor.budgets import BudgetReached
from services.executor.conversation import AssistantMessage, TokenUsage, UsageSource
from services.executor.domain import Json
from services.executor.errors import ExecutorError, FetchFailedError, LimitError
from services.executor.events import (
    Event,
    ReasoningDelta,
    TextDelta,
    ToolInputDelta,
    ToolInputStart,
)

MANY_CHARACTERS: Final = 16 * 1024
"""When so many wait to be taken, pieces are joined, so that their number stays small."""


@dataclass(frozen=True)
class Answered:
    """A whole answer."""

    answer: Answer

    @property
    def characters(self) -> int:
        """How many characters it has."""
        message = self.answer.message
        calls = sum(len(call.input_text) + len(call.signature) for call in message.calls)
        blocks = (len(each.text + each.signature + each.redacted) for each in message.reasoning)
        return len(message.text) + calls + sum(blocks)

    def shown(self) -> dict[str, Json]:
        """Return its last part: how it ended, its calls, what it used."""
        answer = self.answer
        usage = answer.usage
        calls: list[Json] = [
            {"id": call.id, "tool": call.tool, "input": call.input_text}
            for call in answer.message.calls
        ]
        return {
            "type": "finish",
            "reason": answer.finish_reason.value,
            "model": answer.model,
            "calls": calls,
            "usage": {
                "input": usage.input_tokens,
                "output": usage.output_tokens,
                "cached": usage.cached_input_tokens,
                "cacheWritten": usage.cache_write_input_tokens,
                "reasoning": usage.reasoning_tokens,
            },
        }


class ToolAnswer:
    """One answer, filled by a task and taken by another.

    ``whole`` is the whole of it, once it has ended and what it used is counted. ``hold`` and
    ``release`` count the characters that wait to be taken.
    """

    def __init__(
        self, call_id: str, hold: Callable[[int], None], release: Callable[[int], None]
    ) -> None:
        self._call_id = call_id
        self._hold = hold
        self._release = release
        self._parts: list[dict[str, str]] = []
        self._waiting = 0
        self._news = asyncio.Event()
        self._error: Exception | None = None
        self.whole: Answered | None = None

    def __repr__(self) -> str:
        return (
            f"ToolAnswer({self._call_id}, waiting={self._waiting}, whole={self.whole is not None})"
        )

    async def fill(self, asking: Asking, asked: AskedQuery) -> None:
        """Ask the model, and count what it uses; what it fails with is raised by ``taken``."""
        began = asking.clock.monotonic()
        writing = StepAssembler(asking.progress.state.step, _unique_ids(asking, asked.query))
        prompt, answer, error = 0, None, CANCELLED
        try:
            routes = asking.rules.routes(asked.model, asked.framework)
            query = asked.routed(routes)
            query = replace(
                query,
                left_out=asking.progress.state.left_out,
                first_token_s=asking.rules.budget.first_token_s,
                token_gap_s=asking.rules.budget.token_gap_s,
            )
            prompt = estimated_tokens(query.system, query.messages, query.tools)
            answer = await self._streamed(asking, query, prompt, writing)
            error = ""
        except Exception as failed:  # noqa: BLE001 - the tool gets every error
            self._error = failed
            error = failed.message if isinstance(failed, ExecutorError) else "internal error"
        finally:
            spent = [*writing.spent]
            if spent and error is CANCELLED:
                spent[-1] = _estimated(spent[-1], prompt, writing.characters)
            try:
                event = await asking.record(self._call_id, spent, began, asked.model, error)
                if answer is not None:
                    self.whole = Answered(replace(answer, usage=event.usage, model=event.model))
            except Exception as failed:  # noqa: BLE001 - nobody may wait for what does not come
                self._error = failed
            self._news.set()

    async def taken(self) -> list[Json]:
        """Return the parts since the last time, waiting for one; raises what the query failed with.

        With the last of them ``whole`` is set, and there may be none.
        """
        while not (self._parts or self._error or self.whole):
            self._news.clear()
            await self._news.wait()
        if self._error is not None and not self._parts:
            raise self._error
        taken, characters = 0, 0
        while taken < len(self._parts) and characters < MAX_PARTS_CHARACTERS:
            characters += _size(self._parts[taken])
            taken += 1
        parts: list[Json] = [{**part} for part in self._parts[:taken]]
        del self._parts[:taken]
        self._waiting -= characters
        self._release(characters)
        return parts

    @property
    def is_over(self) -> bool:
        """Whether the answer is whole, and all of it was taken."""
        return self.whole is not None and not self._parts

    def drop(self) -> None:
        """Forget what nobody will take; who waits for it is told that it was cancelled."""
        self._release(self._waiting)
        self._parts, self._waiting = [], 0
        self._error = self._error or FetchFailedError(CANCELLED)
        self._news.set()

    async def _streamed(
        self, asking: Asking, query: ModelQuery, prompt: int, writing: StepAssembler
    ) -> Answer:
        """Read the answer to its end."""
        routes = (query.route, *query.fallbacks)
        await asking.price_all(route.model for route in routes)

        def most_output() -> int | None:
            allowed = asking.allowed(routes, prompt, writing.spent)
            return 0 if isinstance(allowed, BudgetReached) else lowest((allowed,))

        def check() -> None:
            reached = asking.allowed(routes, prompt, writing.spent)
            if isinstance(reached, BudgetReached):
                raise LimitError(reached.text)

        check()
        stream = asking.model.stream(query, most_output)
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                events = writing.feed(delta)
                if isinstance(delta, Refused):
                    state = setting_refused(asking.progress.state, delta.model, delta.setting)
                    await asking.progress.move(state, *events)
                    check()
                elif isinstance(delta, Retrying):
                    await asking.progress.move(tool_queried(asking.progress.state, ()), *events)
                    check()
                elif isinstance(delta, Answering):
                    await asking.price(delta.model)
                else:
                    self._keep(events)
        answer = writing.answer()
        self._keep(writing.close())
        return answer

    def _keep(self, events: Sequence[Event]) -> None:
        for event in events:
            part = _part(event)
            if part is None:
                continue
            size = _size(part)
            self._hold(size)
            self._waiting += size
            last = self._parts[-1] if self._waiting > MANY_CHARACTERS else {}
            if part["type"] == last.get("type") and part.get("id") == last.get("id"):
                last["text"] = last.get("text", "") + part.get("text", "")
            else:
                self._parts.append(part)
            self._news.set()


def _estimated(spent: Spent, prompt: int, characters: int) -> Spent:
    """Return what an attempt used: an estimate, if it was cancelled before its provider told."""
    model, usage = spent
    if usage.source is not None:
        return spent
    output = math.ceil(characters / BYTES_PER_TOKEN)
    return model, TokenUsage(prompt, output, source=UsageSource.ESTIMATED)


def _part(event: Event) -> dict[str, str] | None:
    """Return what the sandbox is told of an event of an answer, None for nothing."""
    if isinstance(event, TextDelta):
        return {"type": "text", "text": event.delta}
    if isinstance(event, ReasoningDelta):
        return {"type": "reasoning", "text": event.delta}
    if isinstance(event, ToolInputStart):
        return {"type": "call", "id": event.call_id, "tool": event.tool}
    if isinstance(event, ToolInputDelta):
        return {"type": "input", "id": event.call_id, "text": event.delta}
    return None


def _size(part: dict[str, str]) -> int:
    return PART_CHARACTERS + sum(map(len, part.values()))


def _unique_ids(asking: Asking, query: ModelQuery) -> Callable[[str], str]:
    """Return a function that makes ids of calls unique in a conversation."""
    answers = (each for each in query.messages if isinstance(each, AssistantMessage))
    taken = {call.id for answer in answers for call in answer.calls}

    def unique(provider_id: str) -> str:
        usable = 0 < len(provider_id) <= 128 and provider_id not in taken
        call_id = provider_id if usable else asking.ids.new("call")
        taken.add(call_id)
        return call_id

    return unique
