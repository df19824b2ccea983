"""The agent loop: query the model, execute the calls, append the results, repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from services.executor.agent.agent_rules import calls_at_once, tool_choice_of
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.agent.budget import output_allowed
from services.executor.agent.cache_keys import cache_key
from services.executor.agent.call_ids import unique_ids
from services.executor.agent.call_waits import CallWaits
from services.executor.agent.cast import Cast
from services.executor.agent.changes import NONE, Changes
from services.executor.agent.compaction import ShownHistory
from services.executor.agent.deltas import Answering, Refused, Retrying
from services.executor.agent.effects import effects_of, finished_step
from services.executor.agent.guards import LoopGuards
from services.executor.agent.handoffs import LoopHandoffs, Offers
from services.executor.agent.hooks import LoopHooks
from services.executor.agent.ledger import Ledger
from services.executor.agent.loop_parts import LoopParts
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import ModelQuery
from services.executor.agent.progress import Progress
from services.executor.agent.spans import Turns
from services.executor.agent.started import told_later
from services.executor.agent.state import (
    Asking,
    RunState,
    answered,
    asked,
    calls_done,
    changed,
    corrected,
    priced,
    retried,
    setting_refused,
)
from services.executor.agent.steps import (
    Ask,
    AskToStop,
    Correct,
    End,
    Read,
    RunCalls,
    Wait,
    after_reading,
    next_action,
    reason_of,
)
from services.executor.agent.tool_answers import answer_of_tools, read_answer
from services.executor.agent.tool_step import ToolStep
from services.executor.agent.usage_costs import costed, dearest, estimated_tokens
from services.executor.agent.waiting import Suspended
from services.executor.budgets import BudgetReached
from services.executor.conversation import (
    AssistantMessage,
    ModelRoute,
    ToolMessage,
)
from services.executor.domain import ToolSpec
from services.executor.events import Event, Finish, StartStep, ToolOutcome


class AgentLoop:
    """The loop of one run, starting from a state."""

    def __init__(self, plan: RunPlan, parts: LoopParts, state: RunState) -> None:
        self._parts = parts
        self._progress = Progress(state, parts.keep, parts.clock, parts.requests)
        self._shown = ShownHistory(state.history, parts.history)
        self._writing: StepAssembler | None = None
        self._cast = parts.cast or Cast(plan, parts.session)
        self._ledger = parts.ledger or Ledger(plan.budget, lambda: self.state, parts.spending)
        self._offers: Offers = {}
        self._turns = Turns()
        self._go_on_as(plan)

    def _go_on_as(self, plan: RunPlan) -> None:
        """Go on as the agent of a plan: with its rules, hooks, tools and handoffs."""
        parts = replace(self._parts, session=self._cast.session_of(plan))
        self._plan = plan
        self._turns.hand_to(plan.agent.key, plan.agent.name)
        if parts.queries is not None:
            parts.queries.begin(plan.tool_queries, self._progress, self._ledger)
        self._hooks = LoopHooks(plan, parts.session, self._progress) if plan.agent.hooks else None
        self._guards = (
            None if self._hooks is None else LoopGuards(plan, self._hooks, self._progress)
        )
        self._handoffs = LoopHandoffs(plan, self._cast, self._hooks, self._progress, self._offers)
        session = parts.session
        if parts.nesting is not None:
            session = parts.nesting.session_of(plan, parts, self._progress, self._ledger)
        self._session = session
        progress, clock = self._progress, parts.clock
        of_agent = plan.agent, plan.tools, plan.approvals, plan.client, progress
        waits = CallWaits(*of_agent, clock, parts.ids, may_wait=parts.may_wait)
        self._tools = ToolStep(
            plan.agent.key,
            plan.client,
            plan.tools,
            session,
            plan.context,
            plan.budget.tool_text_bytes,
            parts.emit,
            clock,
            progress,
            waits,
            calls_at_once(plan.agent),
            self._hooks.mended if self._hooks is not None and self._hooks.mends else None,
            self._handoffs.has,
        )

    def __repr__(self) -> str:
        return f"AgentLoop({self._plan.run_id}, {self._progress!r})"

    @property
    def plan(self) -> RunPlan:
        """The plan of the agent whose turn it is."""
        return self._plan

    @property
    def state(self) -> RunState:
        """The run's state, with the text and usage of an answer in progress."""
        state, writing = self._progress.state, self._writing
        if state.asking is None or writing is None:
            return state
        text = "" if self._withholds else writing.text
        asking = Asking(state.asking.attempts, tuple(writing.spent), text)
        return changed(state, asking=asking)

    @property
    def _withholds(self) -> bool:
        """Whether an answer may still be refused or changed once it is complete."""
        return self._guards is not None and self._guards.withholds

    async def run(self) -> Finish | Suspended:
        """Run until the model stops, a budget is used up, or all that is left waits for somebody.

        Returns how it ended, or what it waits for.

        Raises:
            ModelError: the model failed.
            RunnerUnavailableError, BundleLoadError: the tools cannot run at all.
            LimitError: checking the answer against its schema takes too long.
            HookFailedError: a hook of an agent failed, or said what cannot be honoured.
            ExecutorError: an agent that the run is handed over to cannot be planned.
            GuardrailTrippedError: a guardrail or a processor of the agent refused to go on.
            ToolEndedRunError: a tool failed, which ends runs of the agent's framework.
        """
        with self._turns:
            return await self._to_the_end()

    async def _to_the_end(self) -> Finish | Suspended:
        progress = self._progress
        if progress.state.agent:
            self._go_on_as(await self._cast.plan_of(progress.state.agent))
            await self._price(self._plan.models)
        if self._parts.answers:
            await self._handoffs.before_calls()
            await self._tools.answer(self._parts.answers)
        while True:
            plan, state = self._plan, progress.state
            action = next_action(plan.agent, plan.budget, plan.output, state)
            if isinstance(action, Read) and plan.output is not None:
                action = after_reading(await plan.output.read(action.text, plan.client), state)
            if isinstance(action, AskToStop) and self._guards is not None:
                action = await self._guards.stops() or action
            if isinstance(action, End):
                return self._finish(await self._ended(action))
            if isinstance(action, Ask):
                reached = await self._ask()
                if reached is not None:
                    end = End(reason_of(reached), budget=reached)
                    return self._finish(await self._ended(end))
            elif isinstance(action, Wait):
                return Suspended(action.inputs)
            elif isinstance(action, RunCalls):
                await self._run_calls(action)
            elif isinstance(action, Correct):
                await progress.move(corrected(state, action.problems))

    async def _ended(self, end: End) -> End:
        """Return the end of a run, once what the bundle has to say of it is asked."""
        plan, state = self._plan, self._progress.state
        answer = answer_of_tools(plan, state, end)
        if answer is not None:
            end = await read_answer(plan, end, answer)
        if self._guards is not None:
            await self._guards.at_end(answer)
        return end

    async def _ask(self) -> BudgetReached | None:
        """Query the model once, when it is this run's turn among those of its tree.

        Returns the budget that rules this out, None if the model was queried.
        """
        async with self._ledger.turn():
            reached = self._ledger.take_step()
            if reached is None:
                reached = await self._queried()
                if reached is not None:
                    self._ledger.give_back_step()
            return reached

    async def _queried(self) -> BudgetReached | None:
        """Query the model; its answer is streamed as events as it arrives."""
        progress = self._progress
        if self._guards is not None:
            await self._guards.before_query()
            await self._price(self._models())
        await self._handoffs.before_query()
        query = self._query()
        prompt = self._prompt_tokens(query)
        reached = self._reached(prompt)
        if reached is not None:
            return reached
        step = progress.state.step + 1
        if progress.state.asking is None:
            await progress.move(asked(progress.state), StartStep(step))
        asking = progress.state.asking or Asking()
        tools = {tool.key for tool in query.tools}
        self._writing = StepAssembler(
            step, unique_ids(progress.state.conversation, self._parts.ids), asking.spent, tools
        )
        held: list[Event] = []
        answer = await self._read(self._writing, query, prompt, held)
        if isinstance(answer, BudgetReached):
            return answer
        events = self._writing.close()
        state = answered(progress.state, answer)
        if self._guards is not None:
            checked = await self._guards.after_answer(state, [*held, *events])
            state, events = checked.state, [*checked.events]
        if not state.pending:
            events.append(finished_step(state))
        self._writing = None
        await progress.move(state, *events)
        return None

    async def _read(
        self, writing: StepAssembler, query: ModelQuery, prompt: int, held: list[Event]
    ) -> Answer | BudgetReached:
        """Read an answer to its end; return the budget that rules out a retry.

        Args:
            writing: takes the pieces.
            query: the query.
            prompt: tokens of its prompt.
            held: takes the events of an answer that is held back.
        """
        emit, progress = self._parts.emit, self._progress
        attempts = (progress.state.asking or Asking()).attempts
        stream = self._parts.model.stream(query, lambda: self._most_output(prompt), attempts)
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                if isinstance(delta, Retrying | Refused):
                    state = retried(progress.state, delta.attempts, tuple(writing.spent))
                    if isinstance(delta, Refused):
                        state = setting_refused(state, delta.model, delta.setting)
                    reached = self._reached(prompt)
                    await progress.move(state, *([] if reached else writing.feed(delta)))
                    if reached is not None:
                        return reached
                    continue
                if isinstance(delta, Answering) and delta.model not in progress.state.prices:
                    price = await self._parts.prices.price_of(delta.model)
                    await progress.move(priced(progress.state, delta.model, price))
                for event in writing.feed(delta):
                    if self._withholds:
                        held.append(event)
                    else:
                        await emit(event)
        answer = writing.answer()
        spent = tuple(writing.spent)
        return replace(answer, usage=costed(spent, progress.state.prices), spent=spent)

    async def _run_calls(self, action: RunCalls) -> None:
        progress, most = self._progress, self._plan.budget.tool_time_s
        await self._handoffs.before_calls()
        new = sum(item.outcome is ToolOutcome.NOT_STARTED for item in progress.state.pending)
        refused = action.refused or self._ledger.take_calls(new)
        if refused is not None:
            await self._tools.refuse(refused)
        elif most is None:
            await self._tools.run(None)
        else:
            await self._tools.run(most - progress.state.tool_time_s - progress.state.pending_s)
        if progress.state.ending is not None:
            await self._tools.give_up("a failed call has ended the run.")
        waits = await self._tools.begin_to_wait()
        made = None if refused is not None or waits else await self._handoffs.make()
        if refused is None:
            left = [each.outcome for each in progress.state.pending]
            self._ledger.give_back_calls(left.count(ToolOutcome.NOT_STARTED))
        if waits:
            return
        if made is None:
            state = calls_done(progress.state, refused)
            await progress.move(state, finished_step(state))
            return
        await progress.move(made.state, *made.outputs, finished_step(made.state), made.event)
        for line in told_later(made.plan, self._plan.notes):
            await self._parts.emit(line)
        self._go_on_as(made.plan)
        await self._price(made.plan.models)

    def _finish(self, end: End) -> Finish:
        effects = effects_of(self.state)
        return Finish(end.reason, effects.usage, effects.steps, end.output, end.budget, effects)

    def _query(self) -> ModelQuery:
        plan, said = self._plan, self._progress.state.said
        models, tools, changes = self._models(), self._handoffs.tools, self._changes
        offered = {key: tool for key, tool in self._offered().items() if key not in tools} | tools
        messages = self._shown.before_query(said)
        agent = changes.of(plan.agent)
        if changes.messages is not None:
            messages = changes.shown((*self._progress.state.history, *said))
        own = self._progress.state.own_said
        called = any(isinstance(message, ToolMessage) for message in own)
        return ModelQuery(
            route=models[0],
            system=agent.system,
            messages=messages,
            tools=tuple(offered.values()),
            settings=agent.settings,
            tool_choice=tool_choice_of(agent, offered, tools_were_called=called),
            fallbacks=models[1:],
            output_schema=plan.output.schema if plan.output is not None else None,
            cache_key=cache_key(plan),
            left_out=self._progress.state.left_out,
            first_token_s=plan.budget.first_token_s,
            token_gap_s=plan.budget.token_gap_s,
        )

    @property
    def _changes(self) -> Changes:
        """What hooks, or the filter of a handoff, have changed of the next query."""
        hooks = self._progress.state.hooks
        if self._hooks is not None or hooks is None:
            return NONE if self._hooks is None else self._hooks.changes
        return hooks.kept

    def _offered(self) -> Mapping[str, ToolSpec]:
        """Return the tools to offer: those that the bundle's load made, as far as that is known."""
        plan, offered = self._plan, self._plan.tools.offered
        active = None if self._hooks is None else self._hooks.changes.active_tools
        if active is not None:
            offered = {key: tool for key, tool in plan.tools.usable.items() if key in active}
        out = self._session.out_of_use(plan.agent.key, offered)
        if not out:
            return offered
        # Providers want the tools of calls that they are shown.
        said = self._progress.state.conversation
        answers = (message for message in said if isinstance(message, AssistantMessage))
        called = {call.tool for answer in answers for call in answer.calls}
        return {key: tool for key, tool in offered.items() if key not in out or key in called}

    def _models(self) -> tuple[ModelRoute, ...]:
        """Return the models to ask, in order: the plan's, or the one that a hook has chosen."""
        name = "" if self._hooks is None else self._hooks.changes.model
        route_of = self._plan.route_of
        return route_of(name) if name and route_of is not None else self._plan.models

    async def _price(self, models: Sequence[ModelRoute]) -> None:
        """Look up the prices of models that a hook has chosen, if the cost is limited."""
        if self._plan.budget.max_cost_usd is None:
            return
        for route in models:
            if route.model not in self._progress.state.prices:
                price = await self._parts.prices.price_of(route.model)
                await self._progress.move(priced(self._progress.state, route.model, price))

    def _prompt_tokens(self, query: ModelQuery) -> int:
        """Return the estimated tokens of a prompt; 0 if no budget needs them."""
        budget = self._plan.budget
        if budget.max_input_tokens is None and budget.max_cost_usd is None:
            return 0
        return estimated_tokens(query.system, query.messages, query.tools)

    def _output_allowed(self, prompt: int) -> BudgetReached | int | None:
        plan, state = self._plan, self.state
        price = dearest((state.prices.get(route.model) for route in self._models()), prompt)
        used = self._ledger.used(None if self._parts.ledger is None else state)
        return output_allowed(plan.budget, used, prompt, price)

    def _reached(self, prompt: int) -> BudgetReached | None:
        """Return the budget that rules out a query."""
        allowed = self._output_allowed(prompt)
        return allowed if isinstance(allowed, BudgetReached) else None

    def _most_output(self, prompt: int) -> int | None:
        """Return the token limit of an answer, once ``_reached`` has allowed one."""
        allowed = self._output_allowed(prompt)
        return 0 if isinstance(allowed, BudgetReached) else allowed
