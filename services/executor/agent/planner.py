"""Turns a request into a plan; failures here come before the first event."""

from __future__ import annotations

from services.executor.agent.budget import Budget, budget_of
from services.executor.agent.factories import with_arguments
from services.executor.agent.model_names import ModelNames
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import BundleSourceReader, IdSource, ModelPrices
from services.executor.agent.tool_inputs import ToolCatalogue
from services.executor.clients import Client
from services.executor.conversation import ModelRoute, Price, SessionKey, UserMessage
from services.executor.domain import AgentSpec, JsonObject, Manifest, RunRequest
from services.executor.egress.environment import both_problem, strings_of, values_problem
from services.executor.egress.policy import EgressPolicy
from services.executor.errors import FieldViolation, NoAgentsError, RequestError, UnknownAgentError
from services.executor.limits import DeploymentLimits
from services.executor.schemas.ports import SchemaProcesses

MAX_LISTED_AGENTS = 20


class Planner:
    """Decides everything that a run needs before its first query."""

    def __init__(
        self,
        bundles: BundleSourceReader,
        prices: ModelPrices,
        names: ModelNames,
        limits: DeploymentLimits,
        ids: IdSource,
        schemas: SchemaProcesses,
        policy: EgressPolicy | None = None,
    ) -> None:
        self._bundles = bundles
        self._prices = prices
        self._names = names
        self._limits = limits
        self._ids = ids
        self._schemas = schemas
        self._policy = policy or EgressPolicy()
        self._catalogue = ToolCatalogue(schemas)

    def __repr__(self) -> str:
        return f"Planner({self._names!r}, {self._limits!r}, {self._catalogue!r})"

    async def plan(self, request: RunRequest, client: Client) -> RunPlan:
        """Read the bundle for ``client``, and pick agent and models.

        Raises:
            BundleError: the bundle cannot be used.
            UnknownAgentError: it has no such agent.
            RequestError: an agent or model is missing; the agent takes no arguments; the cost is
                limited and the price of a model is unknown; the schema of the answer is unusable
                or too costly.
        """
        bundle = await self._bundles.read(request.bundle, client)
        agent = pick_agent(bundle.manifest, request.agent)
        agent = with_arguments(agent, request.agent_arguments)
        models = self._names.routes(request.model, request.fallback_models, agent)
        budget = budget_of(self._limits, agent, request.limits)
        session = None
        if request.session_id:
            session = SessionKey(request.resource_id, request.session_id)
        return RunPlan(
            run_id=self._ids.new("run"),
            client=client,
            bundle=bundle,
            agent=agent,
            tools=await self._catalogue.tools_of(bundle.manifest.digest, agent, client),
            models=models,
            budget=budget,
            message=UserMessage(request.message, request.parts),
            since=request.since,
            history=request.history,
            request_id=request.request_id,
            session=session,
            context=_context(request),
            prices=await self._prices_of(models, budget),
            session_policy=request.session_policy,
            allow_fetch=request.allow_fetch,
            env=self._env(request, agent),
            output=await self._output_schema(request.output_schema, agent, client),
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
        return dict(request.env) if values_problem(both) else both

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
    if len(agents) == 1:
        return next(iter(agents.values()))
    message = f"The bundle has several agents; set `spec.agent` to one of: {listed}."
    raise RequestError(message, violations=(FieldViolation("spec.agent", message),))


def _listed(manifest: Manifest) -> str:
    keys = list(manifest.agents)
    more = len(keys) - MAX_LISTED_AGENTS
    shown = ", ".join(key[:128] for key in keys[:MAX_LISTED_AGENTS])
    return f"{shown}, and {more} more" if more > 0 else shown


def _context(request: RunRequest) -> JsonObject:
    """Return the runtime context: the request's own keys, under ours."""
    own = {"sessionId": request.session_id, "resourceId": request.resource_id}
    return {**request.request_context, **own}
