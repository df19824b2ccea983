"""The agent loop: query the model, execute the calls, append what came of them, and again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from services.executor.agent.agent_rules import tool_choice_of
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.agent.budget import Budget, output_allowed
from services.executor.agent.compaction import HistoryBudget, compacted
from services.executor.agent.deltas import Answering, Retrying
from services.executor.agent.ledger import CallLedger
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.ports import (
    Clock,
    Emit,
    IdSource,
    ModelPrices,
    ModelQuery,
    RunModel,
    ToolSession,
)
from services.executor.agent.state import RunState, answered, calls_made, corrected, total
from services.executor.agent.steps import (
    Ask,
    Correct,
    End,
    Read,
    RunCalls,
    after_reading,
    next_action,
    reason_of,
)
from services.executor.agent.tool_inputs import AgentTools
from services.executor.agent.tool_step import ToolStep
from services.executor.agent.usage_costs import by_model, costed, dearest, estimated_tokens
from services.executor.clients import Client
from services.executor.conversation import (
    AssistantMessage,
    Message,
    ModelRoute,
    Price,
    SessionKey,
    SessionPolicy,
    TokenUsage,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import AgentSpec, Bundle
from services.executor.events import (
    BudgetReached,
    Effects,
    Finish,
    FinishStep,
    StartStep,
)

MAX_CALL_ID_CHARACTERS = 128


@dataclass(frozen=True)
class RunPlan:
    """All that is settled before the first query.

    Attributes:
        client: whose share everything of the run counts for.
        models: whom to ask, the next when the one before cannot answer; at least one.
        prices: what they cost, by name, where the cost is limited.
        since: what has followed on ``message`` before this run.
        history: what was said before ``message``, where the client keeps the conversation.
        request_id: the client's own id of its request.
        session: None for a conversation of one run, or one that the client keeps.
        session_policy: what to do when another run of the session is going on.
        context_json: the runtime context that the tools are given.
        allow_fetch: what narrows the deployment's fetch rules.
        output: what the answer has to fit; None for free text.
    """

    run_id: str
    client: Client
    bundle: Bundle
    agent: AgentSpec
    tools: AgentTools
    models: tuple[ModelRoute, ...]
    budget: Budget
    message: UserMessage
    session: SessionKey | None
    context_json: str
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    session_policy: SessionPolicy = SessionPolicy.REJECT
    allow_fetch: tuple[str, ...] | None = None
    output: OutputSchema | None = None
    since: tuple[Message, ...] = ()
    history: tuple[Message, ...] = ()
    request_id: str = ""


@dataclass(frozen=True)
class LoopParts:
    """What the loop works with: whom to ask, where tools run, who hears of it, what it costs."""

    model: RunModel
    session: ToolSession
    emit: Emit
    prices: ModelPrices
    ids: IdSource
    clock: Clock
    history: HistoryBudget = field(default_factory=HistoryBudget)


class AgentLoop:
    """One run's loop over its state; ``history`` is what the conversation held before."""

    def __init__(self, plan: RunPlan, parts: LoopParts, history: tuple[Message, ...] = ()) -> None:
        self._plan = plan
        self._parts = parts
        self._shown = history
        self._seen = 0
        self._prices = dict(plan.prices)
        self._ledger = CallLedger()
        self._call_ids = _call_ids((*history, *plan.since))
        self._writing: StepAssembler | None = None
        self._answer: Answer | None = None
        self._tools = ToolStep(
            plan.agent.key,
            plan.client,
            plan.tools,
            parts.session,
            plan.context_json,
            plan.budget.tool_text_bytes,
            parts.emit,
            parts.clock,
            self._ledger,
        )
        self.state = RunState((plan.message, *plan.since))
        self._spent: list[tuple[str, TokenUsage]] = []

    def __repr__(self) -> str:
        return f"AgentLoop({self._plan.run_id}, step={self.state.step}, {self._ledger!r})"

    async def run(self) -> Finish:
        """Go on until the model stops or a budget is used up; return how it ended.

        Raises:
            ModelError: the model failed.
            RunnerUnavailableError, BundleLoadError: the tools cannot run at all.
            LimitError: whether the answer fits its schema takes too long to tell.
        """
        plan = self._plan
        while True:
            action = next_action(plan.agent, plan.budget, plan.output, self.state)
            if isinstance(action, Read) and plan.output is not None:
                action = after_reading(await plan.output.read(action.text, plan.client), self.state)
            if isinstance(action, End):
                return self._finish(action)
            if isinstance(action, Ask):
                reached = await self._ask()
                if reached is not None:
                    return self._finish(End(reason_of(reached), budget=reached))
            elif isinstance(action, RunCalls):
                await self._run_calls(action)
            elif isinstance(action, Correct):
                self._correct(action)

    def effects(self) -> Effects:
        """Return what was done so far."""
        spent = [*self._spent, *(self._writing.spent if self._writing is not None else ())]
        models = by_model(spent, self._prices)
        return Effects(self.state.step, self._used(), self._ledger.effects(), models=models)

    def said(self, *, cut_off: bool) -> tuple[Message, ...]:
        """Return what the conversation is to keep; every call in it has its answer.

        Args:
            cut_off: also what the model had written of an answer that somebody cut off.
        """
        state = self.state
        kept = (*state.said, *self._ledger.answers(state.pending))
        if cut_off and self._writing is not None and self._writing.text:
            kept = (*kept, AssistantMessage(self._writing.text))
        return kept

    async def _ask(self) -> BudgetReached | None:
        """Ask the model once; its answer is streamed as events while it comes in.

        Returns the budget that forbids it, None when it was asked.
        """
        query = self._query()
        prompt = self._prompt_tokens(query)
        reached = self._reached(prompt)
        if reached is not None:
            return reached
        step = self.state.step + 1
        await self._parts.emit(StartStep(step))
        self._writing = StepAssembler(step, self._unique_call_id)
        answer = await self._read(self._writing, query, prompt)
        if isinstance(answer, BudgetReached):
            return answer
        self._spent += self._writing.spent
        self._writing = None
        self._ledger.enter(answer.message.calls)
        self._answer = answer
        self.state = answered(self.state, answer)
        if not answer.message.calls:
            await self._step_is_done(answer)
        return None

    async def _read(
        self, writing: StepAssembler, query: ModelQuery, prompt: int
    ) -> Answer | BudgetReached:
        """Read an answer to its end; return the budget that forbids to ask again for it.

        Args:
            writing: is fed what comes.
            query: what is asked.
            prompt: what asking it once costs, in tokens.
        """
        emit = self._parts.emit
        stream = self._parts.model.stream(query, lambda: self._most_output(prompt))
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                if isinstance(delta, Answering) and delta.model not in self._prices:
                    self._prices[delta.model] = await self._parts.prices.price_of(delta.model)
                reached = self._reached(prompt) if isinstance(delta, Retrying) else None
                if reached is not None:
                    return reached
                for event in writing.feed(delta):
                    await emit(event)
        for event in writing.close():
            await emit(event)
        answer = writing.answer()
        return replace(answer, usage=costed(writing.spent, self._prices))

    async def _run_calls(self, action: RunCalls) -> None:
        if action.refused is not None:
            made = await self._tools.refuse(action.calls, action.refused)
        else:
            most = self._plan.budget.tool_time_s
            left = None if most is None else most - self.state.tool_time_s
            made = await self._tools.run(action.calls, left)
        self.state = calls_made(self.state, made)
        if self._answer is not None:
            await self._step_is_done(self._answer)

    async def _step_is_done(self, answer: Answer) -> None:
        event = FinishStep(self.state.step, answer.finish_reason, answer.usage, answer.model)
        await self._parts.emit(event)

    def _correct(self, action: Correct) -> None:
        self.state = corrected(self.state, action.problems)

    def _finish(self, end: End) -> Finish:
        effects = self.effects()
        return Finish(end.reason, effects.usage, effects.steps, end.output, end.budget, effects)

    def _query(self) -> ModelQuery:
        plan = self._plan
        offered = plan.tools.offered
        called = any(isinstance(message, ToolMessage) for message in self.state.said)
        return ModelQuery(
            route=plan.models[0],
            system=plan.agent.system,
            messages=self._messages(),
            tools=tuple(offered.values()),
            settings=plan.agent.settings,
            tool_choice=tool_choice_of(plan.agent, offered, tools_were_called=called),
            fallbacks=plan.models[1:],
            output_schema=plan.output.schema if plan.output is not None else None,
            cache_key=_cache_key(plan),
            first_token_s=plan.budget.first_token_s,
            token_gap_s=plan.budget.token_gap_s,
        )

    def _messages(self) -> tuple[Message, ...]:
        """Return the conversation as the model is shown it, cut down anew where it has grown."""
        said = self.state.said
        grown = (*self._shown, *said[self._seen :])
        self._shown = compacted(grown, self._parts.history, latest=len(said))
        self._seen = len(said)
        return self._shown

    def _prompt_tokens(self, query: ModelQuery) -> int:
        """Return what a prompt is taken to cost; 0 where no budget asks."""
        budget = self._plan.budget
        if budget.max_input_tokens is None and budget.max_cost_usd is None:
            return 0
        return estimated_tokens(query.system, query.messages, query.tools)

    def _output_allowed(self, prompt: int) -> BudgetReached | int | None:
        plan = self._plan
        price = dearest(self._prices.get(route.model) for route in plan.models)
        return output_allowed(plan.budget, self._used(), prompt, price)

    def _reached(self, prompt: int) -> BudgetReached | None:
        """Return the budget that forbids to ask."""
        allowed = self._output_allowed(prompt)
        return allowed if isinstance(allowed, BudgetReached) else None

    def _most_output(self, prompt: int) -> int | None:
        """Return the tokens that an answer may have, now that ``_reached`` says that it may be."""
        allowed = self._output_allowed(prompt)
        return 0 if isinstance(allowed, BudgetReached) else allowed

    def _used(self) -> TokenUsage:
        """Return what the run has used, the answer that is being written included."""
        state, writing = self.state, self._writing
        if writing is None or not writing.spent:
            return state.usage
        return total(state.usage, costed(writing.spent, self._prices), first=state.step == 0)

    def _unique_call_id(self, provider_id: str) -> str:
        taken = self._call_ids
        usable = 0 < len(provider_id) <= MAX_CALL_ID_CHARACTERS and provider_id not in taken
        call_id = provider_id if usable else self._parts.ids.new("call")
        taken.add(call_id)
        return call_id


def _cache_key(plan: RunPlan) -> str:
    """Return what the prompts of one conversation, or else of one agent, have in common.

    It goes to the provider, so it tells nothing of whose conversation it is.
    """
    session = plan.session or SessionKey("", "")
    parts = (plan.bundle.manifest.digest, plan.agent.key, session.resource_id, session.session_id)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _call_ids(history: tuple[Message, ...]) -> set[str]:
    answers = (message for message in history if isinstance(message, AssistantMessage))
    return {call.id for answer in answers for call in answer.calls}
