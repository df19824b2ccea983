"""Turns a request into a plan; failures here come before the first event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial

from services.executor.agent.approvals import WAIT_S, Approvals
from services.executor.agent.budget import Budget, budget_of, lowered_by
from services.executor.agent.callees import (
    Callees,
    of_other,
    shadowed_tools,
    with_callable_tools,
)
from services.executor.agent.client_tools import refuse_taken, refuse_unusable, with_client_tools
from services.executor.agent.factories import with_arguments
from services.executor.agent.model_grant import ModelsForTools, rules_for
from services.executor.agent.model_names import ModelNames
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.picking import (
    entry_of,
    pick_agent,
    reached_from,
    refuse_disabled,
    refuse_unmet_choice,
    refuse_unreached,
)
from services.executor.agent.plan import RunPlan, UnknownParts
from services.executor.agent.ports import BundleSourceReader, IdSource, ModelPrices, SessionStore
from services.executor.agent.remembered import memory_notes
from services.executor.agent.repeats import Repeats
from services.executor.agent.tool_inputs import AgentTools, ToolCatalogue
from services.executor.agent.unknown_parts import asked_in_run, unresolved
from services.executor.agent.working_memory import with_notes_tool
from services.executor.agent_parts import AskedPart
from services.executor.bundle.intake.agent_answers import Answered, UntoldPartError, answered
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.call_rules import ApprovalRule
from services.executor.clients import Client
from services.executor.conversation import ModelRoute, Price, UserMessage
from services.executor.domain import AgentSpec, Bundle, JsonObject, Manifest, ToolSpec
from services.executor.egress.environment import both_problem, strings_of, values_problem
from services.executor.egress.policy import EgressPolicy
from services.executor.egress.version_reach import PinnedVersion
from services.executor.errors import AgentDisabledError, FieldViolation, RequestError
from services.executor.limits import DeploymentLimits
from services.executor.run_request import RunRequest
from services.executor.schemas.ports import SchemaProcesses
from services.telemetry.current import current_span


class Planner:
    """Decides everything that a run needs before its first query.

    ``may_ask`` tells whether the sandbox may be asked what an agent is. ``sessions`` know which
    agent spoke last, for a request that names none of several. ``models`` tells which runs' tools
    may ask models, and ``tool_queries`` how often. ``approvals`` are the deployment's rules, and
    ``wait_s`` is how long runs wait for what no rule bounds.
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
        sessions: SessionStore | None = None,
        models: ModelsForTools = ModelsForTools.REQUEST,
        tool_queries: int = 100,
        approvals: Sequence[ApprovalRule] = (),
        wait_s: float = WAIT_S,
        repeats: Repeats | None = None,
    ) -> None:
        self._bundles = bundles
        self._prices = prices
        self._names = names
        self._limits = limits
        self._ids = ids
        self._schemas = schemas
        self._policy = policy or EgressPolicy()
        self._may_ask = may_ask
        self._sessions = sessions
        self._models = models
        self._tool_queries = tool_queries
        self._approvals = tuple(approvals)
        self._wait_s = wait_s
        self._repeats = repeats or Repeats()
        self._catalogue = ToolCatalogue(schemas)
        self._answers = AnsweredSchemas(schemas)
        self._version: PinnedVersion | None = None

    def __repr__(self) -> str:
        return f"Planner({self._names!r}, {self._limits!r}, {self._catalogue!r})"

    @property
    def schemas(self) -> SchemaProcesses:
        """What checks costly schemas."""
        return self._schemas

    def new_run_id(self) -> str:
        """Return an id for a run that is yet to be planned."""
        return self._ids.new("run")

    def within(self, version: PinnedVersion) -> Planner:
        """Return a planner for runs of a deployed version, which may reach no more than it may."""
        bounded, reach = copy(self), version.reach
        bounded._version = version
        bounded._policy = reach.restricted(self._policy)
        bounded._names = self._names.within(reach.models)
        bounded._limits = lowered_by(self._limits, reach.limits)
        bounded._approvals = (*self._approvals, *reach.approvals)
        bounded._models = self._models if reach.tool_models else ModelsForTools.NEVER
        return bounded

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
        with current_span().child("plan_run"):
            bundle = await self._bundles.read(request.bundle, client)
            named = request.agent or await self._speaker(request, client, bundle.manifest)
            return await self._of_agent(request, client, bundle, pick_agent(bundle.manifest, named))

    async def _callee(
        self, request: RunRequest, client: Client, bundle: Bundle, is_granted: bool, key: str
    ) -> RunPlan:
        """Return the plan of an agent that another one calls; the session is not its own."""
        asked = of_other(request, bundle, key)
        agent = pick_agent(bundle.manifest, key)
        return await self._of_agent(asked, client, bundle, agent, is_granted=is_granted)

    async def _of_agent(
        self,
        request: RunRequest,
        client: Client,
        bundle: Bundle,
        agent: AgentSpec,
        *,
        is_granted: bool | None = None,
    ) -> RunPlan:
        """Return the plan of an agent of a bundle for a request.

        ``is_granted`` is that of the run whose agents call it; None for the run's own agent.
        """
        refuse_disabled(agent)
        agent = with_arguments(agent, request.agent_arguments, may_ask=self._may_ask)
        plan = self._begun(request, client, bundle, agent)
        plan = replace(plan, approvals=await self._rules(request, client))
        if is_granted is not None:
            granted = plan.is_granted or is_granted
            plan = replace(plan, session=None, notes=(), is_granted=granted)
        others = reached_from(bundle.manifest, agent)
        for other in others:
            self._refuse_other_grants(client, agent, other)
        plan = replace(
            plan,
            plan_other=partial(self._other, plan, request),
            reaches_code=any(each.tools or each.hooks or each.asked for each in others),
        )
        return await self._planned(plan, request, agent)

    async def _speaker(self, request: RunRequest, client: Client, manifest: Manifest) -> str:
        """Return the agent that goes on with a session in a bundle that has several."""
        if self._sessions is None or not request.session_id or entry_of(manifest) is not None:
            return ""
        key = request.session(client.organisation)
        speaker = manifest.agents.get(await self._sessions.speaker(key))
        if speaker is None or not speaker.inner:
            return "" if speaker is None else speaker.key
        # What leads to it has the grants of the run; the session's turn then goes on with it.
        outer = (each for each in manifest.agents.values() if not each.inner)
        leads = [each.key for each in outer if speaker in reached_from(manifest, each)]
        return leads[0] if leads else ""

    async def _other(self, root: RunPlan, request: RunRequest, key: str) -> RunPlan:
        """Return the plan of another agent for a run; raises what ``plan`` raises."""
        agent = pick_agent(root.bundle.manifest, key)
        refuse_disabled(agent)
        self._refuse_other_grants(root.client, root.agent, agent)
        first = root.agent.key
        plan = replace(root, agent=agent, tools=AgentTools(agent), granted_as=first)
        return await self._planned(plan, request, agent)

    def _refuse_other_grants(self, client: Client, first: AgentSpec, other: AgentSpec) -> None:
        """Raise AgentDisabledError for agents of one run that may not reach the same.

        The run's sandbox has the grants of its first agent, which count for those that only
        handoffs reach.
        """
        one, two = first.key, other.key
        if other.inner or self._policy.grants_both_the_same(one, two, client.organisation):
            return
        message = (
            f'The agent "{one[:128]}" hands conversations over to "{two[:128]}", and the '
            "deployment grants them other hosts, secrets or values. Agents of one run share a "
            "sandbox: grant both the same."
        )
        raise AgentDisabledError(message, violations=(FieldViolation("spec.agent", message),))

    async def _planned(self, plan: RunPlan, request: RunRequest, agent: AgentSpec) -> RunPlan:
        """Return the plan of an agent, as far as nobody must be asked for it."""
        client = plan.client
        asked = asked_in_run(agent, request, is_granted=plan.is_granted)
        if not asked:
            return await self._finished(plan, request, agent)

        async def planned(answer: str) -> RunPlan:
            found = await self._answered(agent, asked, answer, client)
            noted = replace(plan, notes=(*plan.notes, *found.diagnostics))
            return await self._finished(noted, request, found.agent)

        parts = tuple(dict.fromkeys(each.part for each in asked))
        fresh = any(each.from_clock for each in asked)
        return replace(plan, unknown=UnknownParts(parts, fresh, planned))

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
        client, agent = plan.client, with_notes_tool(agent, plan.session)
        models = self._names.routes(request.model, request.fallback_models, agent)
        budget = budget_of(self._limits, agent, request.limits)
        digest = plan.bundle.manifest.digest
        agent, notes = with_callable_tools(agent, plan.bundle.manifest)
        own = () if plan.granted_as else request.client_tools
        agent = self._repeats.applied(with_client_tools(agent, own))
        plan = replace(plan, notes=(*plan.notes, *notes, *shadowed_tools(agent)))
        if own:
            tools = await AgentTools.made(agent, self._schemas, client)
            refuse_unusable(own, tools)
        else:
            tools = await self._catalogue.tools_of(digest, agent, client)
        if not agent.mcp_servers:
            refuse_unmet_choice(agent, tools)

        def route_of(name: str) -> tuple[ModelRoute, ...]:
            other = replace(agent, model=name, fallback_models=())
            return self._names.routes(request.model, request.fallback_models, other)

        schema_of = partial(self._answers.schema, client)
        rules = rules_for(agent, models, budget, self._names, schema_of, self._tool_queries)
        finished = replace(
            plan,
            agent=agent,
            tools=tools,
            models=models,
            route_of=route_of if agent.hooks else None,
            budget=budget,
            tool_queries=rules if plan.asks_models else None,
            prices=await self._prices_of(models, budget),
            output=await self._output_schema(request.output_schema, agent, client),
        )
        served = partial(self._served, finished) if agent.mcp_servers else None
        return replace(finished, served=served)

    async def _served(self, plan: RunPlan, tools: Mapping[str, ToolSpec]) -> RunPlan:
        """Return a plan with the tools of the agent's MCP servers, which come first."""
        own = [key for key, tool in plan.agent.tools.items() if tool.client_side and key in tools]
        refuse_taken(own, tools)
        tools = self._repeats.served(plan.agent.key, tools)
        agent = replace(plan.agent, tools={**tools, **plan.agent.tools})
        key = f"{plan.bundle.manifest.digest} with servers"
        found = await self._catalogue.tools_of(key, agent, plan.client)
        refuse_unmet_choice(agent, found)
        return replace(plan, agent=agent, tools=found)

    def _begun(
        self, request: RunRequest, client: Client, bundle: Bundle, agent: AgentSpec
    ) -> RunPlan:
        """Return the plan as far as it does not depend on what the agent is."""
        session = None
        if request.session_id:
            session = request.session(client.organisation)
        env = self._env(request, client.organisation, agent)
        is_granted = bool(env) or self._policy.gives_values(agent.key, client.organisation)
        planned = partial(self._callee, request, client, bundle, is_granted)
        return RunPlan(
            run_id=request.run_id or self._ids.new("run"),
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
            follows=session is not None and not request.agent,
            context=_context(request),
            notes=memory_notes(agent, request.session_id),
            session_policy=request.session_policy,
            allow_fetch=request.allow_fetch,
            env=env,
            is_granted=is_granted,
            schema_of=partial(self._answers.schema, client),
            plan_callee=Callees(planned).plan_of,
            asks_models=self._models.granted(request.allow_models),
            version=self._version,
        )

    async def _rules(self, request: RunRequest, client: Client) -> Approvals:
        """Return which calls wait for a person; raises RequestError for a schema of no use."""
        rules = (*request.approvals, *self._approvals)
        try:
            return await Approvals.made(rules, self._schemas, client, self._wait_s)
        except ValueError as error:
            message = f"The approval rule {error}"
            raise RequestError(
                message, violations=(FieldViolation("spec.approvals", message),)
            ) from None

    def _env(self, request: RunRequest, organisation: str, agent: AgentSpec) -> dict[str, str]:
        """Return the run's own plain values; raises RequestError if the deployment has the names.

        Those in the request's context count too, if nothing else has the name.
        """
        secrets = {each.name for each in self._policy.secrets_for(agent.key, organisation)}
        message = both_problem(request.env, secrets)
        taken = sorted(
            set(request.env).intersection(self._policy.values_for(agent.key, organisation))
        )
        if not message and taken:
            message = f"{taken[0]} is set by the deployment for this agent; leave it out."
        if message:
            raise RequestError(message, violations=(FieldViolation("spec.env", message),))
        both = {**strings_of(request.request_context), **request.env}
        if self._version is not None:
            refuse_unreached(both, self._version)
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


def _context(request: RunRequest) -> JsonObject:
    """Return the runtime context: the request's own keys, under ours."""
    own = {"sessionId": request.session_id, "resourceId": request.resource_id}
    return {**request.request_context, **own}
