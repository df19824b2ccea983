"""Turns a request into a plan; failures here come before the first event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent.budget import Budget, budget_of
from services.executor.agent.cast import Cast, of_other, with_callable_tools
from services.executor.agent.factories import with_arguments
from services.executor.agent.model_names import ModelNames
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.plan import RunPlan, UnknownParts
from services.executor.agent.ports import BundleSourceReader, IdSource, ModelPrices
from services.executor.agent.tool_inputs import AgentTools, ToolCatalogue
from services.executor.agent.unknown_parts import asked_in_run, unresolved
from services.executor.agent_parts import AskedPart
from services.executor.bundle.intake.agent_answers import Answered, UntoldPartError, answered
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.clients import Client
from services.executor.conversation import ModelRoute, Price, SessionKey, UserMessage
from services.executor.domain import AgentSpec, Bundle, JsonObject, Manifest, RunRequest
from services.executor.egress.environment import both_problem, strings_of, values_problem
from services.executor.egress.policy import EgressPolicy
from services.executor.errors import (
    AgentDisabledError,
    FieldViolation,
    NoAgentsError,
    RequestError,
    UnknownAgentError,
)
from services.executor.limits import DeploymentLimits
from services.executor.schemas.ports import SchemaProcesses

MAX_LISTED_AGENTS = 20


class Planner:
    """Decides everything that a run needs before its first query.

    ``may_ask`` tells whether the sandbox may be asked what an agent is.
    """

    def __init__(
        self,
        bundles: BundleSourceReader,
        prices: ModelPrices,
        names: ModelNames,
        limits: DeploymentLimits,
        ids: IdSource,
        schemas: SchemaProcesses,
        policy: EgressPolicy | None = None,
        *,
        may_ask: bool = True,
    ) -> None:
        self._bundles = bundles
        self._prices = prices
        self._names = names
        self._limits = limits
        self._ids = ids
        self._schemas = schemas
        self._policy = policy or EgressPolicy()
        self._may_ask = may_ask
        self._catalogue = ToolCatalogue(schemas)
        self._answers = AnsweredSchemas(schemas)

    def __repr__(self) -> str:
        return f"Planner({self._names!r}, {self._limits!r}, {self._catalogue!r})"

    async def plan(self, request: RunRequest, client: Client) -> RunPlan:
        """Read the bundle for ``client``, and pick agent and models.

        Raises:
            BundleError: the bundle cannot be used.
            UnknownAgentError: it has no such agent.
            AgentDisabledError: the agent must not run.
            RequestError: an agent or model is missing; the agent takes no arguments; the cost is
                limited and the price of a model is unknown; the schema of the answer is unusable
                or too costly.
        """
        bundle = await self._bundles.read(request.bundle, client)
        return await self._planned(request, client, bundle)

    async def _planned(self, request: RunRequest, client: Client, bundle: Bundle) -> RunPlan:
        agent = pick_agent(bundle.manifest, request.agent)
        refuse_disabled(agent)
        agent = with_arguments(agent, request.agent_arguments, may_ask=self._may_ask)
        plan = self._begun(request, client, bundle, agent)
        asked = asked_in_run(agent, request, is_granted=self._is_granted(plan))
        if not asked:
            return await self._finished(plan, request, agent)

        async def planned(answer: str) -> RunPlan:
            found = await self._answered(agent, asked, answer, client)
            noted = replace(plan, notes=found.diagnostics)
            return await self._finished(noted, request, found.agent)

        parts = tuple(dict.fromkeys(each.part for each in asked))
        fresh = any(each.from_clock for each in asked)
        return replace(plan, unknown=UnknownParts(parts, fresh, planned))

    def _is_granted(self, plan: RunPlan) -> bool:
        """Return whether the run's code sees any variable of the environment."""
        key = plan.agent.key
        return bool(
            plan.env or self._policy.values_for(key, "") or self._policy.secrets_for(key, "")
        )

    async def _answered(
        self, agent: AgentSpec, asked: Sequence[AskedPart], answer: str, client: Client
    ) -> Answered:
        """Return the agent with the parts that a run asked for; raises AgentUnresolvedError."""
        try:
            return await answered(agent, asked, answer, self._answers, client)
        except UntoldPartError as error:
            raise unresolved(agent, (error.part,), str(error)) from None

    async def _finished(self, plan: RunPlan, request: RunRequest, agent: AgentSpec) -> RunPlan:
        """Return the plan with all that depends on what the agent is."""
        client = plan.client
        models = self._names.routes(request.model, request.fallback_models, agent)
        budget = budget_of(self._limits, agent, request.limits)
        digest = plan.bundle.manifest.digest
        agent, notes = with_callable_tools(agent, plan.bundle.manifest)
        plan = replace(plan, notes=(*plan.notes, *notes))
        tools = await self._catalogue.tools_of(digest, agent, client)
        refuse_unmet_choice(agent, tools)

        def route_of(name: str) -> tuple[ModelRoute, ...]:
            other = replace(agent, model=name, fallback_models=())
            return self._names.routes(request.model, request.fallback_models, other)

        return replace(
            plan,
            agent=agent,
            tools=tools,
            models=models,
            route_of=route_of if agent.hooks else None,
            budget=budget,
            prices=await self._prices_of(models, budget),
            output=await self._output_schema(request.output_schema, agent, client),
        )

    def _begun(
        self, request: RunRequest, client: Client, bundle: Bundle, agent: AgentSpec
    ) -> RunPlan:
        """Return the plan as far as it does not depend on what the agent is."""
        session = None
        if request.session_id:
            session = SessionKey(request.resource_id, request.session_id)
        return RunPlan(
            run_id=self._ids.new("run"),
            client=client,
            bundle=bundle,
            agent=agent,
            tools=AgentTools(agent),
            models=(),
            budget=budget_of(self._limits, agent, request.limits),
            message=UserMessage(request.message, request.parts),
            since=request.since,
            history=request.history,
            request_id=request.request_id,
            session=session,
            context=_context(request),
            session_policy=request.session_policy,
            allow_fetch=request.allow_fetch,
            env=self._env(request, agent),
            cast=Cast(lambda key: self._planned(of_other(request, bundle, key), client, bundle)),
        )

    def _env(self, request: RunRequest, agent: AgentSpec) -> dict[str, str]:
        """Return the run's own plain values; raises RequestError if the deployment has the names.

        Those in the request's context count too, if nothing else has the name.
        """
        secrets = {each.name for each in self._policy.secrets_for(agent.key, "")}
        message = both_problem(request.env, secrets)
        taken = sorted(set(request.env).intersection(self._policy.values_for(agent.key, "")))
        if not message and taken:
            message = f"{taken[0]} is set by the deployment for this agent; leave it out."
        if message:
            raise RequestError(message, violations=(FieldViolation("spec.env", message),))
        both = {**strings_of(request.request_context), **request.env}
        if problem := values_problem(both):
            message = f"The `env` of the request's context cannot be an environment: {problem}"
            raise RequestError(
                message, violations=(FieldViolation("spec.request_context.env", message),)
            )
        return both

    async def _output_schema(
        self, asked: JsonObject | None, agent: AgentSpec, client: Client
    ) -> OutputSchema | None:
        schema = asked or agent.output_schema
        if schema is None:
            return None
        try:
            return await OutputSchema.made(schema, self._schemas, client)
        except ValueError as error:
            message = f"The answer's schema cannot be used: {error}"
            if not asked:
                message = f"The bundle's own answer schema cannot be used: {error}"
            raise RequestError(
                message, violations=(FieldViolation("spec.output_schema", message),)
            ) from None

    async def _prices_of(
        self, models: tuple[ModelRoute, ...], budget: Budget
    ) -> dict[str, Price | None]:
        if budget.max_cost_usd is None:
            return {}  # unlimited costs do not need a price
        prices = {route.model: await self._prices.price_of(route.model) for route in models}
        unknown = [model for model, price in prices.items() if price is None]
        if unknown:
            message = (
                f'The cost of the run is limited, but the price of "{unknown[0]}" is unknown. '
                "Set it in CAISSON_EXECUTOR_MODEL_PRICES, use another model, or limit tokens."
            )
            raise RequestError(
                message, violations=(FieldViolation("spec.limits.max_cost_nano_usd", message),)
            )
        return prices


def pick_agent(manifest: Manifest, key: str) -> AgentSpec:
    """Return the agent of ``key``, the only one of that name, or the only one if it is empty.

    Agents that only others call do not count where ``key`` is empty.

    Raises:
        UnknownAgentError: there is no such agent; the message lists the known ones.
        RequestError: ``key`` is empty and there are several.
        NoAgentsError: the bundle has no agent.
    """
    agents = manifest.agents
    if not agents:
        message = "The bundle declares no usable agent; see its diagnostics."
        raise NoAgentsError(message)
    if key in agents:
        return agents[key]
    named = [agent for agent in agents.values() if key and agent.name == key]
    if len(named) == 1:
        return named[0]
    listed = _listed(manifest)
    if key:
        message = f'The bundle has no agent "{key}". Its agents are: {listed}.'
        raise UnknownAgentError(message, violations=(FieldViolation("spec.agent", message),))
    whole = [agent for agent in agents.values() if not agent.is_inner]
    if len(whole) == 1:
        return whole[0]
    message = f"The bundle has several agents; set `spec.agent` to one of: {listed}."
    raise RequestError(message, violations=(FieldViolation("spec.agent", message),))


def refuse_disabled(agent: AgentSpec) -> None:
    """Raise AgentDisabledError, which says why, for an agent that must not run."""
    if not agent.disabled:
        return
    first, *more = agent.refusals
    where = f" (line {first.line}, column {first.column})" if first.line else ""
    others = f", and {len(more)} more; see `caisson inspect`" if more else ""
    message = (
        f'The agent "{agent.key[:128]}" does not run here: its bundle says what Caisson cannot '
        f"honour. {first.path}{where}: {first.reason}{others}."
    )
    raise AgentDisabledError(message, violations=(FieldViolation("spec.agent", message),))


def refuse_unmet_choice(agent: AgentSpec, tools: AgentTools) -> None:
    """Raise AgentDisabledError if the model must call a tool that is not offered."""
    choice = agent.tool_choice
    if choice is None or not choice.tool or choice.tool in tools.offered:
        return
    message = (
        f'The agent "{agent.key[:128]}" does not run here: the model must call its tool '
        f'"{choice.tool[:128]}", which cannot be offered; the bundle\'s diagnostics say why.'
    )
    raise AgentDisabledError(message, violations=(FieldViolation("spec.agent", message),))


def _listed(manifest: Manifest) -> str:
    keys = list(manifest.agents)
    more = len(keys) - MAX_LISTED_AGENTS
    shown = ", ".join(key[:128] for key in keys[:MAX_LISTED_AGENTS])
    return f"{shown}, and {more} more" if more > 0 else shown


def _context(request: RunRequest) -> JsonObject:
    """Return the runtime context: the request's own keys, under ours."""
    own = {"sessionId": request.session_id, "resourceId": request.resource_id}
    return {**request.request_context, **own}
