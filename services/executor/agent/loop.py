"""The agent loop: query the model, execute the calls, append what came of them, and again."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field

from services.executor.agent.agent_rules import stops_after, tool_choice_of
from services.executor.agent.budget import Budget
from services.executor.agent.deltas import Answer, StepAssembler
from services.executor.agent.ports import Emit, IdSource, LanguageModel, ModelQuery, ToolSession
from services.executor.agent.tool_inputs import AgentTools
from services.executor.agent.tool_step import ToolStep
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    Message,
    SessionKey,
    TokenUsage,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import AgentSpec, Bundle
from services.executor.events import Finish, FinishStep, StartStep

MAX_CALL_ID_CHARACTERS = 128


@dataclass(frozen=True)
class RunPlan:
    """All that is settled before the first query.

    ``session`` is None for a conversation of one run; ``history`` is what it held before.
    ``context_json`` is the runtime context that the tools are given, ``allow_fetch`` what narrows
    the deployment's fetch rules.
    """

    run_id: str
    bundle: Bundle
    agent: AgentSpec
    tools: AgentTools
    model: str
    budget: Budget
    message: str
    session: SessionKey | None
    history: tuple[Message, ...]
    context_json: str
    allow_fetch: tuple[str, ...] | None = None


@dataclass
class RunState:
    """Where a run is: what was said in it, the steps made, the tokens used, the ids taken."""

    said: list[Message]
    step: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    call_ids: set[str] = field(default_factory=set)


class AgentLoop:
    """One run's loop over its state.

    Args:
        plan: what to run.
        model: whom to ask; it retries as far as that may be.
        session: where the tools run.
        emit: takes the events.
        ids: makes ids for calls that have none of their own.
    """

    def __init__(
        self, plan: RunPlan, model: LanguageModel, session: ToolSession, emit: Emit, ids: IdSource
    ) -> None:
        self._plan = plan
        self._model = model
        self._emit = emit
        self._ids = ids
        self._tools = ToolStep(
            plan.agent.key,
            plan.tools,
            session,
            plan.context_json,
            plan.budget.tool_text_bytes,
            emit,
        )
        self.state = RunState([UserMessage(plan.message)], call_ids=_call_ids(plan.history))

    def __repr__(self) -> str:
        return f"AgentLoop({self._plan.run_id}, step={self.state.step})"

    async def run(self) -> Finish:
        """Go on until the model stops or the budget is used up; return how it ended.

        Raises:
            ModelError: the model failed.
            RunnerUnavailableError, BundleLoadError: the tools cannot run at all.
        """
        state = self.state
        while True:
            state.step += 1
            await self._emit(StartStep(state.step))
            answer = await self._query()
            state.said.append(answer.message)
            state.usage = _sum(state.usage, answer.usage)
            calls = answer.message.calls
            if calls:
                state.said += await self._tools.run(calls)
            await self._emit(FinishStep(state.step, answer.finish_reason, answer.usage))
            if not calls or stops_after(self._plan.agent, calls):
                return Finish(answer.finish_reason, state.usage, state.step)
            if state.step >= self._plan.budget.max_steps:
                return Finish(FinishReason.MAX_STEPS, state.usage, state.step)

    async def _query(self) -> Answer:
        """Ask the model once; its answer is streamed as events while it comes in."""
        plan = self._plan
        offered = plan.tools.offered
        called = any(isinstance(message, ToolMessage) for message in self.state.said)
        query = ModelQuery(
            model=plan.model,
            system=plan.agent.system,
            messages=(*plan.history, *self.state.said),
            tools=tuple(offered.values()),
            settings=plan.agent.settings,
            tool_choice=tool_choice_of(plan.agent, offered, tools_were_called=called),
        )
        step = StepAssembler(self.state.step, self._unique_call_id)
        async with aclosing(self._model.stream(query)) as deltas:
            async for delta in deltas:
                for event in step.feed(delta):
                    await self._emit(event)
        for event in step.close():
            await self._emit(event)
        return step.answer()

    def _unique_call_id(self, provider_id: str) -> str:
        taken = self.state.call_ids
        usable = 0 < len(provider_id) <= MAX_CALL_ID_CHARACTERS and provider_id not in taken
        call_id = provider_id if usable else self._ids.new("call")
        taken.add(call_id)
        return call_id


def _call_ids(history: tuple[Message, ...]) -> set[str]:
    answers = (message for message in history if isinstance(message, AssistantMessage))
    return {call.id for answer in answers for call in answer.calls}


def _sum(first: TokenUsage, second: TokenUsage) -> TokenUsage:
    """Add counts; a sum with an estimate in it is an estimate."""
    sources = {first.source, second.source}
    known = UsageSource.PROVIDER if UsageSource.PROVIDER in sources else None
    return TokenUsage(
        first.input_tokens + second.input_tokens,
        first.output_tokens + second.output_tokens,
        first.cached_input_tokens + second.cached_input_tokens,
        first.reasoning_tokens + second.reasoning_tokens,
        UsageSource.ESTIMATED if UsageSource.ESTIMATED in sources else known,
    )
