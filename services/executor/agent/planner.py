"""From a request to a plan; what fails here fails before the first event."""

from __future__ import annotations

import json

from services.executor.agent.budget import DeploymentLimits, budget_of
from services.executor.agent.loop import RunPlan
from services.executor.agent.model_names import ModelNames
from services.executor.agent.ports import BundleSourceReader, IdSource, SessionStore
from services.executor.agent.tool_inputs import ToolCatalogue
from services.executor.conversation import SessionKey
from services.executor.domain import AgentSpec, Manifest, RunRequest
from services.executor.errors import FieldViolation, NoAgentsError, RequestError, UnknownAgentError

MAX_LISTED_AGENTS = 20


class Planner:
    """Settles all that a run needs before its first query."""

    def __init__(
        self,
        bundles: BundleSourceReader,
        sessions: SessionStore,
        names: ModelNames,
        limits: DeploymentLimits,
        ids: IdSource,
    ) -> None:
        self._bundles = bundles
        self._sessions = sessions
        self._names = names
        self._limits = limits
        self._ids = ids
        self._catalogue = ToolCatalogue()

    def __repr__(self) -> str:
        return f"Planner({self._names!r}, {self._limits!r}, {self._catalogue!r})"

    async def plan(self, request: RunRequest) -> RunPlan:
        """Read the bundle, pick agent and model, load the conversation.

        Raises:
            BundleError: the bundle cannot be used.
            UnknownAgentError: it has no such agent.
            RequestError: no agent or no model is given where one must be.
        """
        bundle = await self._bundles.read(request.bundle)
        agent = pick_agent(bundle.manifest, request.agent)
        model = self._names.resolve(request.model, agent)
        session = None
        if request.session_id:
            session = SessionKey(request.resource_id, request.session_id)
        return RunPlan(
            run_id=self._ids.new("run"),
            bundle=bundle,
            agent=agent,
            tools=self._catalogue.tools_of(bundle.manifest.digest, agent),
            model=model,
            budget=budget_of(self._limits, agent, request.limits),
            message=request.message,
            session=session,
            history=await self._sessions.load(session) if session else (),
            context_json=_context_json(request),
            allow_fetch=request.allow_fetch,
        )


def pick_agent(manifest: Manifest, key: str) -> AgentSpec:
    """Return the agent of ``key``, or the only one when ``key`` is empty.

    Raises:
        UnknownAgentError: there is no such agent; the message lists those there are.
        RequestError: ``key`` is empty and there are several.
        NoAgentsError: there is none at all.
    """
    agents = manifest.agents
    if not agents:
        message = "The bundle declares no agent that can be used; see its diagnostics."
        raise NoAgentsError(message)
    if key in agents:
        return agents[key]
    listed = _listed(manifest)
    if key:
        message = f'The bundle has no agent "{key}". Its agents are: {listed}.'
        raise UnknownAgentError(message, violations=(FieldViolation("agent", message),))
    if len(agents) == 1:
        return next(iter(agents.values()))
    message = f"The bundle has several agents; set `agent` to one of: {listed}."
    raise RequestError(message, violations=(FieldViolation("agent", message),))


def _listed(manifest: Manifest) -> str:
    keys = list(manifest.agents)
    more = len(keys) - MAX_LISTED_AGENTS
    shown = ", ".join(key[:128] for key in keys[:MAX_LISTED_AGENTS])
    return f"{shown}, and {more} more" if more > 0 else shown


def _context_json(request: RunRequest) -> str:
    """Return the runtime context: the request's own keys, under ours."""
    own = {"sessionId": request.session_id, "resourceId": request.resource_id}
    return json.dumps({**request.request_context, **own}, separators=(",", ":"))
